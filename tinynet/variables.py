"""Weights as programs written for Keras use them: arrays that can be asked and assigned to like Keras's variables."""

from __future__ import annotations

import operator
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any
from weakref import ref

import numpy as np

from tinynet._arguments import alone, fitting
from tinynet._types import Array

#: What is computed with in the place of parameters, by their identities: while a tape follows a layer's `call`, and in
#: that thread alone.
STANDING_FOR: ContextVar[Mapping[int, Any]] = ContextVar("standing_for", default=MappingProxyType({}))


class OfThread(threading.local):
    """A list that is another one in every thread.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> words = OfThread()
    >>> words.now.append("here")
    >>> words.now, ThreadPoolExecutor(1).submit(lambda: words.now).result()
    (['here'], [])
    """

    def __init__(self) -> None:
        self.now: list[Any] = []


#: Who else is asked for that: the open ``tf.GradientTape`` of a Keras program's.
ASKED = OfThread()
#: What a variable is asked that its parameter knows.
_OF_THE_PARAMETER = ("name", "path", "trainable", "regularizer", "constraint")


def anew(cls: type) -> type:
    """Let ``x += y`` and its like make new arrays of a class's: what was `x` before stays, as with tensors.

    Examples
    --------
    >>> import tinynet
    >>> layer = tinynet.layers.Dense(1)
    >>> layer.build((None, 2))
    >>> bias = layer.bias
    >>> bias += 1
    >>> bias, layer.bias
    (array([1.], dtype=float32), array([0.], dtype=float32))
    """
    for name in ("add", "floordiv", "matmul", "mod", "mul", "pow", "sub", "truediv"):
        setattr(cls, f"__i{name}__", _made_anew(name))
    return cls


def _made_anew(name: str) -> Any:
    function = getattr(operator, name)

    def compute(self: Any, other: Any) -> Any:
        return function(self, other)

    compute.__name__ = compute.__qualname__ = f"__i{name}__"
    return compute


@anew
class Variable(np.ndarray[Any, Any]):
    """The numbers of a parameter, in place: what ``layer.kernel`` is.

    It is an array, and what is computed from it is a plain one, by ``kernel += 1`` too. ``layer.kernel += 1`` assigns
    what was computed, and ``kernel[...] = 1`` sets entries. Besides it answers what Keras's variables are asked.

    Examples
    --------
    >>> import tinynet
    >>> layer = tinynet.layers.Dense(1, name="out")
    >>> layer.build((None, 2))
    >>> layer.kernel.assign([[1], [2]])
    array([[1.],
           [2.]], dtype=float32)
    >>> layer.kernel.path, layer.kernel.numpy().sum(), 2 * layer.kernel[1]
    ('out/kernel', np.float32(3.0), array([4.], dtype=float32))
    """

    #: Where it stands among arrays: what NumPy makes of it and a plain one is plain.
    __array_priority__ = -1.0
    _parameter: Any = None
    #: The array that it shows.
    _shown: Any = None

    @classmethod
    def of(cls, parameter: Any) -> Any:
        """Return the array of a parameter: the same object as long as somebody has it, and its numbers stay there."""
        value, known = parameter.value, vars(parameter).get("_variable")
        variable = None if known is None else known()
        if variable is None or variable._shown is not value:
            variable = value.view(cls)
            variable._parameter, variable._shown = parameter, value
            vars(parameter)["_variable"] = ref(variable)  # weakly: the variable keeps the parameter
        return variable

    @property
    def value(self) -> Array:
        """The same numbers as a plain array."""
        return np.asarray(self)

    def numpy(self) -> Array:
        """Return a copy as a plain array."""
        return np.array(self)

    def assign(self, value: Any) -> Variable:
        """Set all numbers from an array of the same shape."""
        if self._parameter is None:  # a part of one
            self[...] = alone(value)
        else:
            self._parameter.assign(value)
        if hasattr(standing := in_place_of(self), "terms"):  # what is read from now on
            standing.value = np.array(self)
        return self

    def assign_add(self, value: Any) -> Variable:
        """Add to all numbers."""
        return self.assign(np.add(np.asarray(self), self._fitting(value)))

    def assign_sub(self, value: Any) -> Variable:
        """Subtract from all numbers."""
        return self.assign(np.subtract(np.asarray(self), self._fitting(value)))

    def _fitting(self, value: Any) -> Array:
        return fitting(
            "a part of a variable" if self._parameter is None else f"'{self.path}'", alone(value), self.shape
        )

    def __getattr__(self, name: str) -> Any:
        if name not in _OF_THE_PARAMETER or self._parameter is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(self._parameter, name)

    def __eq__(self, other: Any) -> Any:
        """Compare the numbers; they are those of its own parameter, so that lists of weights can be compared."""
        return np.True_ if other is not None and other is self._parameter else super().__eq__(other)

    def __ne__(self, other: Any) -> Any:
        return np.False_ if other is not None and other is self._parameter else super().__ne__(other)

    __hash__ = None

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Return what was computed from it as a plain array, or a number."""
        plain = np.asarray(array)
        return plain[()] if return_scalar or (not plain.ndim and context is not None) else plain

    def __reduce__(self) -> Any:
        return np.asarray(self).__reduce__()

    def __repr__(self) -> str:
        return repr(np.asarray(self))


def operators(cls: type) -> type:
    """Give a parameter's class the arithmetic of its `value`, and say which variables are its own."""
    for name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
        for method in (f"__{name}__", f"__r{name}__"):
            setattr(cls, method, _of_value(method))
    for method in ("__neg__", "__abs__", "__getitem__"):
        setattr(cls, method, _of_value(method))
    cls.__eq__, cls.__hash__ = _is_same, object.__hash__  # type: ignore[assignment]
    return cls


def _is_same(self: Any, other: Any) -> Any:
    """Return True for the parameter's own variable; else the variable says."""
    return np.True_ if isinstance(other, Variable) and other._parameter is self else NotImplemented


def _of_value(method: str) -> Any:
    def compute(self: Any, *others: Any) -> Any:
        return getattr(self.value, method)(*(each.value if isinstance(each, type(self)) else each for each in others))

    compute.__name__ = compute.__qualname__ = method
    return compute


def in_place_of(value: Any) -> Any:
    """Return what is computed with in a value's place, or the value itself."""
    found = STANDING_FOR.get().get(id(getattr(value, "_parameter", value)))
    if found is None and ASKED.now:
        found = ASKED.now[-1](value)
    return value if found is None else found
