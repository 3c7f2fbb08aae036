"""The dense layer: every input connected with every unit.

Source: https://keras.io/api/layers/core_layers/dense/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np

from tinynet import activations, constraints, initializers, regularizers
from tinynet._arguments import checked, shown
from tinynet._old_names import OLDER_VALUES
from tinynet._types import Array, Shape
from tinynet.kernels import dense as dense_kernels
from tinynet.kernels import sparse
from tinynet.kernels.products import NO_FLOOR
from tinynet.kernels.samples import SparseBatch, data_of
from tinynet.kernels.tables import Operation
from tinynet.layers.activated import Activated
from tinynet.layers.keywords import OfVectors
from tinynet.layers.parameters import serialized_parts


def dense_forward(x: Array, kernel: Array, bias: Array, z: Array) -> None:
    """z = x·W + b. Shapes: (N, units) = (N, inputs)·(inputs, units) + (units,). An empty bias adds nothing."""
    np.dot(x, kernel, out=z)
    if bias.size:
        z += bias


def dense_backward_kernel(x: Array, dz: Array, dkernel: Array) -> None:
    """dW = xᵀ·dz. Shapes: (inputs, units) = (inputs, N)·(N, units).

    W[i, j] takes part in z[n, j] of every row n, with the factor x[n, i]: dW[i, j] = Σₙ x[n, i]·dz[n, j]. A sum over
    the rows of x and of dz is a product with x transposed: that is where the transpose comes from.
    """
    np.dot(x.T, dz, out=dkernel)


def dense_backward_bias(dz: Array, dbias: Array) -> None:
    """db[j] = Σₙ dz[n, j]: b[j] takes part in z[n, j] of every row n, with the factor 1."""
    np.sum(dz, axis=0, out=dbias)


def dense_backward_input(dz: Array, kernel: Array, dx: Array) -> None:
    """dx = dz·Wᵀ. Shapes: (N, inputs) = (N, units)·(units, inputs).

    x[n, i] takes part in z[n, j] of every unit j, with the factor W[i, j]: dx[n, i] = Σⱼ dz[n, j]·W[i, j].
    """
    np.dot(dz, kernel.T, out=dx)


def _whole(units: Any) -> int:
    """Return a number of units; 0 for what is none. Keras 2 took ``n / 2`` and ``"32"`` as well: for its programs."""
    if OLDER_VALUES[0] and isinstance(units, (float, str)):
        try:
            units = int(units)
        except (ValueError, OverflowError):
            return 0
    return int(units) if isinstance(units, (int, np.integer)) and not isinstance(units, bool) else 0


class Dense(Activated):
    """A fully connected layer: ``activation(x·kernel + bias)`` along the last axis of the input.

    Parameters
    ----------
    units : int
        Number of outputs, at least 1.
    activation : str or ActivationFunction, optional
        ``"relu"``, ``"sigmoid"``, ``"softmax"`` and so on (see `tinynet.activations`); None is linear.
    use_bias : bool, default True
        Whether there is a bias.
    kernel_initializer, bias_initializer : str or Initializer, default "glorot_uniform" and "zeros"
        Where the parameters start.
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties for large parameters: ``"l2"``, ``L2(1e-4)``.
    activity_regularizer : str or Regularizer, optional
        A penalty for large outputs.
    kernel_constraint, bias_constraint : str, Constraint or callable, optional
        What the parameters are brought back to after each update: ``"non_neg"``, ``MaxNorm(2)``.
    **options
        `name`, `trainable`, `input_shape`, `input_dim`, `dtype`, as for every `Layer`.

    Attributes
    ----------
    kernel : ndarray of shape (inputs, units)
    bias : ndarray of shape (units,)
        Views of the parameters; `dkernel` and `dbias` are those of their gradients in the last training step.

    Raises
    ------
    ValueError
        If `units` is not a positive integer or a name is unknown.

    Examples
    --------
    >>> layer = Dense(2, kernel_initializer="ones")
    >>> layer([[1.0, 2.0, 3.0]])
    array([[6., 6.]], dtype=float32)
    >>> layer.kernel.shape, layer.bias.shape
    ((3, 2), (2,))
    """

    onnx = "x @ kernel + bias if use_bias else x @ kernel"
    _x: Any = np.empty((0, 0))

    def __init__(
        self,
        units: int,
        activation: str | activations.ActivationFunction | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Unpack[OfVectors],
    ) -> None:
        whole = _whole(units)
        if whole < 1:
            raise ValueError(
                f"Dense: received an invalid value for `units`, expected a positive integer. "
                f"Received: units={shown(units)}"
            )
        super().__init__(activation, activity_regularizer=activity_regularizer, **options)
        self.units = whole
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    @checked
    def build(self, input_shape: Shape) -> None:
        """Make the kernel (inputs, units) and the bias (units,)."""
        self.compute_output_shape(input_shape)
        inputs = input_shape[-1]
        assert inputs is not None
        self.add_own_weight("kernel", (inputs, self.units))
        if self.use_bias:
            self.add_own_weight("bias", (self.units,))
        else:
            self.bias = None
        self.built = True

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name in ("kernel", "bias"):
                raise AttributeError(
                    f"'Dense' object has no attribute '{name}'. You must build the layer before accessing `{name}`."
                ) from None
            raise

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with `units` in place of its last axis."""
        if not isinstance(input_shape, (tuple, list)):
            raise TypeError(f"{self.described}: expected the input's shape as a tuple. Received: {shown(input_shape)}")
        if len(input_shape) < 2:
            raise ValueError(
                f"Input of layer '{self.name}' (Dense) is incompatible with the layer: expected at least 2 dimensions, "
                f"(samples, features). Received: {len(input_shape)} dimension. For one feature per sample use "
                "x.reshape(-1, 1); for one sample x.reshape(1, -1)."
            )
        if not isinstance(input_shape[-1], (int, np.integer)) or input_shape[-1] < 1:
            raise ValueError(
                f"Layer '{self.name}' (Dense): the last axis of the input must be known and positive. Received shape: "
                f"{input_shape}."
            )
        if self.built and input_shape[-1] != self.kernel.shape[0]:
            raise ValueError(
                f"Input of layer '{self.name}' (Dense) is incompatible with the layer: expected axis -1 of the input "
                f"shape to have value {self.kernel.shape[0]}, but received input with shape {input_shape}."
            )
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without its weights."""
        return serialized_parts(super().get_config())

    @classmethod
    def _from_onnx(cls, values: Mapping[str, Any]) -> Dense:
        """Make a layer of as many units as the kernel has columns."""
        return cls(values["kernel"].shape[1], use_bias=values["use_bias"])

    # ---- backprop ---------------------------------------------------------------------------------------------------

    def sums(self, x: Any, training: bool = False) -> Array:
        """Return the weighted sum z = x·kernel + bias, before the activation."""
        is_sparse, training = isinstance(x, SparseBatch), self.in_training(training)
        if not is_sparse:
            self.require_batch(x)
        inputs = x if is_sparse else x.reshape(-1, x.shape[-1])
        kernel = self._parameters["kernel"].value  # plain: `self.kernel` answers more, and costs more
        shape, dtype = (inputs.shape[0], self.units), kernel.dtype
        z = self.room("z", shape, dtype) if training else np.empty(shape, dtype)
        bias = self._parameters["bias"].value if "bias" in self._parameters else np.empty(0, dtype)
        if is_sparse:
            data = data_of(x.samples)
            sparse.sparse_affine(data, x.order, 0, kernel.reshape(-1), bias, z.reshape(-1), self.units)
        else:
            dense_forward(inputs, kernel, bias, z)
        z = z.reshape(*x.shape[:-1], self.units)
        if training:
            self._x, self._trained = inputs, z.shape
        return z

    def backward_sums(self, dz: Array) -> Array:
        """The same as `backward`, from the gradient of the weighted sum."""
        self._backward_weights(dz)
        rows = dz.reshape(-1, self.units)
        dx = self.room("dx", self._x.shape, dz.dtype)
        dense_backward_input(rows, self._parameters["kernel"].value, dx)
        return dx.reshape(*dz.shape[:-1], self._x.shape[-1])

    def backward_parameters(self, dy: Array) -> None:
        """Set dkernel and dbias only."""
        self._backward_weights(self.through_activation(dy))

    def backward_sums_parameters(self, dz: Array) -> None:
        """The same from the gradient of the weighted sum."""
        self._backward_weights(dz)

    def _backward_weights(self, dz: Array) -> None:
        self.require_gradient(dz)
        rows = dz.reshape(-1, self.units)
        if self.trainable:
            if isinstance(self._x, SparseBatch):
                data, dkernel = data_of(self._x.samples), self.dkernel.reshape(-1)
                sparse.sparse_transposed_product(data, self._x.order, 0, rows.reshape(-1), dkernel, self.units)
            else:
                dense_backward_kernel(self._x, rows, self.dkernel)
            if self.use_bias:
                dense_backward_bias(rows, self.dbias)

    # ---- in the compiled loop ---------------------------------------------------------------------------------------

    kernels = dense_kernels.dense_forward, dense_kernels.dense_backward, dense_kernels.dense_gradients
    takes_sparse = True
    fixed = ("dtype", "units", "use_bias")

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the table of operations."""
        sizes = [inputs * self.units, *([self.units] if self.use_bias else [])]
        if [p.size for p in self.parameters] != sizes:  # compiled code would read beyond them
            raise ValueError(f"{self.described}: its weights are not those of {inputs} inputs and {self.units} units.")
        op = super().operation(inputs, repeat, is_sparse)
        op.shared_gradients, op.floor = 1, NO_FLOOR
        if is_sparse:
            op.forward, op.gradients = dense_kernels.sparse_dense_forward, dense_kernels.sparse_dense_gradients
        return op
