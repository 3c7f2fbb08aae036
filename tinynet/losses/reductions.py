"""From the losses of rows to the loss of a batch: sample weights, and Keras's reductions.

Source: https://keras.io/api/losses/
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet._types import Array
from tinynet.data.arrays import as_array
from tinynet.kernels.reductions import MEAN, SUM, WEIGHTED_MEAN

#: Keras's names, and what the loops make of them. Without a reduction there is no loss of a batch.
REDUCTIONS: dict[str | None, int | None] = {
    "sum_over_batch_size": MEAN,
    "mean": MEAN,
    "sum": SUM,
    "mean_with_sample_weight": WEIGHTED_MEAN,
    "none": None,
    None: None,
}


def checked_reduction(name: str, reduction: Any) -> str | None:
    """Return a reduction, or raise a ValueError if there is none of that name."""
    if not (reduction is None or isinstance(reduction, str)) or reduction not in REDUCTIONS:
        raise ValueError(
            f"{name}: Invalid value for argument `reduction`. Expected one of {', '.join(map(repr, REDUCTIONS))}. "
            f"Received: reduction={shown(reduction)}"
        )
    return reduction


def reduced(
    name: str, values: Array, sample_weight: Any, reduction: str | None, counted: Array | None = None
) -> float | Array:
    """Return the loss of a batch from the values of its rows.

    Parameters
    ----------
    name : str
        What messages call the loss.
    values : ndarray
        The losses, of any shape.
    sample_weight : array-like, number or None
        Of a shape that broadcasts to that of the values; a last axis of length 1 may be missing or extra.
    reduction : str or None
        One of `REDUCTIONS`. Without one the weighted values are returned as they are.
    counted : ndarray of bool, optional
        Which of the values count; a mean is taken over their number.

    Raises
    ------
    TypeError, ValueError
        If the weights are no real numbers, or do not fit.

    Examples
    --------
    >>> reduced("mse", np.array([1.0, 3.0]), [1.0, 0.0], "sum_over_batch_size")
    0.5
    >>> reduced("mse", np.array([1.0, 3.0]), [1.0, 0.5], None)
    array([1. , 1.5])
    """
    how = REDUCTIONS[checked_reduction(name, reduction)]
    weights = None if sample_weight is None else _weights(sample_weight)
    if counted is not None:
        share = counted.astype(np.float64)
        if how == MEAN and counted.any():
            share *= share.size / share.sum()
        weights = share if weights is None else np.multiply(*_of_one_rank(name, share, weights))
    if weights is not None:
        values, weights = _of_one_rank(name, values, weights)
        values = values * weights
    if how is None:
        return values
    total, count = float(values.sum()), float(values.size)
    if how == SUM or values.ndim == 0:
        return total
    if how == WEIGHTED_MEAN and weights is not None:
        count = float(weights.sum())
    return total / count if count else 0.0


def is_number(given: Any) -> bool:
    """Return whether a weight is one number for all."""
    return isinstance(given, Real | np.generic) or (isinstance(given, np.ndarray) and given.ndim == 0)


def _weights(given: Any) -> Array:
    """Return sample weights, an array or one number, in float64."""
    if is_number(given):
        return as_array(np.reshape(given, 1), "sample_weight")[0].astype(np.float64)  # type: ignore[no-any-return]
    return as_array(given, "sample_weight").astype(np.float64)


def _of_one_rank(name: str, values: Array, weights: Array) -> tuple[Array, Array]:
    """Return values and weights that broadcast, by Keras's rule: a last axis of 1 may be missing on either side."""
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        values, weights = (values[:, None], weights) if values.ndim == 1 else (values, weights[..., 0])
    elif values.ndim == weights.ndim + 1 and values.shape[-1] == 1 and weights.ndim:
        values, weights = (values, weights[:, None]) if weights.ndim == 1 else (values[..., 0], weights)
    try:
        np.broadcast_shapes(values.shape, weights.shape)
    except (ValueError, RuntimeError):  # NumPy broadcasts up to 32 axes
        raise ValueError(
            f"{name}: expected a sample_weight for each of the losses, of a shape that broadcasts to {values.shape}, "
            f"or one number. Received: shape {weights.shape}"
        ) from None
    return values, weights
