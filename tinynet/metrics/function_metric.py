"""A plain function as a metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import data
from tinynet._types import Array
from tinynet.metrics.metric import Average


class FunctionMetric(Average):
    """A plain function of (y_true, y_pred), averaged over samples."""

    def __init__(self, function: Callable[[Array, Array], Any]) -> None:
        self.function = function
        super().__init__(getattr(function, "__name__", "metric"))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        returned = self.function(y_true, y_pred)
        try:
            values = data.as_numbers(returned, "It")
        except (TypeError, ValueError):
            values = np.empty((0, 0))
        rows = len(y_pred) if np.ndim(y_pred) else 1
        if values.ndim and len(values) != rows:
            raise ValueError(
                f"Metric '{self.name}': the function must return a number, or one for each of the {rows} rows. It "
                f"returned {'None: is its `return` missing?' if returned is None else repr(returned)}"
            )
        if not values.ndim and sample_weight is not None:
            values = np.broadcast_to(values, rows)
        self._take_in(values, sample_weight)
