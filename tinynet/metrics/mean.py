"""The mean of values that are given by hand.

Source: https://keras.io/api/metrics/reduction_metrics/#mean-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet import data
from tinynet._types import NoMore
from tinynet.metrics.metric import Average, named


class Mean(Average):
    """The weighted mean of values: no metric of a model, but a base for own ones, and for training loops by hand.

    Examples
    --------
    >>> mean = Mean()
    >>> mean.update_state([1.0, 3.0, 5.0, 7.0])
    >>> mean.result()
    4.0
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None, **options: Unpack[NoMore]) -> None:
        super().__init__(name, dtype, **options)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take in values, one for each sample or more, and what each sample counts."""
        with named(self.name):
            found = data.as_numbers(values, "values")
        self._take_in(found, sample_weight)
