"""How often the most probable class is the right one.

Source: https://keras.io/api/metrics/accuracy_metrics/#categoricalaccuracy-class
"""

from __future__ import annotations

from tinynet.formulas import Row, Scalar, argmax, formula
from tinynet.metrics.base import FormulaMetric


@formula
def categorical_match(y: Row, p: Row) -> Scalar:
    """1 if the largest prediction of a row is where its largest target is."""
    return 1.0 if argmax(y) == argmax(p) else 0.0


class CategoricalAccuracy(FormulaMetric):
    """How often the largest prediction is where the largest target is.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    """

    formulas = (categorical_match,)
    _direction = "up"
