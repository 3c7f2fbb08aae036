"""Metrics with a formula, averaged over samples; the losses among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from tinynet import data
from tinynet._names import snake_case
from tinynet._types import Array
from tinynet.kernels import maps
from tinynet.losses.base import OF_A_PAIR, Loss
from tinynet.losses.pairs import TargetKind, as_arrays
from tinynet.metrics.metric import Average, named
from tinynet.parts import check_formula, formulas_in, numbers_for, written_in_python

#: The methods by which a metric collects in plain Python.
_METHODS = ("update_state", "result", "reset_state", "__call__")


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
    leaves_out = True

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
        return formulas_in(self)[0]

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
        return numbers_for(self, 2, self.formula)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        entries = None if maps.by_rows(self.formula) else self.entries(y_true, y_pred)
        if entries is not None and entries.ndim < 2:  # samples of one output
            self._take_in(entries, sample_weight)
        else:
            self._take_in(self.row_values(y_true, y_pred), sample_weight, entries)

    def row_values(self, y_true: Any, y_pred: Any) -> Array:
        """Return the metric of each row of outputs, from whatever arrays a user has."""
        y, p = self._arrays(y_true, y_pred)
        return self._values(y, p, p.shape[-1]).reshape(p.shape[:-1])

    def entries(self, y_true: Any, y_pred: Any) -> Array:
        """Return the metric of each single output, where the formula is one of single outputs."""
        y, p = self._arrays(y_true, y_pred)
        if y.size != p.size:  # compiled code reads as many of the one as of the other
            raise TypeError(f"Metric '{self.name}': its formula is of whole rows, and has no value for one output.")
        return self._values(y, p, 1).reshape(p.shape)

    def _arrays(self, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
        """Return targets and predictions, checked, in one float type; the last axis is that of the outputs."""
        with named(self.name):
            return as_arrays(self.name, target_kind(self), y_true, y_pred)

    def _values(self, y: Array, p: Array, columns: int) -> Array:
        """Return the formula's value for each row of so many columns."""
        out = np.empty(p.size // columns)
        maps.row_values(self.formula)(y.reshape(-1), p.reshape(-1), columns, self.numbers, out)
        return out.astype(p.dtype)


class LossMetric(FormulaMetric):
    """A loss as a metric; each loss's class has one of the same name."""

    loss_class: ClassVar[type[Loss]]
    _direction = "down"
    #: The metric is its loss times this.
    _sign: ClassVar[int] = 1

    def __init__(self, name: str | None = None, dtype: Any = None, **options: Any) -> None:
        super().__init__(name, dtype)
        self.loss = self.loss_class(**options)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        if not self.loss.why_not_in_loops():
            super().update_state(y_true, y_pred, sample_weight)
            return
        with named(self.name):
            values, counted, _ = self.loss.unreduced(y_true, y_pred)
            if counted is not None and sample_weight is not None:  # without weights Keras's metric counts all
                weights = data.as_numbers(sample_weight, "sample_weight")
                missing = tuple(range(weights.ndim, counted.ndim))
                sample_weight = np.expand_dims(weights, missing) * counted
        self._take_in(self._sign * values, sample_weight)

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
        own = {k: v for k, v in super(Loss, self.loss).get_config().items() if k not in ("name", "reduction", "dtype")}
        return {"name": self.name, "dtype": self.dtype, **own}


_METRICS: dict[type[Loss], type[LossMetric]] = {}


#: What is said of the metric of a loss: its first line, its name.
_DOC = """{0}, as a metric: the mean over the samples.

Parameters
----------
name : str, optional
    What it is reported as. Default: the class's name in snake case.
**options
    Those of `tinynet.losses.{1}`, which has the formula and its source.

Examples
--------
>>> import tinynet
>>> tinynet.metrics.{1}(name="error").name
'error'
"""


def metric_of(loss: type[Loss]) -> type[LossMetric]:
    """Return the metric of a loss, a class of the same name."""
    if loss not in _METRICS:
        first = (loss.__doc__ or "").partition("\n")[0].rstrip(".")
        space = {"loss_class": loss, "__doc__": _DOC.format(first, loss.__name__), "aliases": loss.aliases}
        _METRICS[loss] = type(loss.__name__, (LossMetric,), {**space, "__module__": "tinynet.metrics"})
    return _METRICS[loss]


def target_kind(metric: FormulaMetric) -> TargetKind:
    """Return what a metric's targets are, as `check_targets` calls it."""
    return "classes" if metric.takes_classes else "values"


def reported_names(plain: Sequence[str], weighted: Sequence[str]) -> list[str]:
    """Return what metrics and weighted metrics are reported as, in Keras's way where a name is there twice.

    What repeats a name otherwise is numbered, as in Keras.

    Examples
    --------
    >>> reported_names(["mae", "mae"], ["mae", "mse"])
    ['mae', 'mae_1', 'weighted_mae', 'mse']
    """
    names: list[str] = []
    for name in (*plain, *(f"weighted_{name}" if name in plain else name for name in weighted)):
        numbered = (name, *(f"{name}_{number}" for number in range(1, len(names) + 1)))
        names.append(next(candidate for candidate in numbered if candidate not in names))
    return names


def function_of(cls: type[FormulaMetric]) -> Callable[..., Array]:
    """Return the plain function of a metric, which gives each sample's: ``categorical_accuracy(y_true, y_pred)``."""

    def function(y_true: Any, y_pred: Any, **options: Any) -> Array:
        return cls(**options).row_values(y_true, y_pred)

    function.__name__ = function.__qualname__ = snake_case(cls.__name__)
    function.__module__ = "tinynet.metrics"
    function.__doc__ = f"Return the metric of each sample, as `{cls.__name__}` computes it."
    return function
