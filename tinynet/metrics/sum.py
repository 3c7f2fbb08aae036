"""The sum of values that are given by hand.

Source: https://keras.io/api/metrics/reduction_metrics/#sum-class
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet import data
from tinynet._results import Result
from tinynet._types import NoMore
from tinynet.metrics.metric import Metric, named


class Sum(Metric):
    """The weighted sum of values: no metric of a model, but a base for own ones, and for training loops by hand.

    Examples
    --------
    >>> total = Sum()
    >>> total.update_state([1.0, 3.0, 5.0, 7.0])
    >>> total.result()
    16.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None, **options: Unpack[NoMore]) -> None:
        super().__init__(name, dtype, **options)
        self.total = self.add_variable(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add values, and what each sample counts; weights that lack axes count for all along these."""
        with named(self.name):
            found = data.as_numbers(values, "values").astype(np.float64)
            weights = data.as_numbers(1.0 if sample_weight is None else sample_weight, "sample_weight")
            if weights.ndim == found.ndim + 1 and weights.shape[-1] == 1:
                weights = weights[..., 0]
            weights = weights.reshape(weights.shape + (1,) * (found.ndim - weights.ndim))
            try:
                weights = np.broadcast_to(weights, found.shape)
            except ValueError:
                raise ValueError(
                    f"expected a sample_weight of a shape that broadcasts to {found.shape}. Received: shape "
                    f"{weights.shape}"
                ) from None
        self.total.assign_add((found * weights).sum())

    def result(self) -> float:
        """Return the sum of all that was taken in."""
        return Result(float(self.total))
