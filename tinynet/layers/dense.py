"""The dense layer: every input connected with every unit."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import activations, initializers, kernels
from tinynet.kernels.samples import SparseBatch
from tinynet.layers.base import Layer, Shape

Array = NDArray[Any]


class Dense(Layer):
    """A fully connected layer: ``activation(x·kernel + bias)`` along the last axis of the input.

    Parameters
    ----------
    units : int
        Number of outputs, at least 1.
    activation : str or ActivationFunction, optional
        ``"relu"``, ``"sigmoid"``, ``"softmax"``, ``"tanh"``, ``"linear"``; None is linear.
    use_bias : bool, default True
        Whether there is a bias.
    kernel_initializer, bias_initializer : str or Initializer, default "glorot_uniform" and "zeros"
        Where the parameters start.
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

    Notes
    -----
    Source: https://keras.io/api/layers/core_layers/dense/

    Examples
    --------
    >>> layer = Dense(2, kernel_initializer="ones")
    >>> layer([[1.0, 2.0, 3.0]])
    array([[6., 6.]], dtype=float32)
    >>> layer.kernel.shape, layer.bias.shape
    ((3, 2), (2,))
    """

    def __init__(
        self,
        units: int,
        activation: str | activations.ActivationFunction | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **options: Any,
    ) -> None:
        if isinstance(units, bool) or not isinstance(units, (int, np.integer)) or units < 1:
            raise ValueError(
                f"Dense: received an invalid value for `units`, expected a positive integer. Received: units={units!r}"
            )
        super().__init__(**options)
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self._x: Any = np.empty((0, 0))
        self._output = np.empty((0, 0))

    def build(self, input_shape: Shape) -> None:
        """Make the kernel (inputs, units) and the bias (units,)."""
        self.compute_output_shape(input_shape)
        inputs = input_shape[-1]
        assert inputs is not None
        self.add_weight("kernel", (inputs, self.units), self.kernel_initializer)
        if self.use_bias:
            self.add_weight("bias", (self.units,), self.bias_initializer)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with `units` in place of its last axis."""
        if len(input_shape) < 2:
            raise ValueError(
                f"Layer '{self.name}' (Dense) expects input of at least 2 dimensions, (samples, features). Received: "
                f"{len(input_shape)} dimension. For one feature per sample use x.reshape(-1, 1); for one sample "
                "x.reshape(1, -1)."
            )
        if input_shape[-1] is None or input_shape[-1] < 1:
            raise ValueError(
                f"Layer '{self.name}' (Dense): the last axis of the input must be known and positive. Received shape: "
                f"{input_shape}."
            )
        if self.built and input_shape[-1] != self.kernel.shape[0]:
            raise ValueError(
                f"Input of layer '{self.name}' (Dense): expected axis -1 of the input shape to have value "
                f"{self.kernel.shape[0]}, but received input with shape {input_shape}."
            )
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without its weights."""
        return {
            **super().get_config(),
            "activation": activations.serialize(self.activation),
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }

    # ---- backprop: the formulas are in kernels.formulas -------------------------------------------------------------

    def forward(self, x: Any, training: bool = False) -> Array:
        """Return activation(x·kernel + bias)."""
        z = self.logits(x, training)
        self.activation.forward(z.reshape(-1, self.units))
        return z

    def backward(self, dy: Array) -> Array:
        """Set dkernel and dbias, return dx."""
        return self.backward_logits(self._through_activation(dy))

    def backward_parameters(self, dy: Array) -> None:
        """Set dkernel and dbias only."""
        self._backward_weights(self._through_activation(dy))

    def logits(self, x: Any, training: bool = False) -> Array:
        """Return the weighted sum z = x·kernel + bias, before the activation."""
        from tinynet.kernels import formulas

        sparse = isinstance(x, SparseBatch)
        inputs = x if sparse else x.reshape(-1, x.shape[-1])
        shape, dtype = (inputs.shape[0], self.units), self.kernel.dtype
        z = self.room("z", shape, dtype) if training else np.empty(shape, dtype)
        bias = self.bias if self.use_bias else np.empty(0, dtype)
        if sparse:
            kernels.sparse_forward(x.samples, x.order, 0, self.kernel, bias, z)
        else:
            formulas.dense_forward(inputs, self.kernel, bias, z)
        if training:
            self._x, self._output = inputs, z
        return z.reshape(*x.shape[:-1], self.units)

    def backward_logits(self, dz: Array) -> Array:
        """The same as `backward`, from the gradient of the weighted sum."""
        from tinynet.kernels import formulas

        rows = dz.reshape(-1, self.units)
        self._backward_weights(rows)
        dx = self.room("dx", self._x.shape, dz.dtype)
        formulas.dense_backward_input(rows, self.kernel, dx)
        return dx.reshape(*dz.shape[:-1], self._x.shape[-1])

    def _backward_weights(self, dz: Array) -> None:
        from tinynet.kernels import formulas

        rows = dz.reshape(-1, self.units)
        if self.trainable:
            if isinstance(self._x, SparseBatch):
                kernels.sparse_backward_kernel(self._x.samples, self._x.order, 0, rows, self.dkernel)
            else:
                formulas.dense_backward_kernel(self._x, rows, self.dkernel)
            if self.use_bias:
                formulas.dense_backward_bias(rows, self.dbias)

    def _through_activation(self, dy: Array) -> Array:
        dz = self.room("dz", (prod(dy.shape[:-1]), self.units), dy.dtype)
        dz[...] = dy.reshape(-1, self.units)  # a copy: `dy` belongs to the caller
        self.activation.backward(self._output, dz)
        return dz.reshape(dy.shape)
