"""Losses of numbers: squared and absolute errors.

Source: https://keras.io/api/losses/regression_losses/
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from tinynet.kernels import _codes as codes
from tinynet.losses.base import BuiltinLoss, rowwise

Array = NDArray[Any]


class _Error(BuiltinLoss):
    """A mean over outputs of something that grows with their distance from the targets."""

    targets = "values"

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str | None = None, dtype: Any = None, **unknown: Any
    ) -> None:
        super().__init__(name, reduction, dtype, **unknown)


class MeanSquaredError(_Error):
    """Mean of (prediction - target)² over the outputs.

    Examples
    --------
    >>> MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]])
    0.5
    """

    code = codes.MEAN_SQUARED_ERROR


class MeanAbsoluteError(_Error):
    """Mean of |prediction - target| over the outputs.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]])
    1.0
    """

    code = codes.MEAN_ABSOLUTE_ERROR


def mean_squared_error(y_true: Any, y_pred: Any) -> Array:
    """Return the mean squared error of each sample.

    Examples
    --------
    >>> mean_squared_error([[0.0], [1.0]], [[2.0], [1.0]])
    array([4., 0.], dtype=float32)
    """
    return rowwise(MeanSquaredError(), y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Array:
    """Return the mean absolute error of each sample.

    Examples
    --------
    >>> mean_absolute_error([[0.0], [1.0]], [[2.0], [1.0]])
    array([2., 0.], dtype=float32)
    """
    return rowwise(MeanAbsoluteError(), y_true, y_pred)
