"""What every metric has, and what the built-in ones do with the kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import kernels
from tinynet._arguments import refuse_unknown
from tinynet._names import snake_case
from tinynet.kernels import _codes as codes
from tinynet.losses.base import TargetKind, as_floats, as_rows, check_targets

Array = NDArray[Any]


class Metric:
    """Base class of metrics; subclass it to write your own.

    Parameters
    ----------
    name : str, optional
        The key in the history; default the class's name in snake case.
    dtype
        Keras's: metrics are summed in float64.

    Examples
    --------
    A user's own metric collects something in `update_state` and says it in `result`:

    >>> class LargestError(Metric):
    ...     def reset_state(self):
    ...         self.largest = 0.0
    ...
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest = max(self.largest, float(np.abs(y_pred - y_true).max()))
    ...
    ...     def result(self):
    ...         return self.largest
    >>> metric = LargestError()
    >>> metric.update_state(np.array([[1.0]]), np.array([[1.5]]))
    >>> metric.name, metric.result()
    ('largest_error', 0.5)
    """

    def __init__(self, name: str | None = None, dtype: Any = None, **unknown: Any) -> None:
        refuse_unknown(type(self), unknown)
        self.name = name or snake_case(type(self).__name__)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget what was seen."""
        raise TypeError(f"{type(self).__name__} must define `reset_state`, `update_state` and `result`.")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        raise TypeError(f"{type(self).__name__} must define `reset_state`, `update_state` and `result`.")

    def result(self) -> float:
        """Return the value over all that was taken in."""
        raise TypeError(f"{type(self).__name__} must define `reset_state`, `update_state` and `result`.")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Take in a batch and return the result so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class Average(Metric):
    """A weighted mean over samples."""

    def reset_state(self) -> None:
        """Forget what was seen."""
        self.total, self.count = 0.0, 0.0

    def result(self) -> float:
        """Return the mean over all that was taken in, 0 for nothing."""
        return self.total / self.count if self.count else 0.0


class BuiltinMetric(Average):
    """The mean over samples of something the kernels compute."""

    code: int
    threshold = 0.5

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        p = as_floats(y_pred)
        columns = p.shape[-1] if p.ndim > 1 else 1
        y = np.ascontiguousarray(y_true, p.dtype)
        rows = p.size // columns
        check_targets(self.name, target_kind(self), y, p)
        weights = np.empty(0, p.dtype) if sample_weight is None else np.ascontiguousarray(sample_weight, p.dtype)
        weights = weights.reshape(-1)
        if sample_weight is not None and weights.size != rows:
            raise ValueError(f"{self.name}: expected a sample_weight for each of {rows} rows. Received {weights.size}.")
        self.total += kernels.metric_sum(self.code, y.reshape(-1), p.reshape(-1), weights, columns, self.threshold)
        self.count += float(weights.sum()) if sample_weight is not None else rows


def target_kind(metric: BuiltinMetric) -> TargetKind:
    """Return what a built-in metric's targets are, as `check_targets` calls it."""
    return "classes" if takes_classes(metric) else "values"


def takes_classes(metric: Metric) -> bool:
    """Return whether a built-in metric's targets are class numbers."""
    return isinstance(metric, BuiltinMetric) and metric.code in _SPARSE


_SPARSE = (
    codes.SPARSE_CATEGORICAL_ACCURACY,
    codes.SPARSE_CATEGORICAL_CROSSENTROPY,
    codes.SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS,
)


def reported_names(plain: Sequence[str], weighted: Sequence[str]) -> list[str]:
    """Return what metrics and weighted metrics are reported as: a weighted one that repeats a name says so.

    Examples
    --------
    >>> reported_names(["mae"], ["mae", "mse"])
    ['mae', 'weighted_mae', 'mse']
    """
    return [*plain, *(f"weighted_{name}" if name in plain else name for name in weighted)]


class FunctionMetric(Average):
    """A plain function of (y_true, y_pred), averaged over samples."""

    def __init__(self, function: Callable[[Array, Array], Any]) -> None:
        self.function = function
        super().__init__(getattr(function, "__name__", "metric"))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        values = np.atleast_1d(np.asarray(self.function(y_true, y_pred), np.float64))
        values = values.reshape(len(values), -1).mean(axis=1)  # one for each sample
        weights = np.ones(len(values)) if sample_weight is None else np.asarray(sample_weight).reshape(-1)
        self.total += float((values * weights).sum())
        self.count += float(weights.sum())


def rowwise(metric: BuiltinMetric, y_true: Any, y_pred: Any) -> Array:
    """Return the metric of each sample, from whatever arrays a user has."""
    y, p = as_rows(metric.name, target_kind(metric), y_true, y_pred)
    one = np.empty(0, p.dtype)
    found = [
        kernels.metric_sum(metric.code, target, row, one, row.size, metric.threshold)
        for target, row in zip(y, p, strict=True)
    ]
    return np.array(found, p.dtype).reshape(np.shape(y_pred)[:-1])
