"""What annotations of public functions allow: the test for an argument, and the words for what is expected."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from math import prod
from typing import Any, NamedTuple, get_origin

import numpy as np


class Kind(NamedTuple):
    """What an annotation allows: the test, and the words for it."""

    allows: Callable[[Any], bool]
    words: str
    plural: str
    always: frozenset[type] = frozenset()
    """Types of which every value is allowed, and none needs to be looked at."""
    listed: bool = False
    """Whether it is a list: an array that is taken for one arrives as one, since `if array` asks of its entries."""


@functools.cache
def kinds_of(function: Callable[..., Any]) -> tuple[list[str], dict[str, Kind]]:
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
        plural, always = f"{one.plural} or {other.plural}", one.always | other.always
        listed = one.listed or other.listed
        return Kind(lambda value: one.allows(value) or other.allows(value), words, plural, always, listed)
    entries: list[Kind | None] = []
    if isinstance(annotation, ast.Subscript):
        within = annotation.slice
        entries = [_kind(each, scope) for each in (within.elts if isinstance(within, ast.Tuple) else [within])]
        annotation = annotation.value
    name = annotation.attr if isinstance(annotation, ast.Attribute) else ast.unparse(annotation)
    if name == "tuple":
        return _SHAPE if entries and entries[0] is _KINDS["int"] else _several(entries[0] if entries else None)
    if name in ("Iterable", "Iterator"):
        return Kind(_is_iterable, "an iterable", "iterables")
    if name in ("Sequence", "list"):
        return _several(entries[0] if entries else None)
    if name in ("Mapping", "dict"):
        return _mapping(*(entries or [None, None]))
    if name in _KINDS:
        return _KINDS[name]
    known = scope.get(name)
    if get_origin(known) is Callable:
        return _KINDS["Callable"]
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


#: No list that is taken one by one has as many entries: an array may, which needs no memory to be broadcast.
_LONGEST = 2**24


def _several(entry: Kind | None) -> Kind:
    def allows(value: Any) -> bool:
        if not _is_iterable(value) or isinstance(value, (Mapping, Set)) or not hasattr(value, "__len__"):
            return False
        if isinstance(value, np.ndarray) and len(value) > _LONGEST:
            return False
        return entry is None or all(map(entry.allows, value))

    words = "a list" if entry is None else f"a list of {entry.plural}"
    return Kind(allows, words, "lists", listed=True)


def _shape(axis: Kind, least: int = 0) -> Kind:
    """Return the kind of shapes whose axes are of a kind: none is larger than NumPy could ask memory for."""
    several = _several(axis)

    def allows(value: Any) -> bool:
        if not isinstance(value, (tuple, list, np.ndarray)) or getattr(value, "ndim", 1) != 1:
            return False
        if not several.allows(value) or not least <= len(value) <= 64:
            return False
        return abs(prod(int(n) for n in value if n is not None)) < 2**59

    return Kind(allows, f"{several.words}, {least} to 64 of them, for fewer than 2**59 numbers", "shapes", listed=True)


def _mapping(key: Kind | None, value: Kind | None) -> Kind:
    def allows(given: Any) -> bool:
        if not isinstance(given, Mapping):
            return False
        return all((key is None or key.allows(k)) and (value is None or value.allows(v)) for k, v in given.items())

    of = "".join(f"{word} {kind.plural}" for word, kind in ((" of", key), (" to", value)) if kind is not None)
    return Kind(allows, f"a dict{of}", "dicts")


def is_one_of(value: Any, names: Collection[str | None]) -> bool:
    """Return whether a value is one of some names: an array is none, which ``in`` would compare entry by entry.

    Examples
    --------
    >>> is_one_of("pre", ("pre", "post")), is_one_of(np.array(["pre"] * 2), ("pre", "post"))
    (True, False)
    """
    return (value is None or isinstance(value, str)) and value in names


def equal(one: Any, other: Any) -> bool:
    """Return whether two values are the same: an array never is, of which ``==`` compares the entries one by one.

    Examples
    --------
    >>> equal((3,), (3,)), equal(np.ones(2), (3,))
    (True, False)
    """
    return not isinstance(one, np.ndarray) and not isinstance(other, np.ndarray) and bool(one == other)


def by_kind(key: Any) -> tuple[str, Any]:
    """Return what a dict's keys are sorted by: those of different types by the names of these first.

    Examples
    --------
    >>> sorted(["b", 10, "a", 9], key=by_kind)
    [9, 10, 'a', 'b']
    """
    return type(key).__name__, key


def has_length(value: Any) -> bool:
    """Return whether something has entries that can be counted: a list or the like, no dict, no array of no axes.

    Examples
    --------
    >>> has_length([1]), has_length({}), has_length(np.array(1))
    (True, False, False)
    """
    return hasattr(value, "__len__") and not isinstance(value, Mapping) and getattr(value, "shape", (0,)) != ()


def is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, np.timedelta64)  # NumPy calls a span a number


def is_number(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) < 2**1023
    return (
        is_whole(value)
        or isinstance(value, (float, np.floating))
        or (isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf")
    )


def _is_axis(value: Any) -> bool:
    return _KINDS["int"].allows(value) and not isinstance(value, bool)  # for which NumPy has no place in a shape


_BOOLS = frozenset({bool, int, np.bool_})
_KINDS = {
    "None": Kind(lambda value: value is None, "None", "None", frozenset({type(None)})),
    "int": Kind(lambda value: is_whole(value) and -(2**63) <= value < 2**64, "a whole number", "whole numbers"),
    "float": Kind(is_number, "a number", "numbers", frozenset({float, bool})),
    "bool": Kind(lambda v: isinstance(v, (int, np.integer, np.bool_)), "True or False", "True or False", _BOOLS),
    "str": Kind(lambda value: isinstance(value, str), "a string", "strings", frozenset({str})),
    "type": Kind(lambda value: isinstance(value, type), "a class", "classes"),
    "Callable": Kind(callable, "a function", "functions"),
    "PathLike": Kind(lambda value: hasattr(type(value), "__fspath__"), "a path", "paths"),
    "Trainee": Kind(lambda value: hasattr(type(value), "require_compiled"), "a Sequential", "models"),
    "Array": Kind(lambda value: isinstance(value, np.ndarray), "an array", "arrays", frozenset({np.ndarray})),
    "NDArray": Kind(lambda value: isinstance(value, np.ndarray), "an array", "arrays", frozenset({np.ndarray})),
}
_LENGTH = Kind(lambda value: _is_axis(value) and int(value) >= 0, "a length", "whole numbers from 0")
_AXIS = Kind(lambda value: value is None or _is_axis(value), "a length", "whole numbers or None")
_SHAPE, _KINDS["Shape"] = _shape(_LENGTH), _shape(_AXIS, 1)
_KINDS["Lengths"] = _SHAPE
_KINDS["Logs"] = Kind(lambda value: isinstance(value, dict), "a dict", "dicts", frozenset({dict}))


def lone_output(found: Any) -> Any:
    """Return the output of a model that has one, which may come in a dict; several stay as they came.

    Examples
    --------
    >>> lone_output({"a": 1}), lone_output({"a": 1, "b": 2})
    (1, {'a': 1, 'b': 2})
    """
    return next(iter(found.values())) if isinstance(found, Mapping) and len(found) == 1 else found
