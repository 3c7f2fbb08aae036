"""What every metric has: a formula averaged over samples, or three methods in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from tinynet._configurable import Configurable, refuse_unknown
from tinynet._names import snake_case
from tinynet._types import Array
from tinynet.kernels import maps
from tinynet.losses.base import OF_A_PAIR, Loss
from tinynet.losses.pairs import TargetKind, as_floats, as_rows, check_targets
from tinynet.parts import check_formula, numbers_for, written_in_python

#: The methods by which a metric collects in plain Python.
_METHODS = ("update_state", "result", "reset_state", "__call__")


class Metric(Configurable):
    """Base class of metrics; subclass it to write your own.

    There are two ways. A `FormulaMetric` is the mean over samples of a formula, and runs in the compiled loop. Any
    other metric has the three methods below and runs in the layer loop.

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

    #: Whether the compiled loop can run it.
    compiles: bool = False
    #: Where it can: the loop that sums it up over rows, and its numbers.
    kernel: Any = None
    numbers: Any = None

    def __init__(self, name: str | None = None, dtype: Any = None, **unknown: Any) -> None:
        refuse_unknown(type(self), unknown)
        self.name = name or snake_case(type(self).__name__)
        self.dtype = dtype
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


class FormulaMetric(Average):
    """The mean over samples of a formula; runs in the compiled loop.

    Attributes
    ----------
    formulas : tuple of one formula
        Of (y, p): single outputs (`Scalar`), over which it is then averaged, or rows (`Row`); a target that is the
        number of a class is a `Label`. Further arguments are attributes of the class, by name.
    aliases : tuple of str
        Other names.

    Examples
    --------
    How often a prediction is within `width` of its target:

    >>> from tinynet.formulas import Scalar, formula
    >>> @formula
    ... def within(y: Scalar, p: Scalar, width: Scalar) -> Scalar:
    ...     return type(p)(1.0) if abs(p - y) <= width else type(p)(0.0)
    >>> class Within(FormulaMetric):
    ...     formulas = (within,)
    ...     width = 0.5
    >>> Within()([[1.0], [2.0]], [[1.25], [4.0]])
    0.5
    """

    formulas: ClassVar[tuple[Any, ...]] = ()
    aliases: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = cls.__dict__.get("formulas")
        if own is not None:
            if not isinstance(own, tuple) or len(own) != 1:
                raise TypeError(f"{cls.__name__}: `formulas` must be one formula of (y, p), as a tuple: (match,).")
            check_formula(cls, own[0], OF_A_PAIR, "metric(y, p)")

    @property
    def compiles(self) -> bool:  # type: ignore[override]
        """Whether the compiled loop can run it."""
        return not written_in_python(type(self), "formulas", _METHODS)

    @property
    def formula(self) -> Any:
        """The formula in force."""
        return self.formulas[0]

    @property
    def takes_classes(self) -> bool:
        """Whether targets are the numbers of classes."""
        return maps.kinds_of(self.formula)[0] == "Label"

    @property
    def kernel(self) -> Any:
        """The loop over the formula: the weighted sum over rows."""
        return maps.weighted_sum(self.formula)

    @property
    def numbers(self) -> Array:
        """What the formula takes beyond y and p."""
        return numbers_for(self, self.formula, 2)

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
        self.total += self.kernel(y.reshape(-1), p.reshape(-1), weights, columns, self.numbers)
        self.count += float(weights.sum()) if sample_weight is not None else rows

    def row_values(self, y_true: Any, y_pred: Any) -> Array:
        """Return the metric of each sample, from whatever arrays a user has."""
        y, p = as_rows(self.name, target_kind(self), y_true, y_pred)
        out = np.empty(len(p))
        maps.row_values(self.formula)(y.reshape(-1), p.reshape(-1), p.shape[-1], self.numbers, out)
        return out.astype(p.dtype).reshape(np.shape(y_pred)[:-1])


class LossMetric(FormulaMetric):
    """A loss as a metric; each loss's class has one of the same name."""

    loss_class: ClassVar[type[Loss]]

    def __init__(self, name: str | None = None, dtype: Any = None, **options: Any) -> None:
        self.loss = self.loss_class(**options)
        super().__init__(name, dtype)

    @property
    def compiles(self) -> bool:  # type: ignore[override]
        """Whether the compiled loop can run it."""
        return self.loss.compiles and not written_in_python(type(self), "loss_class", _METHODS)

    @property
    def formula(self) -> Any:
        """The loss's formula, or the class's own."""
        return super().formula if self.formulas else self.loss.pair()[0]

    @property
    def numbers(self) -> Array:
        """What the formula takes beyond y and p."""
        return super().numbers if self.formulas else self.loss.numbers

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric again."""
        own = {k: v for k, v in self.loss.get_config().items() if k not in ("name", "reduction", "dtype")}
        return {"name": self.name, "dtype": self.dtype, **own}


_METRICS: dict[type[Loss], type[LossMetric]] = {}


def metric_of(loss: type[Loss]) -> type[LossMetric]:
    """Return the metric of a loss, a class of the same name."""
    if loss not in _METRICS:
        first = (loss.__doc__ or "").partition("\n")[0].rstrip(".")
        space = {"loss_class": loss, "__doc__": f"{first}, as a metric.", "aliases": loss.aliases}
        _METRICS[loss] = type(loss.__name__, (LossMetric,), {**space, "__module__": "tinynet.metrics"})
    return _METRICS[loss]


def target_kind(metric: FormulaMetric) -> TargetKind:
    """Return what a metric's targets are, as `check_targets` calls it."""
    return "classes" if metric.takes_classes else "values"


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


def function_of(cls: type[FormulaMetric]) -> Callable[..., Array]:
    """Return the plain function of a metric, which gives each sample's: ``categorical_accuracy(y_true, y_pred)``."""

    def function(y_true: Any, y_pred: Any, **options: Any) -> Array:
        return cls(**options).row_values(y_true, y_pred)

    function.__name__ = function.__qualname__ = snake_case(cls.__name__)
    function.__module__ = "tinynet.metrics"
    function.__doc__ = f"Return the metric of each sample, as `{cls.__name__}` computes it."
    return function
