"""Layer normalization: each row of numbers at mean 0 and variance 1, and then where it learns to be.

Source: https://keras.io/api/layers/normalization_layers/layer_normalization/
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, flag
from tinynet._types import Array, Shape
from tinynet.formulas import Batch, Floats, Operation, Words, kernel, parameter, span, sqrt
from tinynet.kernels.machine.jit import inner
from tinynet.layers.building import axes_in_order, columns_of, numbers_along
from tinynet.layers.keywords import OfLayers
from tinynet.layers.normalizing import AlongAxes
from tinynet.layers.parameters import serialized_parts

#: The number of a parameter that the layer does not have.
_NOWHERE = 2


@inner
def row_moments(row: Any, epsilon: float) -> Any:
    """Return μ = Σₖ x/K and 1/√(Σₖ (x - μ)²/K + ε) of a row's K numbers: ε keeps a row of equal numbers from 1/0."""
    mean = variance = 0.0
    for k in range(row.size):
        mean += row[k]
    mean /= row.size
    for k in range(row.size):
        variance += (row[k] - mean) * (row[k] - mean)
    return mean, 1.0 / sqrt(variance / row.size + epsilon)


@kernel
def layer_normalization_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = γ·(x - μ)/√(σ² + ε) + β, with the row's own μ and σ². With `rms_scaling` it is γ·x/√(σ² + ε)."""
    units, scale, centers = op.units, int(op.options[1]), op.options[3] == 0
    gamma = parameter(op, batch.params, 0 if scale == 1 else _NOWHERE)
    beta = parameter(op, batch.params, scale)
    for row in range(0, x.size, units):
        mean, share = row_moments(span(x, row, row + units), op.options[0])
        for k in range(units):
            value = (x[row + k] - mean if centers else x[row + k]) * share
            if gamma.size > 0:
                value *= gamma[k]
            if beta.size > 0:
                value += beta[k]
            y[row + k] = value


@kernel
def layer_normalization_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = (g - Σₖ g/K - x̂·Σₖ g·x̂/K)/√(σ² + ε), with g = γ·dy and x̂ = (x - μ)/√(σ² + ε)

    x takes part in its own x̂ with the slope 1/√(σ² + ε), and in μ and σ², and so in all of its row: the two sums are
    what the others have to say. With `rms_scaling` nothing is said through μ, and the second sum is Σₖ g·x/√(σ² + ε)/K.
    """
    units, centers = op.units, op.options[3] == 0
    gamma = parameter(op, batch.params, 0 if op.options[1] == 1 else _NOWHERE)
    for row in range(0, x.size, units):
        mean, share = row_moments(span(x, row, row + units), op.options[0])
        total = along = 0.0
        for k in range(units):
            slope = dy[row + k] * gamma[k] if gamma.size > 0 else dy[row + k]
            total += slope
            along += slope * ((x[row + k] - mean if centers else x[row + k]) * share)
        if not centers:
            total = 0.0
        for k in range(units):
            slope = dy[row + k] * gamma[k] if gamma.size > 0 else dy[row + k]
            dx[row + k] = (slope - (total + (x[row + k] - mean) * share * along) / units) * share


@kernel
def layer_normalization_gradients(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    """dγ = Σₙ dy·x̂ and dβ = Σₙ dy, over all rows: every row has used the same γ and β."""
    units, scale, centers = op.units, int(op.options[1]), op.options[3] == 0
    dgamma = parameter(op, batch.gradients, 0 if scale == 1 else _NOWHERE)
    dbeta = parameter(op, batch.gradients, scale)
    for k in range(dgamma.size):
        dgamma[k] = 0.0
    for k in range(dbeta.size):
        dbeta[k] = 0.0
    for row in range(0, x.size, units):
        mean, share = row_moments(span(x, row, row + units), op.options[0])
        for k in range(dgamma.size):
            dgamma[k] += dy[row + k] * ((x[row + k] - mean if centers else x[row + k]) * share)
        for k in range(dbeta.size):
            dbeta[k] += dy[row + k]


_MEAN = "ReduceMean(x, onnx_axes)"
_VARIANCE = f"ReduceMean((x - {_MEAN}) * (x - {_MEAN}), onnx_axes)"


class LayerNormalization(AlongAxes):
    """Bring each row to mean 0 and variance 1, then to means and scales that are learnt, one for each column.

    Other than in a `BatchNormalization` no row depends on another, and training and prediction are the same.

    Parameters
    ----------
    axis : int or sequence of int, default -1
        The axes along which the numbers of a row stand. Any but the last ones are for the layer loop.
    epsilon : float, default 0.001
        Added to the variance.
    center, scale : bool, default True
        Whether means β and scales γ are learnt.
    beta_initializer, gamma_initializer : str or Initializer, default "zeros" and "ones"
        Where they start.
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
        Penalties on them.
    beta_constraint, gamma_constraint : str, Constraint or callable, optional
        What they are brought back to after each update.
    rms_scaling : bool, default False
        Leave the mean as it is, and learn no β. Keras warns of it: it is no root mean square.
    **options
        `name`, `trainable`, `input_shape` and the like, as for every `Layer`.

    Attributes
    ----------
    gamma, beta : ndarray of the shape of a row
        The weights, in this order.

    Raises
    ------
    ValueError
        If there is no such axis, or a number is out of range.
    TypeError
        If the axis is no whole number, and no list of them.

    Notes
    -----
    Ba, Kiros and Hinton, "Layer normalization", 2016.

    Examples
    --------
    >>> LayerNormalization(epsilon=0.0)([[1.0, 3.0], [10.0, 30.0]])
    array([[-1.,  1.],
           [-1.,  1.]], dtype=float32)
    """

    kernels = layer_normalization_forward, layer_normalization_backward, layer_normalization_gradients
    options = ("epsilon", "scale", "center", "rms_scaling")
    limits = {"epsilon": (0.0, np.inf)}  # noqa: RUF012
    fixed = ("dtype", "axis", "center", "scale", "rms_scaling")
    supports_masking = True
    onnx = (
        f"(x * onnx_scale / Sqrt({_VARIANCE} + epsilon)) if rms_scaling else "
        "((LayerNormalization(x, gamma, beta, axis=onnx_first, epsilon=epsilon) if center else "
        "LayerNormalization(x, gamma, axis=onnx_first, epsilon=epsilon)) if scale else "
        "(LayerNormalization(x, onnx_scale, beta, axis=onnx_first, epsilon=epsilon) if center else "
        "LayerNormalization(x, onnx_scale, axis=onnx_first, epsilon=epsilon)))"
    )

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        rms_scaling: bool = False,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(**options)
        words = "Expected an int or a list/tuple of ints for the argument 'axis'"
        self.axis, self.epsilon = axes_in_order("LayerNormalization", axis, words=words), epsilon
        for name, value in {"center": center, "scale": scale, "rms_scaling": rms_scaling}.items():
            setattr(self, name, flag("LayerNormalization", name, value))
        if self.rms_scaling:
            warnings.warn(
                "`rms_scaling=True` divides by the standard deviation, not by the root mean square, as Keras does, "
                "which calls it deprecated.",
                stacklevel=2,
            )
        self._take_parts(beta_initializer=beta_initializer, gamma_initializer=gamma_initializer)
        self._take_parts(beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer)
        self._take_parts(beta_constraint=beta_constraint, gamma_constraint=gamma_constraint)

    @property
    def words(self) -> Words:  # type: ignore[override]
        """What the trace says: of γ and β, if there are any."""
        gamma = "{gamma}·" if self.scale or self.rms_scaling else ""
        beta = " + {beta}" if self.center and not self.rms_scaling else ""
        x, mean = ("{x}", "") if self.rms_scaling else ("({x} - mean)", " - mean(g)")
        return Words(
            f"{gamma}{x}/√(variance + {{epsilon}}){beta}",
            "Brings each row to variance 1, and to mean 0 but with `rms_scaling`. Mean and variance are the row's own.",
            f"({gamma}{{dy}}{mean} - x̂·mean(g·x̂))/√(variance + {{epsilon}})",
            "x takes part in its row's mean and variance, too, and so in all of the row; g is the scaled gradient",
        )

    def _make_weights(self, input_shape: Shape) -> None:
        """Make γ and β, a number for each place in a row."""
        columns_of(self, input_shape)
        shape = tuple(length or 0 for length in input_shape[-self._count :])
        if 0 in shape:
            raise ValueError(f"{self.described}: the axes {self.axis} must be known. Received: {input_shape}")
        if self.scale or self.rms_scaling:
            self.add_own_weight("gamma", shape)
        if self.center and not self.rms_scaling:
            self.add_own_weight("beta", shape)

    @property
    def _count(self) -> int:
        """How many axes a row has."""
        return len(self.axis) if isinstance(self.axis, list) else 1

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return the numbers of a row, and how many rows of as many a sample has."""
        row = numbers_along(self.axis, self.input_shape)
        return row, inputs * repeat // row, row

    def require_fit(self, x: Array) -> None:
        """Raise a ValueError unless rows are of the shape of γ and β; there may be any number of them."""
        if x.ndim <= self._count or x.shape[-self._count :] != self.input_shape[-self._count :]:
            raise ValueError(f"{self.described}: expected input of shape {self.input_shape}. Received: {x.shape}")

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations, with the weights that it has."""
        op = super().operation(inputs, repeat, is_sparse)
        op.options[1:3] = "gamma" in self._parameters, "beta" in self._parameters
        return op

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape as it came, or raise a ValueError if it does not fit."""
        ordered, known = self._in_order(input_shape), self._in_order(self.input_shape) if self.built else None
        columns_of(self, ordered, None if known is None else known[-1])
        if known is not None and ordered[-self._count :] != known[-self._count :]:
            raise ValueError(f"{self.described}: expected input of shape {self.input_shape}. Received: {input_shape}")
        return input_shape

    @property
    def onnx_scale(self) -> Array:
        """What the row is multiplied by, in ONNX: γ, or ones."""
        ones = np.ones([length or 0 for length in self.input_shape[-self._count :]])
        return np.asarray(self.gamma) if "gamma" in self._parameters else ones

    @property
    def onnx_first(self) -> int:
        """The first of a row's axes, in ONNX."""
        return -self._count

    @property
    def onnx_axes(self) -> Array:
        """A row's axes, in ONNX."""
        return np.arange(-self._count, 0)

    @classmethod
    def _from_onnx(cls, values: Any) -> LayerNormalization:
        """Make a layer from what its form stands for in a graph that was read."""
        if values["rms_scaling"]:
            values["gamma"] = values.pop("onnx_scale")
        first = int(values["onnx_axes"][0] if values["rms_scaling"] else values["onnx_first"])
        names = ("epsilon", "center", "scale", "rms_scaling")
        return cls([*range(first, 0)], **{name: values[name] for name in names if name in values})

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without its weights."""
        return serialized_parts(super().get_config())
