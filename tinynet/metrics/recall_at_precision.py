"""The most recall at a threshold where the precision is large enough.

Source: https://keras.io/api/metrics/classification_metrics/#recallatprecision-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._types import NoMore
from tinynet.metrics.curve_points import OnCurve


class RecallAtPrecision(OnCurve):
    """The most recall at a threshold where the precision is large enough.

    The recall is the share of the positives that are found,
    and the precision the share of what is taken for positive that is.

    Parameters
    ----------
    precision : float
        The least precision, between 0 and 1.
    num_thresholds : int, default 200
        How many thresholds to try, from 0 to 1.
    class_id : int, optional
        Count only this column. Default: all.
    name, dtype
        As for every `Metric`; the names are numbered, as in Keras.

    Raises
    ------
    ValueError
        For a number that is not between 0 and 1, and numbers that are not whole.

    Examples
    --------
    >>> RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.5
    """

    most, where = "recall", "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype, **options)
