"""A plain function as a metric.

Source: https://keras.io/api/metrics/reduction_metrics/#meanmetricwrapper-class
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from tinynet import data
from tinynet._arguments import shown
from tinynet._types import Array
from tinynet.metrics.metric import Average


class MeanMetricWrapper(Average):
    """A plain function of (y_true, y_pred), averaged over samples.

    Parameters
    ----------
    fn : function
        Gives a number for each sample, or for each output, or one for all.
    name, dtype
        As for every `Metric`; by default the name is ``mean_metric_wrapper``.
    **kwargs
        Further arguments of the function.

    Raises
    ------
    TypeError
        If it is no function.

    Examples
    --------
    >>> def within(y_true, y_pred, width):
    ...     return np.abs(y_true - y_pred) <= width
    >>> MeanMetricWrapper(within, name="within", width=0.5)(np.array([1.0, 2.0]), np.array([1.25, 4.0]))
    0.5
    """

    leaves_out = True

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        if not callable(fn):
            raise TypeError(
                f"{type(self).__name__}: `fn` must be a function of (y_true, y_pred). Received: {shown(fn)}"
            )
        self._fn, self._fn_kwargs = fn, kwargs
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        returned = self._fn(y_true, y_pred, **self._fn_kwargs)
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

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric again; the function is as it is."""
        return {"name": self.name, "dtype": self.dtype, "fn": self._fn, **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make a metric from what `get_config` returned."""
        return cls(**config)


class FunctionMetric(MeanMetricWrapper):
    """What `compile` makes of a plain function."""

    def __init__(self, function: Callable[[Array, Array], Any]) -> None:
        super().__init__(function, getattr(function, "__name__", "metric"))

    @property
    def function(self) -> Callable[..., Any]:
        """The function that was given."""
        return self._fn
