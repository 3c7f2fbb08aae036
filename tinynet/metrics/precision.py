"""How much of what is taken for positive is.

Source: https://keras.io/api/metrics/classification_metrics/#precision-class
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from tinynet._types import Array, NoMore
from tinynet.metrics.confusion import AtThresholds, Counts


class Precision(AtThresholds):
    """The share of what is taken for positive that is: TP/(TP + FP).

    Parameters
    ----------
    thresholds : float or list of float, optional
        Predictions above it, strictly, are taken for positive. Several give a result for each. Default 0.5, and with
        `top_k` none.
    top_k : int, optional
        Count only so many of a row's largest predictions as positive.
    class_id : int, optional
        Count only this column. Default: all.
    name, dtype
        As for every `Metric`; the names are numbered, as in Keras.

    Raises
    ------
    ValueError
        For thresholds that are not between 0 and 1, and numbers that are not whole.

    Examples
    --------
    >>> Precision()([0, 1, 1, 1], [1, 0, 1, 1])
    0.6666666666666666
    >>> Precision(thresholds=[0.25, 0.75])([[0], [1]], [[0.5], [1.0]])
    array([0.5, 1. ])
    """

    _direction = "up"
    counted = "true_positives", "false_positives"

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(thresholds, top_k, class_id, name, dtype, **options)

    def of_counts(self, counts: Counts) -> Array:
        """Return the precision for each threshold."""
        return counts.precision
