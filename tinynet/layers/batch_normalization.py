"""Batch normalization: each column of a batch at mean 0 and variance 1, and then where it learns to be.

Source: https://keras.io/api/layers/normalization_layers/batch_normalization/
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import flag, shown
from tinynet._types import Shape
from tinynet.formulas import Batch, Floats, Operation, Scalar, Words, formula, kernel, parameter, span, sqrt
from tinynet.kernels.machine.jit import inner
from tinynet.kernels.team import share, smallest_share
from tinynet.layers.building import columns_of, one_axis
from tinynet.layers.keywords import OfLayers
from tinynet.layers.normalizing import AlongAxes
from tinynet.layers.parameters import serialized_parts


@formula
def normalized(x: Scalar, mean: Scalar, variance: Scalar, epsilon: Scalar) -> Scalar:
    """x̂ = (x - μ)/√(σ² + ε): ε keeps a column that is the same in all rows from a division by 0."""
    return (x - mean) / sqrt(variance + epsilon)


@kernel
def batch_moments(op: Operation, x: Floats, batch: Batch) -> None:
    """μ = Σₙ x/N and σ² = Σₙ (x - μ)²/N of each column over all N rows, and what the layer keeps of them.

    Two passes: the short form Σ x²/N - μ² loses all digits where μ is large. The moving averages go to m·old +
    (1 - m)·new.
    """
    units, rows, momentum = op.units, x.size // op.units, op.options[1]
    first, last = share(units, smallest_share(x), batch.member, batch.members)
    mean, variance = span(op.shared, first, last), span(op.shared, units + first, units + last)
    for j in range(mean.size):
        mean[j] = variance[j] = 0.0
    for row in range(first, x.size, units):
        for j in range(mean.size):
            mean[j] += x[row + j]
    for j in range(mean.size):
        mean[j] /= rows
    for row in range(first, x.size, units):
        for j in range(mean.size):
            away = x[row + j] - mean[j]
            variance[j] += away * away
    count = op.places.size // 2
    moving_mean = span(parameter(op, batch.params, count - 2), first, last)
    moving_variance = span(parameter(op, batch.params, count - 1), first, last)
    for j in range(mean.size):
        variance[j] /= rows
        moving_mean[j] = momentum * moving_mean[j] + (1.0 - momentum) * mean[j]
        moving_variance[j] = momentum * moving_variance[j] + (1.0 - momentum) * variance[j]


@kernel
def batch_slopes(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    """Σₙ dy and Σₙ dy·x̂ of each column over all rows: the gradients of β and γ, which dx needs as well."""
    units, epsilon = op.units, op.options[0]
    first, last = share(units, smallest_share(x), batch.member, batch.members)
    mean, variance = span(op.shared, first, last), span(op.shared, units + first, units + last)
    total, along = (
        span(op.shared, 2 * units + first, 2 * units + last),
        span(op.shared, 3 * units + first, 3 * units + last),
    )
    for j in range(mean.size):
        total[j] = along[j] = 0.0
    for row in range(first, x.size, units):
        for j in range(mean.size):
            total[j] += dy[row + j]
            along[j] += dy[row + j] * normalized(x[row + j], mean[j], variance[j], epsilon)


@inner
def normalize(x: Any, y: Any, mean: Any, variance: Any, gamma: Any, beta: Any, epsilon: float) -> None:
    """y = γ·x̂ + β in each row. An empty γ is 1, an empty β is 0."""
    for row in range(0, x.size, mean.size):
        for j in range(mean.size):
            value = normalized(x[row + j], mean[j], variance[j], epsilon)
            if gamma.size > 0:
                value *= gamma[j]
            if beta.size > 0:
                value += beta[j]
            y[row + j] = value


@kernel
def batch_normalization_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = γ·(x - μ)/√(σ² + ε) + β: in training with the batch's μ and σ², else with the moving averages."""
    units, count, scale, center = op.units, op.places.size // 2, int(op.options[2]), int(op.options[3])
    gamma = parameter(op, batch.params, 0 if scale == 1 else count)
    beta = parameter(op, batch.params, scale if center == 1 else count)
    if batch.training != 0 and op.options[4] != 0:
        mean, variance = span(op.shared, 0, units), span(op.shared, units, 2 * units)
        normalize(x, y, mean, variance, gamma, beta, op.options[0])
    else:
        averages = parameter(op, batch.params, count - 2), parameter(op, batch.params, count - 1)
        normalize(x, y, averages[0], averages[1], gamma, beta, op.options[0])


@kernel
def batch_normalization_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = γ/√(σ² + ε)·(dy - Σₙ dy/N - x̂·Σₙ dy·x̂/N)

    x takes part in its own x̂ with the slope 1/√(σ² + ε), and in μ and σ², and so in every row of its column: the two
    sums are what the others have to say. A frozen layer's averages depend on no row: dx = γ/√(σ² + ε)·dy.
    """
    units, count, epsilon, rows = op.units, op.places.size // 2, op.options[0], batch.rows * op.repeat
    gamma = parameter(op, batch.params, 0 if op.options[2] == 1 else count)
    learns = op.options[4] != 0
    seen = units if learns else 0  # a frozen layer has no room for sums over the batch
    mean, variance = span(op.shared, 0, seen), span(op.shared, seen, 2 * seen)
    total, along = span(op.shared, 2 * seen, 3 * seen), span(op.shared, 3 * seen, 4 * seen)
    moving_variance = parameter(op, batch.params, count - 1)
    for row in range(0, x.size, units):
        for j in range(units):
            if learns:
                there = normalized(x[row + j], mean[j], variance[j], epsilon)
                slope = (dy[row + j] - (total[j] + there * along[j]) / rows) / sqrt(variance[j] + epsilon)
            else:
                slope = dy[row + j] / sqrt(moving_variance[j] + epsilon)
            dx[row + j] = slope * gamma[j] if gamma.size > 0 else slope


@kernel
def batch_normalization_gradients(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    """dγ = Σₙ dy·x̂ and dβ = Σₙ dy, which `batch_slopes` has summed up."""
    units, scale = op.units, int(op.options[2])
    if scale == 1:
        dgamma = parameter(op, batch.gradients, 0)
        for j in range(units):
            dgamma[j] = op.shared[3 * units + j]
    if op.options[3] == 1:
        dbeta = parameter(op, batch.gradients, scale)
        for j in range(units):
            dbeta[j] = op.shared[2 * units + j]


_NORMALIZED = "(x - moving_mean) / Sqrt(moving_variance + epsilon)"
#: ONNX's own operator has the columns in another place.
ONNX = (
    f"({_NORMALIZED} * gamma + beta if center else {_NORMALIZED} * gamma) if scale else "
    f"({_NORMALIZED} + beta if center else {_NORMALIZED})"
)


class BatchNormalization(AlongAxes):
    """Bring each column of a batch to mean 0 and variance 1, then to a mean and a scale that are learnt.

    In training the mean and variance are the batch's own; outside, the moving averages of them, which are weights that
    no optimizer touches. With ``trainable=False`` the layer uses the moving averages in training as well, and leaves
    them as they are.

    Parameters
    ----------
    axis : int, default -1
        The axis whose entries are normalized each by itself, over the samples and all other axes. Any but the last one
        is for the layer loop.
    momentum : float in [0, 1], default 0.99
        How slowly the moving averages forget.
    epsilon : float, default 0.001
        Added to the variance.
    center, scale : bool, default True
        Whether a mean β and a scale γ are learnt.
    beta_initializer, gamma_initializer : str or Initializer, default "zeros" and "ones"
    moving_mean_initializer, moving_variance_initializer : str or Initializer, default "zeros" and "ones"
        Where the weights start.
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
        Penalties on them.
    beta_constraint, gamma_constraint : str, Constraint or callable, optional
        What they are brought back to after each update.
    renorm, synchronized : bool, default False
        Keras's, for another formula and for several machines, which tinynet has not.
    renorm_clipping, renorm_momentum
        What else Keras's `renorm` takes.
    **options
        `name`, `trainable`, `input_shape` and the like, as for every `Layer`.

    Attributes
    ----------
    gamma, beta, moving_mean, moving_variance : ndarray of shape (units,)
        The weights, in this order.

    Raises
    ------
    ValueError
        If there is no such axis, or a number is out of range.

    Notes
    -----
    Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
    2015. Weights of samples do not count in the statistics, as in Keras.

    Examples
    --------
    >>> layer = BatchNormalization(momentum=0.5, epsilon=0.0)
    >>> layer([[1.0], [3.0]], training=True)
    array([[-1.],
           [ 1.]], dtype=float32)
    >>> layer.moving_mean, layer([[1.0], [3.0]])
    (array([1.], dtype=float32), array([[0.],
           [2.]], dtype=float32))
    """

    kernels = batch_normalization_forward, batch_normalization_backward, batch_normalization_gradients
    whole = batch_moments, batch_slopes
    shared = 4
    options = ("epsilon", "momentum", "scale", "center", "sees_whole")
    limits = {"epsilon": (0.0, np.inf), "momentum": (0.0, 1.0)}  # noqa: RUF012
    fixed = ("dtype", "axis", "center", "scale")
    supports_masking = True
    onnx = ONNX

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(**options)
        self.axis = one_axis("BatchNormalization", axis)
        self.momentum, self.epsilon = momentum, epsilon
        self.center, self.scale = (
            flag("BatchNormalization", "center", center),
            flag("BatchNormalization", "scale", scale),
        )
        self._take_parts(beta_initializer=beta_initializer, gamma_initializer=gamma_initializer)
        self._take_parts(moving_mean_initializer=moving_mean_initializer)
        self._take_parts(moving_variance_initializer=moving_variance_initializer)
        self._take_parts(beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer)
        self._take_parts(beta_constraint=beta_constraint, gamma_constraint=gamma_constraint)
        for name, value in (("renorm", renorm), ("synchronized", synchronized)):
            if flag("BatchNormalization", name, value):
                raise ValueError(f"{self.described}: tinynet has no `{name}`. Received: {name}={shown(value)}")
        self.renorm, self.synchronized = False, False
        self.renorm_clipping, self.renorm_momentum = renorm_clipping, renorm_momentum

    @property
    def words(self) -> Words:  # type: ignore[override]
        """What the trace says: of γ and β, if there are any."""
        gamma, beta = "{gamma}·" if self.scale else "", " + {beta}" if self.center else ""
        own = "the batch's" if self.trainable else "the moving averages: the layer is frozen"
        others = " - mean(dy) - x̂·mean(dy·x̂)" if self.trainable else ""
        return Words(
            f"{gamma}({{x}} - mean)/√(variance + {{epsilon}}){beta}",
            f"Brings each column to mean 0 and variance 1. Mean and variance are {own}.",
            f"{gamma}({{dy}}{others})/√(variance + {{epsilon}})",
            "x takes part in the column's mean and variance, too, and so in every row of it"
            if self.trainable
            else "the averages depend on no row",
        )

    def _make_weights(self, input_shape: Shape) -> None:
        """Make γ, β and the moving averages, a number for each column."""
        shape = (columns_of(self, input_shape),)
        if self.scale:
            self.add_own_weight("gamma", shape)
        if self.center:
            self.add_own_weight("beta", shape)
        self.add_weight("moving_mean", shape, self.moving_mean_initializer, trainable=False)
        self.add_weight("moving_variance", shape, self.moving_variance_initializer, trainable=False)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape as it came, or raise a ValueError if it does not fit."""
        columns_of(self, self._in_order(input_shape), self.moving_mean.size if self.built else None)
        return input_shape

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return the numbers in a row of the input, and the rows and columns in the output: the same."""
        return inputs, repeat, inputs

    @property
    def sees_whole(self) -> bool:
        """Whether the batch's own mean and variance count: not those of a frozen layer."""
        return self.trainable

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without its weights."""
        return serialized_parts(super().get_config())
