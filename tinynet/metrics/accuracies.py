"""How often a prediction is right.

Source: https://keras.io/api/metrics/accuracy_metrics/
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels import _codes as codes
from tinynet.losses.base import as_floats
from tinynet.metrics.base import BuiltinMetric, rowwise

Array = NDArray[Any]


class BinaryAccuracy(BuiltinMetric):
    """How often (prediction > threshold) is the label; exactly at the threshold counts as 0.

    Parameters
    ----------
    name, dtype
        As for every `Metric`.
    threshold : float, default 0.5
        Use 0 for logits.

    Examples
    --------
    >>> BinaryAccuracy()([[1], [0]], [[0.7], [0.6]])
    0.5
    """

    code = codes.BINARY_ACCURACY

    def __init__(self, name: str | None = None, dtype: Any = None, threshold: float = 0.5, **options: Any) -> None:
        super().__init__(name, dtype, **options)
        self.threshold = float(threshold)


class CategoricalAccuracy(BuiltinMetric):
    """How often the largest prediction stands where the largest target does.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    """

    code = codes.CATEGORICAL_ACCURACY


class SparseCategoricalAccuracy(BuiltinMetric):
    """How often the largest prediction is that of the labelled class.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([1, 0], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    """

    code = codes.SPARSE_CATEGORICAL_ACCURACY


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Array:
    """Return, for each output, whether it is on the right side of the threshold.

    Examples
    --------
    >>> binary_accuracy([[1], [0]], [[0.7], [0.6]])
    array([[1.],
           [0.]], dtype=float32)
    """
    p = as_floats(y_pred)
    return rowwise(BinaryAccuracy(threshold=threshold), np.reshape(y_true, (-1, 1)), p.reshape(-1, 1)).reshape(p.shape)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """Return, for each sample, whether the largest prediction stands where the largest target does.

    Examples
    --------
    >>> categorical_accuracy([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    array([1., 0.], dtype=float32)
    """
    return rowwise(CategoricalAccuracy(), y_true, y_pred)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """Return, for each sample, whether the largest prediction is that of the labelled class.

    Examples
    --------
    >>> sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.2, 0.8]])
    array([1., 0.], dtype=float32)
    """
    return rowwise(SparseCategoricalAccuracy(), y_true, y_pred)
