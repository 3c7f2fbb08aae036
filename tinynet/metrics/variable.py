"""The state of a metric as arrays with Keras's methods.

Source: https://keras.io/api/metrics/base_metric/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from tinynet._arguments import fitting, shown
from tinynet._names import own_name
from tinynet._types import Array


class Variable(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that is changed in place: what an own `Metric` collects in, if it is written as for Keras.

    Examples
    --------
    >>> total = Variable(0.0, name="total")
    >>> total.assign_add(2.5)
    >>> total / 2, float(total)
    (np.float64(1.25), 2.5)
    """

    def __init__(self, value: ArrayLike, dtype: DTypeLike | None = None, name: str | None = None) -> None:
        self.value: Array = np.array(value, dtype)
        self.name = own_name("Variable", name) or "variable"

    def assign(self, value: Any) -> None:
        """Set the value."""
        self.value[...] = self._fitting(value)

    def assign_add(self, value: Any) -> None:
        """Add to the value."""
        self.value[...] += self._fitting(value)

    def assign_sub(self, value: Any) -> None:
        """Subtract from the value."""
        self.value[...] -= self._fitting(value)

    def _fitting(self, value: Any) -> Array:
        """Return numbers as an array that broadcasts to the value, or raise a TypeError or ValueError."""
        return fitting(f"Variable '{self.name}'", value, self.shape)

    def numpy(self) -> Array:
        """Return a copy of the value."""
        return self.value.copy()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.value.shape

    @property
    def dtype(self) -> str:
        """Type of the value."""
        return self.value.dtype.name

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Compute with the values; ``variable += 1`` changes the variable."""
        plain = [i.value if isinstance(i, Variable) else i for i in inputs]
        written: tuple[Any, ...] = options.pop("out", ())
        if written:
            options["out"] = tuple(o.value if isinstance(o, Variable) else o for o in written)
        result = getattr(ufunc, method)(*plain, **options)
        return written[0] if len(written) == 1 else result

    def __getitem__(self, key: Any) -> Any:
        return self.value[key]

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __repr__(self) -> str:
        return f"<Variable name={self.name}, shape={self.shape}, value={self.value}>"


class Derived(Variable):
    """A variable whose value follows from what a metric collects: it can be read, and set to 0 with all others."""

    def __init__(self, metric: Any, name: str) -> None:
        self.metric, self.name = metric, name

    @property
    def value(self) -> Array:  # type: ignore[override]
        """The present value."""
        return np.asarray(getattr(self.metric, self.name))

    def assign(self, value: Any) -> None:
        """Make the metric forget what it saw, for 0; refuse any other value."""
        if np.any(self._fitting(value)):
            raise ValueError(
                f"Variable '{self.name}' of {type(self.metric).__name__} follows from what the metric has seen: it can "
                f"be set to 0 only. Received: {shown(value)}"
            )
        self.metric.reset_state()

    def assign_add(self, value: Any) -> None:
        """Refuse to change the value."""
        self.assign(self.value + self._fitting(value))

    def assign_sub(self, value: Any) -> None:
        """Refuse to change the value."""
        self.assign(self.value - self._fitting(value))


def variables_in(value: Any, kind: type, depth: int = 20) -> Iterator[Any]:
    """Yield the variables within an object's attributes, in lists and dictionaries and in other objects of a kind."""
    if isinstance(value, Variable):
        yield value
    elif not depth:  # nobody's variables lie so deep, and a list may hold itself
        return
    elif isinstance(value, kind):
        yield from variables_in(vars(value), kind, depth - 1)
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from variables_in(entry, kind, depth - 1)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from variables_in(entry, kind, depth - 1)
