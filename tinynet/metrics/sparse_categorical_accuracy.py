"""How often the most probable class is that of the label.

Source: https://keras.io/api/metrics/accuracy_metrics/#sparsecategoricalaccuracy-class
"""

from __future__ import annotations

from tinynet.formulas import Label, Row, Scalar, argmax, formula
from tinynet.metrics.base import FormulaMetric


@formula
def label_match(label: Label, p: Row) -> Scalar:
    """1 if the largest prediction of a row is that of its label."""
    return 1.0 if label == argmax(p) else 0.0


class SparseCategoricalAccuracy(FormulaMetric):
    """How often the largest prediction is that of the labelled class.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([1, 0], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    """

    formulas = (label_match,)
    _direction = "up"
