"""What batch normalization computes of a whole batch: means, variances, and what renormalization makes of them.

Sources: https://keras.io/api/layers/normalization_layers/batch_normalization/; Ioffe, "Batch renormalization", 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinynet._arguments import number, numbers, shown
from tinynet._types import Array
from tinynet.formulas import Batch, Floats, Operation, Scalar, formula, kernel, parameter, span, sqrt
from tinynet.kernels.machine.jit import inner, view
from tinynet.kernels.team import share, smallest_share

#: What the kernels read; behind them stand the limits of r and d, and what is told of padding.
OPTIONS = ("epsilon", "momentum", "scale", "center", "sees_whole", "renorm", "renorm_momentum")
#: How many numbers there are where nothing is told of padding.
_NUMBERS = len(OPTIONS) + 3
#: What is added to the rows that count, where there is padding.
TINY = 1e-7


@formula
def normalized(x: Scalar, mean: Scalar, variance: Scalar, epsilon: Scalar) -> Scalar:
    """x̂ = (x - μ)/√(σ² + ε): ε keeps a column that is the same in all rows from a division by 0."""
    return (x - mean) / sqrt(variance + epsilon)


@formula
def between(value: Scalar, low: Scalar, high: Scalar) -> Scalar:
    """The value, or the limit that is nearest to it; a NaN stays one."""
    return low if value < low else (high if value > high else value)


@formula
def moved(average: Scalar, new: Scalar, momentum: Scalar) -> Scalar:
    """m·old + (1 - m)·new: a moving average after one more batch."""
    return momentum * average + (1.0 - momentum) * new


@view
def room(op: Any, number: int) -> Any:
    """Return what kernels share of each column, one of μ, σ², Σₙ dy and Σₙ dy·x̂; a frozen layer has no room for it."""
    width = op.units if op.options[4] != 0 else 0
    return span(op.shared, number * width, (number + 1) * width)


@view
def correction(op: Any, batch: Any, number: int) -> Any:
    """Return r, room 4, or d, room 5, of each column; nothing outside of training, or without `renorm`."""
    if batch.training != 0 and op.options[5] != 0:
        return room(op, number)
    return span(op.shared, 0, 0)


@view
def kept_rows(op: Any, batch: Any) -> Any:
    """Return 0 for each row that is padding and 1 for the others, or nothing where all rows count."""
    return span(batch.data.x, 0, batch.data.x.size if op.options.size > _NUMBERS else 0)


@inner
def rows_in(kept: Any) -> float:
    """Return how many rows count, and a little more: Keras's, which keeps the mean of none from a division by 0."""
    rows = TINY
    for i in range(kept.size):
        rows += kept[i]
    return rows


@inner
def keep(op: Any, batch: Any, first: int, last: int) -> None:
    """The moving averages of the mean and the variance; with `renorm` r and d, and averages of the deviation as well.

    r = √(σ² + ε)/s and d = (μ - m)/s, between their limits: with them r·x̂ + d is (x - m)/s, of the averages m and s of
    the batches before.
    """
    epsilon, momentum = op.options[0], op.options[1]
    place = int(op.options[2]) + int(op.options[3])
    moving_mean = parameter(op, batch.params, place)
    moving_variance = parameter(op, batch.params, place + 1)
    mean, variance = room(op, 0), room(op, 1)
    if op.options[5] == 0:
        for j in range(first, last):
            moving_mean[j] = moved(moving_mean[j], mean[j], momentum)
            moving_variance[j] = moved(moving_variance[j], variance[j], momentum)
    else:
        r, d = room(op, 4), room(op, 5)
        moving_stddev = parameter(op, batch.params, place + 2)
        renorm_mean, renorm_stddev = parameter(op, batch.params, place + 3), parameter(op, batch.params, place + 4)
        for j in range(first, last):
            stddev = sqrt(variance[j] + epsilon)
            before = between(renorm_stddev[j], sqrt(epsilon), np.inf)
            r[j] = between(stddev / before, op.options[7], op.options[8])
            d[j] = between((mean[j] - renorm_mean[j]) / before, -op.options[9], op.options[9])
            renorm_mean[j] = moved(renorm_mean[j], mean[j], op.options[6])
            renorm_stddev[j] = moved(renorm_stddev[j], stddev, op.options[6])
            moving_mean[j] = moved(moving_mean[j], mean[j], momentum)
            moving_stddev[j] = moved(moving_stddev[j], stddev, momentum)
            moving_variance[j] = between(moving_stddev[j] * moving_stddev[j] - epsilon, 0.0, np.inf)


@kernel
def batch_moments(op: Operation, x: Floats, batch: Batch) -> None:
    """μ = Σₙ x/N and σ² = Σₙ (x - μ)²/N of each column over all N rows, and what the layer keeps of them.

    Two passes: the short form Σ x²/N - μ² loses all digits where μ is large. Rows that are padding count neither in
    the sums nor in N.
    """
    units, rows = op.units, float(x.size // op.units)
    first, last = share(units, smallest_share(x), batch.member, batch.members)
    mean, variance = span(room(op, 0), first, last), span(room(op, 1), first, last)
    kept = kept_rows(op, batch)
    if kept.size > 0:
        rows = rows_in(kept)
    for j in range(mean.size):
        mean[j] = variance[j] = 0.0
    for row in range(first, x.size, units):
        if kept.size == 0 or kept[row // units] != 0:
            for j in range(mean.size):
                mean[j] += x[row + j]
    for j in range(mean.size):
        mean[j] /= rows
    for row in range(first, x.size, units):
        if kept.size == 0 or kept[row // units] != 0:
            for j in range(mean.size):
                away = x[row + j] - mean[j]
                variance[j] += away * away
    for j in range(mean.size):
        variance[j] /= rows
    keep(op, batch, first, last)


@kernel
def batch_slopes(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    """Σₙ dy and Σₙ dy·x̂ of each column over all rows: the gradients of β and γ, which dx needs as well."""
    units, epsilon = op.units, op.options[0]
    first, last = share(units, smallest_share(x), batch.member, batch.members)
    mean, variance = span(room(op, 0), first, last), span(room(op, 1), first, last)
    total, along = span(room(op, 2), first, last), span(room(op, 3), first, last)
    for j in range(mean.size):
        total[j] = along[j] = 0.0
    for row in range(first, x.size, units):
        for j in range(mean.size):
            total[j] += dy[row + j]
            along[j] += dy[row + j] * normalized(x[row + j], mean[j], variance[j], epsilon)


@inner
def normalize(x: Any, y: Any, moments: Any, renorm: Any, own: Any, epsilon: float) -> None:
    """y = γ·(r·x̂ + d) + β in each row. An empty γ or r is 1, an empty β or d is 0."""
    mean, variance = moments
    r, d = renorm
    gamma, beta = own
    for row in range(0, x.size, mean.size):
        for j in range(mean.size):
            value = normalized(x[row + j], mean[j], variance[j], epsilon)
            if r.size > 0:
                value = value * r[j] + d[j]
            if gamma.size > 0:
                value *= gamma[j]
            if beta.size > 0:
                value += beta[j]
            y[row + j] = value


def checked_clipping(owner: str, given: Any) -> dict[str, float]:
    """Return the limits of r and d, or raise a ValueError or TypeError for others than there are.

    Examples
    --------
    >>> checked_clipping("BatchNormalization", {"rmax": 3})
    {'rmax': 3.0}
    """
    keys = ["rmax", "rmin", "dmax"]
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"{owner}: `renorm_clipping` must be a dict of some of {keys}. Received: {shown(given)}")
    if set(given or {}) - set(keys):
        raise ValueError(
            f"{owner}: Received invalid keys for `renorm_clipping` argument: {shown(given)}. Supported values: {keys}."
        )
    found = {name: number(owner, name, value) for name, value in (given or {}).items() if value is not None}
    if found.get("rmax", 0.0) < found.get("rmin", 0.0) and len({"rmax", "rmin"} & found.keys()) == 2:
        raise ValueError(
            f"{owner}: rmax should be greater than rmin in the `renorm_clipping` argument. Received: "
            f"rmax={found['rmax']}, rmin={found['rmin']}."
        )
    if found.get("dmax", 0.0) < 0:
        raise ValueError(
            f"{owner}: dmax should be non-negative in the `renorm_clipping` argument. Received: dmax={found['dmax']}."
        )
    return found


def roots_of(initializer: Any) -> Callable[..., Array]:
    """Return an initializer that draws the roots of what another one draws."""
    return lambda shape, dtype=None: np.sqrt(initializer(shape, dtype=dtype))


def mask_of_rows(owner: str, shape: tuple[int, ...], mask: Any) -> Array:
    """Return, for each sample's rows, whether they count, or raise a ValueError for a mask that is not of such inputs.

    Examples
    --------
    >>> mask_of_rows("BatchNormalization", (1, 2, 3, 4), [[[1], [0]]])
    array([[ True,  True,  True, False, False, False]])
    """
    keep = numbers(owner, "mask", mask) != 0
    if keep.ndim != len(shape) - 1 or any(a not in (1, b) for a, b in zip(keep.shape, shape, strict=False)):
        raise ValueError(
            f"{owner}: The mask provided should be one dimension less than the inputs, and of their sizes. Received: "
            f"mask.shape={keep.shape}, inputs.shape={shape}"
        )
    return np.broadcast_to(keep, shape[:-1]).reshape(shape[0], -1)
