"""The number of positives that are taken for negative.

Source: https://keras.io/api/metrics/classification_metrics/#falsenegatives-class
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from tinynet._types import Array, NoMore
from tinynet.metrics.confusion import AtThresholds, Counts


class FalseNegatives(AtThresholds):
    """The number of positives that are taken for negative, or the sum of their weights.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Predictions above it, strictly, are taken for positive. Several give a result for each. Default 0.5.
    name, dtype
        As for every `Metric`; the names are numbered, as in Keras.

    Raises
    ------
    ValueError
        For thresholds that are not between 0 and 1.

    Examples
    --------
    >>> FalseNegatives()([0, 1, 1, 1], [1, 0, 1, 1])
    1.0
    """

    _settled = ("top_k", "class_id", "even")
    counted = ("false_negatives",)

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: Any = None,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(thresholds, None, None, name, dtype, **options)

    def of_counts(self, counts: Counts) -> Array:
        """Return their number for each threshold."""
        return counts.false_negatives
