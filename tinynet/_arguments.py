"""Arguments of public functions, checked by their annotations: what is passed is of the kind that is written there.

Functions and classes that others call are decorated with `checked`. What a kind cannot say (a number's range, a name in
a table) a function checks by itself, with `whole_number` and `number` where they serve.
"""

from __future__ import annotations

import ast
import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Set
from types import FunctionType
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])


class Kind(NamedTuple):
    """What an annotation allows: the test, and the words for it."""

    allows: Callable[[Any], bool]
    words: str
    plural: str


def checked(callee: F) -> F:
    """Return a function that raises a TypeError for an argument that is not of its annotation's kind.

    Of a class, the constructor and the public methods that it defines become such functions.

    Raises
    ------
    TypeError
        Names the function and the argument, and says what was expected and what came.

    Examples
    --------
    >>> @checked
    ... def repeat(text: str, times: int = 2) -> str:
    ...     return text * times
    >>> repeat("ab")
    'abab'
    >>> repeat("ab", "cd")
    Traceback (most recent call last):
        ...
    TypeError: repeat: `times` must be a whole number. Received: 'cd' (a str)
    """
    if isinstance(callee, type):
        for name, method in list(vars(callee).items()):
            if isinstance(method, FunctionType) and (name == "__init__" or not name.startswith("_")):
                setattr(callee, name, checked(method))
        return callee

    @functools.wraps(callee)
    def door(*args: Any, **kwargs: Any) -> Any:
        places, kinds = _kinds_of(callee)
        for name, value in (*zip(places, args, strict=False), *kwargs.items()):
            kind = kinds.get(name)
            if kind is not None and not kind.allows(value):
                raise TypeError(f"{_owner(callee, args)}: `{name}` must be {kind.words}. Received: {shown(value)}")
        return callee(*args, **kwargs)

    return door  # type: ignore[return-value]


def whole_number(owner: str, name: str, value: Any, at_least: int = 1) -> int:
    """Return a value as an int, or raise a ValueError unless it is a whole number of at least `at_least`.

    Examples
    --------
    >>> whole_number("Dense", "units", np.int64(3))
    3
    """
    if isinstance(value, bool) or not _is_whole(value) or value < at_least:
        raise ValueError(
            f"{owner}: `{name}` must be a whole number of at least {at_least}. Received: {name}={shown(value)}"
        )
    return int(value)


def number(owner: str, name: str, value: Any, low: float = -np.inf, high: float = np.inf) -> float:
    """Return a value as a float, or raise a ValueError unless it is a number between `low` and `high`.

    Examples
    --------
    >>> number("Dropout", "rate", 0.5, 0, 1)
    0.5
    """
    if not (_is_number(value) and low <= float(value) <= high):
        bounds = " of at least 0" if (low, high) == (0, np.inf) else ""
        bounds = f" between {low:g} and {high:g}" if np.isfinite(low) and np.isfinite(high) else bounds
        raise ValueError(f"{owner}: `{name}` must be a number{bounds}. Received: {name}={shown(value)}")
    return float(value)


def flag(owner: str, name: str, value: Any) -> bool:
    """Return a value as a bool, or raise a ValueError unless it is True or False (or 1 or 0, or NumPy's).

    Examples
    --------
    >>> flag("compile", "sparse", np.True_)
    True
    """
    if not isinstance(value, (int, np.bool_)):
        raise ValueError(f"{owner}: `{name}` must be True or False. Received: {name}={shown(value)}")
    return bool(value)


def numbers(owner: str, name: str, value: Any) -> NDArray[Any]:
    """Return a value as an array, or raise a TypeError unless it holds real numbers, in rows of the same length.

    Examples
    --------
    >>> numbers("plot.lines", "x", [1, 2])
    array([1, 2])
    """
    try:
        found = np.asarray(value)
    except (TypeError, ValueError, RecursionError):  # a ragged list, or an object that refuses
        found = np.empty(0, object)
    if found.dtype.kind not in "biuf":
        raise TypeError(f"{owner}: {name} must be an array of real numbers. Received: {shown(value)}")
    return found


def path(owner: str, name: str, value: Any) -> str:
    """Return the path that a string or path-like object stands for, or raise a TypeError or ValueError.

    Examples
    --------
    >>> from pathlib import PurePosixPath
    >>> path("load_weights", "filepath", PurePosixPath("a/b"))
    'a/b'
    """
    if not isinstance(value, str) and not hasattr(type(value), "__fspath__"):
        raise TypeError(
            f"{owner}: `{name}` must be a path: a string or a pathlib.Path. Received: {name}={shown(value)}"
        )
    found = os.fspath(value)
    if not isinstance(found, str) or "\0" in found or not found:
        raise ValueError(f"{owner}: `{name}` must be the path of a file. Received: {name}={shown(found)}")
    return found


def shown(value: Any) -> str:
    """Return a value as messages show it: cut after a line, with its type, even where it has no `repr`.

    Examples
    --------
    >>> shown([1, 2]), shown(None)
    ('[1, 2] (a list)', 'None')
    """
    try:
        text = repr(value)
    except Exception:  # a list in itself a thousand deep, or an object that refuses
        text = "…"
    if value is None:
        return text
    name = type(value).__name__
    return f"{text if len(text) <= 80 else text[:79] + '…'} ({'an' if name[0].lower() in 'aeiou' else 'a'} {name})"


def _owner(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """Return what messages call a function: a constructor by its object's class."""
    if function.__name__ == "__init__":
        return type(args[0]).__name__
    return function.__qualname__


@functools.cache
def _kinds_of(function: Callable[..., Any]) -> tuple[list[str], dict[str, Kind]]:
    """Return the names of the arguments by their places, and the kinds that they must be of."""
    parameters = inspect.signature(function).parameters.values()
    places = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY)]
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.annotation is not p.empty]
    scope = inspect.unwrap(function).__globals__
    kinds = {p.name: _kind(ast.parse(p.annotation, mode="eval").body, scope) for p in named}
    return places, {name: kind for name, kind in kinds.items() if kind is not None}


def _kind(annotation: ast.expr, scope: Mapping[str, Any]) -> Kind | None:
    """Return what an annotation allows, or None where it allows everything."""
    if isinstance(annotation, ast.BinOp):
        sides = [_kind(side, scope) for side in (annotation.left, annotation.right)]
        one, other = sides
        if one is None or other is None:
            return None
        words = f"{one.words} or {other.words}".replace(" or None or", " or")
        return Kind(lambda value: one.allows(value) or other.allows(value), words, f"{one.plural} or {other.plural}")
    entries: list[Kind | None] = []
    if isinstance(annotation, ast.Subscript):
        within = annotation.slice
        entries = [_kind(each, scope) for each in (within.elts if isinstance(within, ast.Tuple) else [within])]
        annotation = annotation.value
    name = annotation.attr if isinstance(annotation, ast.Attribute) else ast.unparse(annotation)
    if name == "tuple":
        return _several(_LENGTH if entries and entries[0] is _KINDS["int"] else entries[0] if entries else None)
    if name in ("Iterable", "Iterator"):
        return Kind(_is_iterable, "an iterable", "iterables")
    if name in ("Sequence", "list"):
        return _several(entries[0] if entries else None)
    if name in ("Mapping", "dict"):
        return _mapping(*(entries or [None, None]))
    if name in _KINDS:
        return _KINDS[name]
    known = scope.get(name)
    if name in ("Any", "object", "...", "ArrayLike") or not name.isidentifier() or not isinstance(known, type | None):
        return None  # an alias
    if getattr(known, "_is_protocol", False):
        return None
    return Kind(lambda value: any(base.__name__ == name for base in type(value).__mro__), f"a {name}", f"{name}s")


def _is_iterable(value: Any) -> bool:
    return (
        isinstance(value, Iterable)
        and not isinstance(value, (str, bytes, type))
        and getattr(value, "shape", (0,)) != ()  # an array of no axes says that it is one
    )


def _several(entry: Kind | None) -> Kind:
    def allows(value: Any) -> bool:
        if not _is_iterable(value) or isinstance(value, (Mapping, Set)) or not hasattr(value, "__len__"):
            return False
        return entry is None or all(map(entry.allows, value))

    words = "a list" if entry is None else f"a list of {entry.plural}"
    return Kind(allows, words, "lists")


def _mapping(key: Kind | None, value: Kind | None) -> Kind:
    def allows(given: Any) -> bool:
        if not isinstance(given, Mapping):
            return False
        return all((key is None or key.allows(k)) and (value is None or value.allows(v)) for k, v in given.items())

    of = "".join(f"{word} {kind.plural}" for word, kind in ((" of", key), (" to", value)) if kind is not None)
    return Kind(allows, f"a dict{of}", "dicts")


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, np.timedelta64)  # NumPy calls a span a number


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) < 2**1023
    return (
        _is_whole(value)
        or isinstance(value, (float, np.floating))
        or (isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf")
    )


_KINDS = {
    "None": Kind(lambda value: value is None, "None", "None"),
    "int": Kind(_is_whole, "a whole number", "whole numbers"),
    "float": Kind(_is_number, "a number", "numbers"),
    "bool": Kind(lambda value: isinstance(value, (int, np.bool_)), "True or False", "True or False"),
    "str": Kind(lambda value: isinstance(value, str), "a string", "strings"),
    "type": Kind(lambda value: isinstance(value, type), "a class", "classes"),
    "Callable": Kind(callable, "a function", "functions"),
    "PathLike": Kind(lambda value: hasattr(type(value), "__fspath__"), "a path", "paths"),
    "Trainee": Kind(lambda value: hasattr(type(value), "require_compiled"), "a Sequential", "models"),
    "Array": Kind(lambda value: isinstance(value, np.ndarray), "an array", "arrays"),
    "NDArray": Kind(lambda value: isinstance(value, np.ndarray), "an array", "arrays"),
}
_LENGTH = Kind(lambda value: _KINDS["int"].allows(value) and int(value) >= 0, "a length", "whole numbers from 0")
_AXIS = Kind(lambda value: value is None or _KINDS["int"].allows(value), "a length", "whole numbers or None")
_KINDS["Shape"] = _several(_AXIS)
_KINDS["Logs"] = Kind(lambda value: isinstance(value, Mapping), "a dict", "dicts")
