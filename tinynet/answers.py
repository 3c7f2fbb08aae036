"""What a user's method gives back, looked at before anything is computed with it.

A part may be a user's, and its methods plain Python. What they return reaches the numbers through here: an array of the
right shape, or one number. Anything else is an error that names the part, the method, what was expected and what came.
"""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._arguments import cut
from tinynet._types import Array

#: What makes of a batch's arrays those that a metric in Python is given: tensors, for programs of Keras's.
HANDED: list[Callable[[Array], Any]] = [lambda array: array]


def array(part: str, method: str, returned: Any, shape: tuple[int, ...], dtype: Any, of: str = "") -> Array:
    """Return what a method returned as a C-contiguous array of `dtype`.

    Parameters
    ----------
    part, method : str
        Whose it is, for messages: ``"Layer 'scale' (Scale)"`` and ``"forward"``.
    returned : object
        What came.
    shape, dtype : tuple of int, data type
        What has to come: that shape, and real numbers, which are cast.
    of : str
        What else to say of the shape: ``", the shape of the input"``.

    Raises
    ------
    TypeError
        If it is no array of real numbers.
    ValueError
        If it is None or of another shape.

    Examples
    --------
    >>> array("Layer 'scale' (Scale)", "forward", [[1, 2]], (1, 2), "float32")
    array([[1., 2.]], dtype=float32)
    """
    expected = f"an array of shape {shape}{of}"
    found = numbers(part, method, returned, expected)
    if found.shape != shape:
        raise ValueError(message(part, method, expected, f"shape {found.shape}."))
    return np.asarray(found, dtype, order="C")


def number(part: str, method: str, returned: Any) -> float:
    """Return what a method returned as a number, or raise a TypeError or ValueError."""
    found = numbers(part, method, returned, "one number")
    if found.size != 1:
        raise ValueError(message(part, method, "one number", f"shape {found.shape}."))
    return float(found.reshape(()))


def numbers(part: str, method: str, returned: Any, expected: str) -> Array:
    """Return what a method returned as an array of real numbers, of whatever shape; raise as `array` does."""
    if returned is None:
        raise ValueError(message(part, method, expected, "None: is its `return` missing?"))
    try:
        found = np.asarray(returned)
    except (TypeError, ValueError):  # a ragged list, or an object that refuses
        found = np.empty(0, object)
    if found.dtype.kind not in "biuf":
        raise TypeError(message(part, method, expected, f"{cut(returned)}, of type {type(returned).__name__}."))
    return found


def message(part: str, method: str, expected: str, found: str) -> str:
    """Return what is said of a method that returned something else."""
    return f"{part}: `{method}` must return {expected}. It returned {found}"


def asked(whose: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return what a user's function gives; where it cannot even be called so, the error names whose it is.

    Examples
    --------
    >>> asked("Layer 'a', initializer of `w`", len, (2, 3), dtype="float32")
    Traceback (most recent call last):
        ...
    TypeError: Layer 'a', initializer of `w`: len() takes no keyword arguments
    """
    try:
        return function(*arguments, **options)
    except (TypeError, ValueError) as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None or isinstance(error, UnicodeError):
            raise  # the function's own
        raise type(error)(f"{whose}: {error}") from None


def called(kind: str, part: Any) -> str:
    """Return what messages call a part: what it is, its name and its class."""
    return f"{kind} '{part.name}' ({type(part).__name__})"


def in_place(method: Callable[..., Any], name: str, kind: str) -> Callable[..., None]:
    """Return a method that writes to its last argument, whether `method` does that itself or returns the result.

    Examples
    --------
    >>> class Half:
    ...     def forward(self, z):
    ...         return z / 2
    >>> z = np.ones(2)
    >>> in_place(Half.forward, "forward", "Activation")(Half(), z)
    >>> z
    array([0.5, 0.5])
    """

    @functools.wraps(method)
    def written(self: Any, *arrays: Array) -> None:
        target = arrays[-1]
        before = target.copy() if rebinds(method, len(arrays)) else None
        returned = method(self, *arrays)
        if returned is None and before is not None and _changes_nothing(method, self, arrays, before):
            last = method.__code__.co_varnames[len(arrays)]
            raise ValueError(
                f"{kind} {type(self).__name__}: `{name}` gives its argument `{last}` a new value, which changed "
                f"nothing. Write `{last}[...] = …`, or return the result. It returned None."
            )
        if returned is not None and returned is not target:
            part, of = f"{kind} {type(self).__name__}", " (or nothing, and write to its last argument)"
            target[...] = array(part, name, returned, target.shape, target.dtype, of)

    written.function = method  # type: ignore[attr-defined]  # what `arguments_of` reads
    return written


def _changes_nothing(method: Callable[..., Any], part: Any, arrays: tuple[Array, ...], before: Array) -> bool:
    """Return whether a method left its last argument as it was, and does so with other numbers as well."""
    if not np.array_equal(arrays[-1], before, equal_nan=True):
        return False
    others = [np.linspace(-2.0, 2.0, a.size, dtype=a.dtype).reshape(a.shape) for a in arrays]
    method(part, *others)
    return np.array_equal(others[-1], np.linspace(-2.0, 2.0, before.size, dtype=before.dtype).reshape(before.shape))


@functools.cache
def rebinds(method: Any, place: int) -> bool:
    """Return whether a method ever binds an argument, by its place, to something else: ``w = …``, not ``w -= …``.

    In bytecode both end in storing the name; in between only the second has an operation that ends in "=".

    Examples
    --------
    >>> def forward(self, z):
    ...     z = np.tanh(z)
    >>> def in_place(self, z):
    ...     z *= 2
    >>> rebinds(forward, 1), rebinds(in_place, 1)
    (True, False)
    """
    code, before = getattr(method, "__code__", None), ""
    if code is None or code.co_argcount <= place:
        return False
    name = code.co_varnames[place]
    for instruction in dis.get_instructions(code):
        stored = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
        if instruction.opname.startswith("STORE_FAST") and stored[0] == name and not before.endswith("="):
            return True
        before = instruction.argrepr if instruction.opname == "BINARY_OP" else ""
    return False
