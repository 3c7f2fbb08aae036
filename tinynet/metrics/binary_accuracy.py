"""How often a yes-or-no prediction is right.

Source: https://keras.io/api/metrics/accuracy_metrics/#binaryaccuracy-class
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.formulas import Scalar, formula
from tinynet.losses.pairs import as_floats
from tinynet.metrics.base import FormulaMetric


@formula
def binary_match(y: Scalar, p: Scalar, threshold: Scalar) -> Scalar:
    """1 if the prediction, p > threshold (strictly), is the label."""
    T = type(p)
    return T(1.0) if (T(1.0) if p > threshold else T(0.0)) == y else T(0.0)


class BinaryAccuracy(FormulaMetric):
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

    formulas = (binary_match,)

    def __init__(self, name: str | None = None, dtype: Any = None, threshold: float = 0.5, **options: Any) -> None:
        super().__init__(name, dtype, **options)
        self.threshold = float(threshold)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Array:
    """Return, for each output, whether it is on the right side of the threshold.

    Examples
    --------
    >>> binary_accuracy([[1], [0]], [[0.7], [0.6]])
    array([[1.],
           [0.]], dtype=float32)
    """
    p = as_floats(y_pred)
    single = BinaryAccuracy(threshold=threshold).row_values(np.reshape(y_true, (-1, 1)), p.reshape(-1, 1))
    return single.reshape(p.shape)
