"""What is computed with tensors without numbers: each operation is a layer of its own."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn

import numpy as np

from tinynet._arguments import shown
from tinynet._kinds import is_number
from tinynet.variables import STANDING_FOR, in_place_of


def with_numbers(value: Any) -> Any:
    """Return a value with the numbers in place of the tensors that stand for some."""
    if isinstance(value, (list, tuple)):
        found = [with_numbers(each) for each in value]
        return type(value)(found) if any(new is not old for new, old in zip(found, value, strict=True)) else value
    return in_place_of(value)


def _or_with_numbers(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operator that computes with numbers where some stand for the tensor: while a function keeps it."""
    name = method.__name__

    @functools.wraps(method)
    def compute(self: Any, *others: Any, **options: Any) -> Any:
        if not STANDING_FOR.get() or (own := in_place_of(self)) is self:
            return method(self, *others, **options)
        return getattr(own, name)(*map(with_numbers, others), **options)

    return compute


class HasArithmetic:
    """Base class of such tensors: operators, indexing and NumPy's functions put layers together."""

    #: The layers that do the arithmetic, by their names.
    layers: ClassVar[Mapping[str, Any]] = {}
    #: Returns what a sum or mean over a whole batch is; None where it leaves the samples apart.
    over_batch: ClassVar[Callable[..., Any]] = staticmethod(lambda *arguments, **options: None)

    # ---- what layers with names of their own do ---------------------------------------------------------------------

    @_or_with_numbers
    def __add__(self, other: Any) -> Any:
        return self._merged("Add", self, other)

    @_or_with_numbers
    def __radd__(self, other: Any) -> Any:
        return self._merged("Add", other, self)

    @_or_with_numbers
    def __sub__(self, other: Any) -> Any:
        return self._merged("Subtract", self, other)

    @_or_with_numbers
    def __rsub__(self, other: Any) -> Any:
        return self._merged("Subtract", other, self)

    @_or_with_numbers
    def __mul__(self, other: Any) -> Any:
        return self._merged("Multiply", self, other)

    @_or_with_numbers
    def __rmul__(self, other: Any) -> Any:
        return self._merged("Multiply", other, self)

    @_or_with_numbers
    def __neg__(self) -> Any:
        return self._scaled(-1.0)

    @_or_with_numbers
    def __truediv__(self, other: Any) -> Any:
        if is_number(other) and not other:
            self._refuse(f"a division by {shown(other)}")
        return self._scaled(1.0 / float(other)) if is_number(other) else self._operated(np.divide, self, other)

    @_or_with_numbers
    def __pow__(self, other: Any) -> Any:
        if is_number(other) and other == 2:
            return self._merged("Multiply", self, self)
        return self._operated(np.power, self, other)

    def _scaled(self, scale: float, offset: float = 0.0) -> Any:
        """Return scale·x + offset."""
        return self._made("Rescaling", scale, offset)(self)

    def _made(self, kind: str, *arguments: Any) -> Any:
        """Return a layer that does what an operator says: as in Keras, what is padding is not handed on."""
        made = self.layers[kind](*arguments)
        made.supports_masking = False
        made.by_operator = True
        return made

    def _merged(self, kind: str, one: Any, other: Any) -> Any:
        number = next((float(value) for value in (one, other) if is_number(value)), None)
        if number is not None:
            if kind == "Subtract":
                return self._scaled(1.0, -number) if one is self else self._scaled(-1.0, number)
            return self._scaled(number) if kind == "Multiply" else self._scaled(1.0, number)
        same_axes = getattr(one, "ndim", None) == getattr(other, "ndim", None)
        if isinstance(one, HasArithmetic) and isinstance(other, HasArithmetic) and same_axes:
            return self._made(kind)([one, other])
        return self._operated({"Add": np.add, "Subtract": np.subtract, "Multiply": np.multiply}[kind], one, other)

    def activated(self, function: Any) -> Any:
        """Return what an activation function makes of it."""
        if STANDING_FOR.get() and (own := in_place_of(self)) is not self:
            return function(own)
        made = self.layers["Activation"](function)
        made.by_operator = True
        return made(self)

    # ---- what `Operation` does --------------------------------------------------------------------------------------

    def _operated(self, function: Any, *arguments: Any, **options: Any) -> Any:
        """Return what one of NumPy's functions makes of it, and of what else is given."""
        for value in arguments:
            if not isinstance(value, HasArithmetic) and np.asarray(value).dtype.kind not in "biuf":
                self._refuse(f"arithmetic with {shown(value)}, which is no tensor of a layer")
        return self.layers["Operation"].of(function, arguments, options)

    @_or_with_numbers
    def __getitem__(self, key: Any) -> Any:
        return self.layers["Operation"].of(self.layers["Operation"].getitem, (self, key), {})

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if STANDING_FOR.get() and (given := with_numbers(inputs)) is not inputs:
            return getattr(function, method)(*given, **options)
        operation = self.layers["Operation"]
        if method == "reduce" and (reduced := operation.reduced(function)) is not None:
            return operation.of(reduced, inputs, {"axis": 0, **options})
        if method != "__call__" or not operation.follows(function):
            self._refuse(f"np.{function.__name__}")
        return self._operated(function, *inputs, **{k: v for k, v in options.items() if k not in ("out", "dtype")})

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if STANDING_FOR.get() and (given := with_numbers(arguments)) is not arguments:
            return function(*given, **options)
        if function in (np.shape, np.ndim):
            return self.shape if function is np.shape else len(self.shape)
        if function is np.split:
            return self._split(*arguments[1:], **options)
        if function in (np.sum, np.mean) and (found := self.over_batch(function, *arguments, **options)) is not None:
            return found
        if not self.layers["Operation"].follows(function):
            self._refuse(f"np.{function.__name__}")
        return self.layers["Operation"].of(function, arguments, options)

    def _split(self, sections: Any, axis: int = 0) -> list[Any]:
        """Return parts of equal length along an axis, or those between places."""
        length = self.shape[axis] or 0
        if isinstance(sections, int) and length % sections:
            raise ValueError(f"{self}: an axis of length {length} has no {sections} equal parts.")
        places = range(0, length + 1, length // sections) if isinstance(sections, int) else [0, *sections, length]
        before = (slice(None),) * (axis % len(self.shape))
        return [self[(*before, slice(start, stop))] for start, stop in itertools.pairwise(places)]

    # ---- what has to wait for numbers -------------------------------------------------------------------------------

    shape: Any

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f"{self} holds no numbers yet: it stands for what a layer will give, so that {what} cannot be computed. "
            "Put layers together, Dense(8)(x), and compute with what model.predict(x) returns."
        )

    def __array__(self, *arguments: Any, **options: Any) -> NoReturn:
        self._refuse("an array of it")

    def __bool__(self) -> NoReturn:
        self._refuse("a truth value")

    def __float__(self) -> NoReturn:
        self._refuse("a number")

    def __iter__(self) -> NoReturn:
        self._refuse("a loop over it")

    def __len__(self) -> NoReturn:
        self._refuse("its length")


def _operator(name: str, function: Any, swapped: bool = False) -> Callable[..., Any]:
    def compute(self: HasArithmetic, *others: Any) -> Any:
        return self._operated(function, *((*others, self) if swapped else (self, *others)))

    compute.__name__ = name
    return _or_with_numbers(compute)


_OPERATORS: dict[str, Any] = {
    "matmul": np.matmul,
    "abs": np.absolute,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}
_SWAPPED: dict[str, Any] = {"rmatmul": np.matmul, "rtruediv": np.divide, "rpow": np.power}
for _name, _function in _OPERATORS.items():
    setattr(HasArithmetic, f"__{_name}__", _operator(f"__{_name}__", _function))
for _name, _function in _SWAPPED.items():
    setattr(HasArithmetic, f"__{_name}__", _operator(f"__{_name}__", _function, swapped=True))
