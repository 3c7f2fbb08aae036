"""What metrics have in common that say how predictions and targets of a row vary together."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.formulas import Row, Scalar, formula
from tinynet.losses.axis import checked_axis
from tinynet.metrics.base import FormulaMetric


@formula
def covariance(y: Row, p: Row, y_mean: Scalar, p_mean: Scalar) -> Scalar:
    """Σₖ (yₖ - ȳ)·(pₖ - p̄)/K over one row; of a row with itself its variance"""
    T = type(p[0])
    total = T(0.0)
    for k in range(p.size):
        total += (y[k] - y_mean) * (p[k] - p_mean)
    return total / T(p.size)


class CorrelationMetric(FormulaMetric):
    """Base class of means of a correlation, which is computed along an axis.

    Parameters
    ----------
    name, dtype
        As for every `Metric`.
    axis : int, default -1
        The axis along which predictions and targets are compared. Any but the last one is for the layer loop.
    """

    _direction = "up"

    def __init__(self, name: str | None = None, dtype: Any = None, axis: int = -1, **options: Any) -> None:
        super().__init__(name, dtype, **options)
        self.axis = checked_axis(type(self).__name__, axis)

    @property
    def compiles(self) -> bool:  # type: ignore[override]
        """Whether the compiled loop can run it."""
        return self.axis == -1 and super().compiles

    def _arrays(self, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
        y, p = super()._arrays(y_true, y_pred)
        if not -p.ndim <= self.axis < p.ndim:
            raise ValueError(f"{self.name}: `axis` must be one of {p.ndim} axes. Received: axis={self.axis}")
        return tuple(np.ascontiguousarray(np.moveaxis(each, self.axis, -1)) for each in (y, p))  # type: ignore[return-value]
