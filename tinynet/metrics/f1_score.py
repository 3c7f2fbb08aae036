"""The harmonic mean of precision and recall.

Source: https://keras.io/api/metrics/classification_metrics/#f1score-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._types import NoMore
from tinynet.metrics.fbeta_score import FBetaScore


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall: 2·P·R/(P + R).

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}, optional
        None gives a score for each column, in an array. ``"micro"`` counts all columns together; ``"macro"`` is the
        mean of the columns' scores, ``"weighted"`` the mean weighted by their positives.
    threshold : float, optional
        Predictions above it are taken for positive. Default: the largest of each row.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    ValueError
        For an average that there is not, and a threshold that is not in (0, 1].

    Examples
    --------
    >>> F1Score(threshold=0.5)([[1, 1], [1, 0]], [[0.2, 0.6], [0.6, 0.4]]).round(4)
    array([0.6667, 1.    ])
    """

    _settled = ("beta",)

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype, **options)
