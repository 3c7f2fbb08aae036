"""How often a yes-or-no prediction is right.

Source: https://keras.io/api/metrics/accuracy_metrics/#binaryaccuracy-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._arguments import shown
from tinynet._kinds import is_number
from tinynet._types import Array, NoMore
from tinynet.formulas import Scalar, formula
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
    _direction = "up"

    def __init__(
        self, name: str | None = None, dtype: Any = None, threshold: float = 0.5, **options: Unpack[NoMore]
    ) -> None:
        super().__init__(name, dtype, **options)
        if not is_number(threshold):
            raise ValueError(
                f"BinaryAccuracy: expected `threshold` to be a number, 0.5 for probabilities or 0 for logits. "
                f"Received: {shown(threshold)}"
            )
        self.threshold: float = float(threshold)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Array:
    """Return, for each output, whether it is on the right side of the threshold.

    Examples
    --------
    >>> binary_accuracy([[1], [0]], [[0.7], [0.6]])
    array([[1.],
           [0.]], dtype=float32)
    """
    return BinaryAccuracy(threshold=threshold).entries(y_true, y_pred)
