"""The number of positives that are taken for positive.

Source: https://keras.io/api/metrics/classification_metrics/#truepositives-class
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from tinynet._types import Array, NoMore
from tinynet.metrics.confusion import AtThresholds, Counts


class TruePositives(AtThresholds):
    """The number of positives that are taken for positive, or the sum of their weights.

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
    >>> TruePositives()([0, 1, 1, 1], [1, 0, 1, 1])
    2.0
    """

    _settled = ("top_k", "class_id", "even")
    counted = ("true_positives",)

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
        return counts.true_positives
