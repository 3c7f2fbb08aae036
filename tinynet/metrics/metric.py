"""What all metrics have in common: state that is collected batch by batch, and a result.

Source: https://keras.io/api/metrics/base_metric/
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from tinynet import answers, config, data, initializers
from tinynet._arguments import checked, data_type
from tinynet._configurable import Configurable, refuse_unknown
from tinynet._names import own_name, snake_case
from tinynet._results import Result
from tinynet._types import Array
from tinynet.metrics.variable import Variable, variables_in


class _ReadyWhenMade(type):
    """Lets a metric begin when its own `__init__` is done, so that `reset_state` finds what that has set."""

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        metric = super().__call__(*arguments, **options)
        if not hasattr(metric, "name"):
            raise TypeError(f"{cls.__name__}: its `__init__` must call super().__init__(name=name).")
        if not metric.variables:  # new ones have their first value already
            metric.reset_state()
        return metric

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of `__init__`, for editors and `help`, which would take that of `__call__`."""
        signature = inspect.signature(cls.__init__)  # type: ignore[misc]
        return signature.replace(parameters=[*signature.parameters.values()][1:])


class Metric(Configurable, metaclass=_ReadyWhenMade):
    """Base class of metrics; subclass it to write your own.

    There are three ways. A `FormulaMetric` is the mean over samples of a formula, and a `SumsMetric` is computed from
    sums that a kernel adds to; both run in the compiled loop. Any other metric has the methods `update_state`, `result`
    and `reset_state` and runs in the layer loop. One that collects in variables, as in Keras, needs no `reset_state`:
    they are set to 0.

    Parameters
    ----------
    name : str, optional
        The key in the history; default the class's name in snake case.
    dtype : str, optional
        Keras's; default `floatx`. Metrics are summed in float64 whatever it is.

    Attributes
    ----------
    _direction : {"up", "down"} or None
        Whether more or less of it is better, for callbacks such as `EarlyStopping`; None leaves it to them.

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

    The same with a variable:

    >>> class LargestError(Metric):
    ...     _direction = "down"
    ...
    ...     def __init__(self, **options):
    ...         super().__init__(**options)
    ...         self.largest = self.add_variable((), "zeros", name="largest")
    ...
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest.assign(max(self.largest, np.abs(y_pred - y_true).max()))
    ...
    ...     def result(self):
    ...         return self.largest
    """

    _direction: str | None = None
    #: Whether the compiled loop can run it.
    compiles: bool = False
    #: Whether rows that are padding are left out of it.
    leaves_out: ClassVar[bool] = False
    #: Where it can: the loop that sums it up over rows, and its numbers.
    kernel: Any = None
    numbers: Any = None

    @checked
    def __init__(self, name: str | None = None, dtype: Any = None, **unknown: Any) -> None:
        refuse_unknown(type(self), unknown)
        self.name = own_name(type(self).__name__, name) or snake_case(type(self).__name__)
        self._dtype = _name_of_type(self, dtype)

    @property
    def dtype(self) -> str:
        """The float type that it was given; results are Python's numbers."""
        return self._dtype

    @checked
    def add_variable(
        self,
        shape: tuple[int, ...] = (),
        initializer: Any = "zeros",
        dtype: Any = "float64",
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Return a new variable to collect in. `aggregation` is Keras's, for several devices."""
        whose, made = f"Metric '{self.name}', initializer", initializers.get(initializer) or initializers.Zeros()
        initial = answers.numbers(whose, "__call__", answers.asked(whose, made, shape), "an array of numbers")
        return Variable(initial, "float64" if dtype is None else _name_of_type(self, dtype), name)

    def add_weight(self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: Any = None) -> Variable:
        """Return a new variable: an older name of `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """The variables among its attributes, and those of metrics among them."""
        return list({id(variable): variable for variable in variables_in(self, Metric)}.values())

    def reset_state(self) -> None:
        """Forget what was seen."""
        variables = self.variables
        if not variables:
            raise self._unfinished()
        for variable in variables:
            variable.assign(0)

    def reset_states(self) -> None:
        """Forget what was seen: Keras 2's name for `reset_state`."""
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        raise self._unfinished()

    def result(self) -> Any:
        """Return the value over all that was taken in."""
        raise self._unfinished()

    def _unfinished(self) -> TypeError:
        return TypeError(f"{type(self).__name__} must define `reset_state`, `update_state` and `result`.")

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Take in a batch, as `update_state` does, and return the result so far."""
        self.update_state(*arguments, **options)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class Average(Metric):
    """A weighted mean over samples."""

    def __init__(self, name: str | None = None, dtype: Any = None, **options: Any) -> None:
        super().__init__(name, dtype, **options)
        self.total = self.add_variable(name="total")
        self.count = self.add_variable(name="count")

    def result(self) -> float:
        """Return the mean over all that was taken in; 0 for nothing, and where the weights cancel out."""
        return Result(self.of_mean(float(self.total) / float(self.count) if self.count else 0.0))

    def of_mean(self, mean: Any) -> Any:
        """Return the result that follows from the mean: the mean itself; of a number, or of each of several."""
        return mean

    def _take_in(self, values: Array, sample_weight: Any, entries: Array | None = None) -> None:
        """Add values, one for each sample or more, with weights that broadcast to them.

        Axes after the weights' are averaged, as are all but the first axis afterwards. `entries` are the values of
        single outputs, for weights that do not fit the `values` of whole rows.
        """
        values = np.asarray(values, np.float64)
        if sample_weight is None:
            weights = np.ones(values.shape)
        else:
            with named(self.name):
                weights = data.as_numbers(sample_weight, "sample_weight").astype(np.float64)
            found = _aligned(values, weights)
            if found is None and entries is not None:
                found = _aligned(np.asarray(entries, np.float64), weights)
            if found is None:
                raise ValueError(
                    f"{self.name}: expected a sample_weight for each of the rows, of a shape that broadcasts to "
                    f"{values.shape}. Received: shape {weights.shape}"
                )
            values, weights = found
        inner = max(1, math.prod(values.shape[1:]))
        with np.errstate(over="ignore", invalid="ignore"):
            total, count = (values * weights).sum() / inner, weights.sum() / inner
        self.total.assign_add(total)
        self.count.assign_add(count)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the metric's name before what is said of its arguments."""
    try:
        yield
    except (TypeError, ValueError) as error:
        said = str(error)
        raise type(error)(said if said.startswith(f"{name}:") else f"{name}: {said}") from None


def _aligned(values: Array, weights: Array) -> tuple[Array, Array] | None:
    """Return values, averaged over the axes that the weights lack, and weights, in one shape; None: they do not fit."""
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    elif values.ndim == weights.ndim + 1 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.size:
        values = values.mean(axis=tuple(range(weights.ndim, values.ndim)))
    try:
        return values, np.broadcast_to(weights, values.shape)
    except ValueError:
        return None


def result_of(metric: Metric) -> float:
    """Return a metric's result as a number, or raise a TypeError that names the metric.

    Examples
    --------
    >>> metric = Average("mean")
    >>> result_of(metric)
    0.0
    """
    result = metric.result()
    try:
        number = data.as_numbers(result, "It")
    except (TypeError, ValueError):
        number = np.empty(0)
    if number.ndim:
        raise TypeError(
            f"Metric '{metric.name}' ({type(metric).__name__}): `result` must return a number. It returned "
            f"{'None: is its `return` missing?' if result is None else repr(result)}"
        )
    return float(number)


def _name_of_type(metric: Metric, dtype: Any) -> str:
    """Return the name of a data type, `floatx` for None."""
    if dtype is None:
        return config.floatx()
    if isinstance(dtype, str) and dtype == "bfloat16":
        return "bfloat16"
    return data_type(type(metric).__name__, "dtype", dtype)
