"""Metrics that are computed from sums over samples: counts of hits, sums of squares.

A mean over samples is Σ of a formula, divided by their number. What is no mean, a precision or an area under a curve,
follows from several sums. These are added up over the batches of an epoch, and the result is computed from them once.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tinynet import data
from tinynet._results import Result
from tinynet._types import Array
from tinynet.formulas import Row, formula
from tinynet.losses.pairs import as_arrays
from tinynet.metrics.metric import Metric, named
from tinynet.parts import check_kernels, written_in_python

#: The methods by which a metric collects in plain Python.
_METHODS = ("update_state", "result", "reset_state", "__call__")


@formula
def weight_at(i: int, outputs: int, weights: Row) -> float:
    """The weight of one of so many outputs: its own, or that of its row, or 1 where there are no weights."""
    return float(weights[i * weights.size // outputs]) if weights.size else 1.0


class SumsMetric(Metric):
    """Base class of metrics that are a number, or some numbers, computed from sums; runs in the compiled loop.

    Attributes
    ----------
    kernels : tuple of one kernel
        ``(y, p, weights, columns, numbers, sums)``: adds to `sums` what rows of so many columns give. `weights` has
        as many numbers as `p`, or one for each row, or none.
    numbers : ndarray
        What the kernel takes beside.

    Notes
    -----
    A subclass says by `width` how many sums there are, and by `value` what follows from them. Keras keeps such sums in
    variables of a metric: https://keras.io/api/metrics/base_metric/.

    Examples
    --------
    The share of the predictions that are above their targets:

    >>> from tinynet.formulas import Doubles, Floats, kernel
    >>> @kernel
    ... def count(y: Floats, p: Floats, weights: Floats, columns: int, numbers: Doubles, sums: Doubles) -> None:
    ...     for i in range(p.size):
    ...         sums[0] += weight_at(i, p.size, weights)
    ...         sums[1] += weight_at(i, p.size, weights) * (p[i] > y[i])
    >>> class TooHigh(SumsMetric):
    ...     kernels = (count,)
    ...
    ...     def width(self, columns):
    ...         return 2
    ...
    ...     def value(self, sums):
    ...         return sums[1] / sums[0]
    >>> TooHigh()([[1.0], [2.0], [0.0], [4.0]], [[1.5], [1.5], [0.5], [5.0]])
    0.75
    """

    kernels: ClassVar[tuple[Any, ...]] = ()
    numbers: Any = np.empty(0)
    #: Whether targets are the numbers of classes, one for each row of predictions.
    takes_classes: bool = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "kernels" in vars(cls):
            check_kernels(cls, cls.kernels, ("add(y, p, weights, columns, numbers, sums)",), 1)

    def __init__(self, name: str | None = None, dtype: Any = None, **options: Any) -> None:
        super().__init__(name, dtype, **options)
        self.sums = self.add_variable((0,), name="sums")

    @property
    def compiles(self) -> bool:  # type: ignore[override]
        """Whether the compiled loop can run it."""
        return not written_in_python(type(self), "kernels", _METHODS)

    @property
    def kernel(self) -> Any:
        """The loop that adds to the sums."""
        if not self.kernels:
            raise TypeError(f"{type(self).__name__} must define `kernels`: a tuple of one kernel.")
        return self.kernels[0]

    def width(self, columns: int) -> int:
        """Return how many sums there are for outputs of so many columns."""
        raise self._unfinished()

    def value(self, sums: Array) -> Any:
        """Return the result, a number or an array, that follows from the sums."""
        raise self._unfinished()

    def check_outputs(self, shape: tuple[int, ...]) -> None:
        """Raise a ValueError for outputs, of this shape for one sample, that the metric cannot be computed of."""

    def as_rows(self, y: Array, p: Array) -> tuple[Array, Array]:
        """Return targets and predictions of one batch, of which each entry of the first axis is a sample."""
        return y, p

    def told(self, sums: Array) -> Any:
        """Return the result as it is told: a float, or an array of several."""
        with np.errstate(all="ignore"):
            found = np.asarray(self.value(np.asarray(sums, np.float64)), np.float64)
        return found if found.ndim else float(found)

    def take(self, sums: Array) -> None:
        """Make these the sums that `result` answers for."""
        self.sums.value = np.array(sums, np.float64)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        with named(self.name):
            dtype = self.dtype if self.dtype in ("float32", "float64") else None
            y, p = as_arrays(self.name, "values", y_true, y_pred, dtype)
            weights = _weights(sample_weight, p)
            y, p = self.as_rows(y, p)
            self.check_outputs(p.shape[1:])
            columns = p.shape[-1] if p.ndim > 1 else 1
            sums = self._room(columns)
        self.kernel(y.reshape(-1), p.reshape(-1), weights, columns, self.numbers, sums)

    def result(self) -> Any:
        """Return the value over all that was taken in."""
        found = self.told(self.sums.value if self.sums.value.size else np.zeros(self.width(1)))
        return Result(found) if isinstance(found, float) else found

    def _room(self, columns: int) -> Array:
        """Return the sums, made for outputs of so many columns if nothing has been seen yet."""
        width, kept = self.width(columns), self.sums.value
        if kept.size != width:
            if kept.any():
                raise ValueError(
                    f"expected as many outputs as before. Received: {columns} a row. Call reset_state() first."
                )
            self.sums.value = np.zeros(width)
        return self.sums.value


def _weights(given: Any, p: Array) -> Array:
    """Return sample weights as one for each output, or none; those of rows count for each of a row's outputs."""
    if given is None:
        return p.reshape(-1)[:0]
    weights = data.as_numbers(given, "sample_weight").astype(p.dtype)
    if weights.ndim == p.ndim + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    try:
        whole = np.broadcast_to(weights.reshape(weights.shape + (1,) * (p.ndim - weights.ndim)), p.shape)
    except ValueError:
        raise ValueError(
            f"expected a sample_weight for each of the rows, of a shape that broadcasts to {p.shape}. "
            f"Received: shape {weights.shape}"
        ) from None
    return np.ascontiguousarray(whole).reshape(-1)
