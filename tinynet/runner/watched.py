"""What is computed while a ``tf.GradientTape`` is open: arrays that remember where they came from, and can be read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.runner.tensors import Tensor, tensor
from tinynet.tape import NotFollowedError, Taped, Term
from tinynet.variables import OfThread

#: The tapes that are open, the last one innermost.
OPEN = OfThread()
#: What operators call, as in ``array * tensor``: a program that calls them by name is taken to mean the operator.
_OPERATORS = frozenset(
    (
        *(np.add, np.subtract, np.multiply, np.true_divide, np.floor_divide, np.remainder, np.power, np.matmul),
        *(np.negative, np.positive, np.absolute, np.less, np.less_equal, np.greater, np.greater_equal, np.equal),
        *(np.not_equal, np.bitwise_and, np.bitwise_or, np.invert),
    )
)
_AS_TENSOR = ("numpy", "get_shape", "item", "tolist", "assign")


def _asked_by_a_program() -> bool:
    """Tell whether it is a program itself that calls NumPy's function, and no function of TensorFlow's or Keras's.

    As in TensorFlow, what NumPy makes of a tensor is an array of numbers: ``np.max(model(x))`` moves no weight.
    """
    module = str(sys._getframe(2).f_globals.get("__name__", ""))
    return module.partition(".")[0] not in ("tinynet", "numpy")


class Watched(Taped):
    """A `Taped` array that a program may read: what a model, a loss or a function gives while a tape is open.

    Once no tape is open it is a tensor like others, and nothing that is computed of it is remembered.
    """

    def __init__(self, value: Any, terms: Any = ()) -> None:
        super().__init__(value, terms)
        if OPEN.now:
            OPEN.now[-1].session.made.append(self)

    def _read(self) -> Any:
        return tensor(self.value)

    def numpy(self) -> Any:
        """Return the numbers as a plain array, without where they came from."""
        return self._read().numpy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # type: ignore[override]
        if OPEN.now and sys._getframe(1).f_globals.get("__name__", "").startswith("tinynet."):
            self._refuse("what tinynet makes of it here")
        return np.array(self.value, dtype, copy=copy)

    def __float__(self) -> float:  # type: ignore[override]
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    __index__ = __int__

    def __format__(self, form: str) -> str:
        return format(self.value[()], form)

    def __repr__(self) -> str:
        return repr(self._read())

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if OPEN.now else self._read()[key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "value":
            raise AttributeError(name)
        return super().__getattr__(name) if OPEN.now and name not in _AS_TENSOR else getattr(self._read(), name)

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if OPEN.now and (function in _OPERATORS or not _asked_by_a_program()):
            return super().__array_ufunc__(function, method, *inputs, **options)
        if OPEN.now:
            return getattr(function, method)(*map(plain, inputs), **options)
        return getattr(function, method)(*(e._read() if isinstance(e, Watched) else e for e in inputs), **options)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if OPEN.now and not _asked_by_a_program():
            return super().__array_function__(function, types, arguments, options)
        return function(*map(plain, arguments), **options)

    def get_shape(self) -> Any:
        """Return the lengths of the axes."""
        return self._read().shape


def reading(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that only looks at numbers: a metric's, which needs no gradient."""

    def look(*arguments: Any, **options: Any) -> Any:
        if not OPEN.now:
            return method(*arguments, **options)
        named = {name: plain(value) for name, value in options.items()}
        return method(*map(plain, arguments), **named)

    return look


def plain(value: Any) -> Any:
    """Return what a program gives a function, with plain numbers in place of watched ones."""
    if isinstance(value, Watched):
        return value.value
    if isinstance(value, (list, tuple)) and any(isinstance(each, Watched) for each in value):
        return type(value)(map(plain, value))
    return value


def node(value: Any, pairs: Any, again: Any = None) -> Watched:
    """Return a value with what its gradient makes for each thing it came from, and what computes it by functions."""
    return Watched(value, [Term(origin, share, again) for origin, share in pairs])


def refuse(what: str) -> NotFollowedError:
    """Return the error for what a tape cannot follow."""
    return NotFollowedError(f"GradientTape: {what}. Give the loss to `compile`, and let `fit` take the steps.")


__all__ = ["OPEN", "Tensor", "Watched", "node", "plain", "reading", "refuse"]
