"""The best point of a curve: the most of one share where another is at least a number.

Source: https://keras.io/api/metrics/classification_metrics/
"""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

import numpy as np

from tinynet._arguments import number, whole_number
from tinynet._types import NoMore
from tinynet.metrics.confusion import ConfusionMetric, Counts


class OnCurve(ConfusionMetric):
    """Base class of metrics that are the most of one share of `Counts` where another is large enough.

    Attributes
    ----------
    most, where : str
        The share that is told, and the one that must be large enough; an argument has the latter's name.
    """

    most: ClassVar[str]
    where: ClassVar[str]
    #: What `most` and `where` are in `Counts`, where they have another name there.
    _SAME: ClassVar = {"sensitivity": "recall"}
    _direction = "up"
    _settled = ("least", "thresholds", "even")

    def __init__(
        self,
        least: float,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: Any,
        **options: Unpack[NoMore],
    ) -> None:
        owner = type(self).__name__
        least = number(owner, self.where, least, 0.0, 1.0, f"Argument `{self.where}` must be in the range [0, 1]")
        words = "Argument `num_thresholds` must be an integer > 0"
        self.num_thresholds = whole_number(owner, "num_thresholds", num_thresholds, 1, words)
        several = self.num_thresholds > 1
        super().__init__(
            np.linspace(0.0, 1.0, self.num_thresholds).tolist() if several else [0.5], several, name, dtype, **options
        )
        self.class_id = None if class_id is None else whole_number(owner, "class_id", class_id, at_least=0)
        setattr(self, self.where, least)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, as a list."""
        return self._thresholds.tolist()  # type: ignore[no-any-return]

    def of_counts(self, counts: Counts) -> float:
        """Return the most of one share among the thresholds where the other is large enough; 0 if there are none."""
        most, where = (getattr(counts, self._SAME.get(name, name)) for name in (self.most, self.where))
        return float(np.max(most[where >= getattr(self, self.where)], initial=0.0))
