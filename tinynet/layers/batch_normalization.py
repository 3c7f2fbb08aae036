"""Batch normalization: each column of a batch at mean 0 and variance 1, and then where it learns to be.

Source: https://keras.io/api/layers/normalization_layers/batch_normalization/
"""

from __future__ import annotations

from math import prod
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import flag
from tinynet._types import Array, Shape
from tinynet.formulas import Batch, Floats, Operation, Words, kernel, parameter, sqrt
from tinynet.layers.batch_moments import (
    OPTIONS,
    TINY,
    batch_moments,
    batch_slopes,
    checked_clipping,
    correction,
    kept_rows,
    mask_of_rows,
    normalize,
    normalized,
    room,
    roots_of,
    rows_in,
)
from tinynet.layers.building import columns_of, one_axis
from tinynet.layers.kernel_layer import padded, refuse_tensors
from tinynet.layers.keywords import OfLayers
from tinynet.layers.normalizing import AlongAxes
from tinynet.layers.parameters import serialized_parts


@kernel
def batch_normalization_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = γ·(x - μ)/√(σ² + ε) + β: in training with the batch's μ and σ², else with the moving averages."""
    count, scale, center = op.places.size // 2, int(op.options[2]), int(op.options[3])
    gamma = parameter(op, batch.params, 0 if scale == 1 else count)
    beta = parameter(op, batch.params, scale if center == 1 else count)
    own, corrections = (gamma, beta), (correction(op, batch, 4), correction(op, batch, 5))
    if batch.training != 0 and op.options[4] != 0:
        normalize(x, y, (room(op, 0), room(op, 1)), corrections, own, op.options[0])
    else:
        place = scale + center
        averages = parameter(op, batch.params, place), parameter(op, batch.params, place + 1)
        normalize(x, y, averages, corrections, own, op.options[0])


@kernel
def batch_normalization_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = γ/√(σ² + ε)·(dy - Σₙ dy/N - x̂·Σₙ dy·x̂/N), times r where there is one

    x takes part in its own x̂ with the slope 1/√(σ² + ε), and in μ and σ², and so in every row of its column: the two
    sums are what the others have to say. A row that is padding takes no part in μ and σ². Where there is padding, N
    has Keras's 10⁻⁷ more than there are rows, and the mean of x - μ is μ·10⁻⁷/N instead of 0: so x̂ is taken around
    μ·(1 + 10⁻⁷/N). A frozen layer's averages depend on no row: dx = γ/√(σ² + ε)·dy.
    """
    units, count, epsilon, scale = op.units, op.places.size // 2, op.options[0], int(op.options[2])
    gamma = parameter(op, batch.params, 0 if scale == 1 else count)
    mean, variance, total, along = room(op, 0), room(op, 1), room(op, 2), room(op, 3)
    learns, r = op.options[4] != 0, correction(op, batch, 4)
    moving_variance = parameter(op, batch.params, scale + int(op.options[3]) + 1)
    kept, rows, more = kept_rows(op, batch), float(batch.rows * op.repeat), 0.0
    if kept.size > 0:
        rows, more = rows_in(kept), TINY
    for row in range(0, x.size, units):
        part = 1.0 if kept.size == 0 else float(kept[row // units])
        for j in range(units):
            if learns:
                there = normalized(x[row + j], mean[j] * (1.0 + more / rows), variance[j], epsilon)
                slope = (dy[row + j] - part * (total[j] + there * along[j]) / rows) / sqrt(variance[j] + epsilon)
                if r.size > 0:
                    slope *= r[j]
            else:
                slope = dy[row + j] / sqrt(moving_variance[j] + epsilon)
            dx[row + j] = slope * gamma[j] if gamma.size > 0 else slope


@kernel
def batch_normalization_gradients(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    """dγ = Σₙ dy·x̂ and dβ = Σₙ dy, which `batch_slopes` has summed up; with a correction dγ = Σₙ dy·(r·x̂ + d)."""
    units, scale, total, along = op.units, int(op.options[2]), room(op, 2), room(op, 3)
    r, d = correction(op, batch, 4), correction(op, batch, 5)
    if scale == 1:
        dgamma = parameter(op, batch.gradients, 0)
        for j in range(units):
            dgamma[j] = along[j] * r[j] + total[j] * d[j] if r.size > 0 else along[j]
    if op.options[3] == 1:
        dbeta = parameter(op, batch.gradients, scale)
        for j in range(units):
            dbeta[j] = total[j]


_NORMALIZED = "(x - moving_mean) / Sqrt(moving_variance + epsilon)"


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
    renorm : bool, default False
        Whether a batch's values are brought near to those that averages of the batches before would give: they are
        r·x̂ + d, where r and d count as constants. Outside of training nothing is different.
    renorm_clipping : dict, optional
        Between which numbers r has to be, ``"rmin"`` and ``"rmax"``, and the most that d may be either way, ``"dmax"``.
    renorm_momentum : float in [0, 1], default 0.99
        How slowly these averages forget.
    synchronized : bool, default False
        Keras's, for several machines, which tinynet has not.
    **options
        `name`, `trainable`, `input_shape` and the like, as for every `Layer`.

    Attributes
    ----------
    gamma, beta, moving_mean, moving_variance : ndarray of shape (units,)
        The weights, in this order; behind them with `renorm` are moving_stddev, renorm_mean and renorm_stddev.

    Raises
    ------
    ValueError
        If there is no such axis, or a number is out of range.

    Notes
    -----
    Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
    2015. Ioffe, "Batch renormalization: towards reducing minibatch dependence in batch-normalized models", 2017.
    Weights of samples do not count in the statistics, as in Keras. Padding does not either, which an `Embedding` with
    ``mask_zero=True``, a `Masking` or the argument `mask` of a call tells; it is normalized with the others.

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
    options = OPTIONS
    limits = {"epsilon": (0.0, np.inf), "momentum": (0.0, 1.0), "renorm_momentum": (0.0, 1.0)}  # noqa: RUF012
    fixed = ("dtype", "axis", "center", "scale", "renorm")
    held = ("renorm",)
    supports_masking = leaves_out = True
    onnx = (  # ONNX's own operator has the columns in another place
        f"({_NORMALIZED} * gamma + beta if center else {_NORMALIZED} * gamma) if scale else "
        f"({_NORMALIZED} + beta if center else {_NORMALIZED})"
    )

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
        self.center, self.scale, self.renorm = (
            flag("BatchNormalization", name, value)
            for name, value in (("center", center), ("scale", scale), ("renorm", renorm))
        )
        self._take_parts(beta_initializer=beta_initializer, gamma_initializer=gamma_initializer)
        self._take_parts(moving_mean_initializer=moving_mean_initializer)
        self._take_parts(moving_variance_initializer=moving_variance_initializer)
        self._take_parts(beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer)
        self._take_parts(beta_constraint=beta_constraint, gamma_constraint=gamma_constraint)
        if flag("BatchNormalization", "synchronized", synchronized):
            raise ValueError(
                f"{self.described}: argument synchronized=True is only supported with the TensorFlow backend."
            )
        self.synchronized = False
        self.renorm_clipping = checked_clipping(self.described, renorm_clipping) if self.renorm else renorm_clipping
        self.renorm_momentum = renorm_momentum

    @property
    def shared(self) -> int:  # type: ignore[override]
        """How many numbers a column has that kernels share: mean, variance, two sums, and r and d."""
        return 6 if self.renorm else 4

    def kernel_numbers(self) -> tuple[float, ...]:
        """Return the limits of r and d, which `renorm_clipping` says."""
        given = self.renorm_clipping if self.renorm and self.renorm_clipping else {}
        return tuple(given.get(name, other) for name, other in (("rmin", 0.0), ("rmax", np.inf), ("dmax", np.inf)))

    @property
    def words(self) -> Words:  # type: ignore[override]
        """What the trace says: of γ and β, if there are any."""
        gamma, beta = "{gamma}·" if self.scale else "", " + {beta}" if self.center else ""
        own = "the batch's" if self.trainable else "the moving averages: the layer is frozen"
        others = " - mean(dy) - x̂·mean(dy·x̂)" if self.trainable else ""
        normal, r = "({x} - mean)/√(variance + {epsilon})", ""
        if self.renorm and self.trainable:
            normal, r = f"(r·{normal} + d)", "r·"
            own += ". r and d bring it near to what the averages of the batches before would make of it"
        return Words(
            f"{gamma}{normal}{beta}",
            f"Brings each column to mean 0 and variance 1. Mean and variance are {own}.",
            f"{gamma}{r}({{dy}}{others})/√(variance + {{epsilon}})",
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
        if self.renorm:
            root = roots_of(self.moving_variance_initializer)
            self.add_weight("moving_stddev", shape, root, trainable=False)
            self.add_weight("renorm_mean", shape, self.moving_mean_initializer, trainable=False)
            self.add_weight("renorm_stddev", shape, root, trainable=False)

    def __call__(self, x: Any, training: bool | None = None, mask: Any = None) -> Any:  # type: ignore[override]
        """Return the output for a batch; in training rows count in its mean and variance where the `mask` is true."""
        if mask is None:
            return super().__call__(x, training=training)
        refuse_tensors(self, x)
        with padded(self, mask_of_rows(self.described, np.shape(x), mask)):
            return super().__call__(x, training=training)

    def steps(self, shape: tuple[int, ...]) -> int:
        """Return how many rows a sample of a shape has: each may be padding."""
        return prod(shape[:-1])

    def require_fit(self, x: Array) -> None:
        """Take any number of rows: the weights are those of columns, which `compute_output_shape` has counted."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape as it came, or raise a ValueError if it does not fit."""
        known = self.moving_mean.size if self.built else None
        columns_of(self, self._in_order(input_shape), known, self.axis, input_shape)
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
