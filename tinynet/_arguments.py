"""Arguments of public functions, checked by their annotations: what is passed is of the kind that is written there.

Functions and classes that others call are decorated with `checked`. What a kind cannot say (a number's range, a name in
a table) a function checks by itself, with `whole_number` and `number` where they serve.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tinynet._kinds import is_number, is_whole, kinds_of

#: No array has as many entries of eight bytes.
_COUNTS = 2**59
#: What counts steps, or only bounds something, has to be less than: a machine's whole numbers.
ANY_COUNT = 2**63

F = TypeVar("F", bound=Callable[..., Any])


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
        places, kinds = kinds_of(callee)
        for name, value in (*zip(places, args, strict=False), *kwargs.items()):
            kind = kinds.get(name)
            if kind is not None and type(value) not in kind.always:
                if not kind.allows(value):
                    raise TypeError(f"{_owner(callee, args)}: `{name}` must be {kind.words}. Received: {shown(value)}")
                if kind.listed and isinstance(value, np.ndarray):
                    args, kwargs = _with(args, kwargs, places, name, _listed(value))
        return callee(*args, **kwargs)

    return door  # type: ignore[return-value]


def _with(
    args: tuple[Any, ...], kwargs: dict[str, Any], places: list[str], name: str, value: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments with another value for one of them."""
    if name in kwargs:
        return args, {**kwargs, name: value}
    place = places.index(name)
    return (*args[:place], value, *args[place + 1 :]), kwargs


def _listed(array: NDArray[Any]) -> list[Any]:
    """Return an array's entries, or its rows, which need no memory of their own: there may be more than it holds."""
    return array.tolist() if array.ndim == 1 else list(np.asarray(array))


def whole_number(owner: str, name: str, value: Any, at_least: int = 1, words: str = "", below: int = _COUNTS) -> int:
    """Return a value as an int, or raise a ValueError unless it is a whole number of at least `at_least`.

    Parameters
    ----------
    below : int, default 2**59
        What it has to be less than: of more things than that no array has room. Seeds may be larger.
    words : str, optional
        How the error says so, where Keras has words of its own that programs look for.

    Examples
    --------
    >>> whole_number("Dense", "units", np.int64(3))
    3
    """
    if isinstance(value, bool) or not is_whole(value) or not at_least <= value < below:
        most = f", below 2**{below.bit_length() - 1}" if is_whole(value) and value >= below else ""
        words = words or f"`{name}` must be a whole number of at least {at_least}{most}"
        raise ValueError(f"{owner}: {words}. Received: {name}={shown(value)}")
    return int(value)


def limit(owner: str, name: str, value: Any, at_least: int = 1) -> int | None:
    """Return a value as an int that only bounds something, however large, or None for no bound."""
    return None if value is None else whole_number(owner, name, value, at_least, below=ANY_COUNT)


def number(owner: str, name: str, value: Any, low: float = -np.inf, high: float = np.inf, words: str = "") -> float:
    """Return a value as a float, or raise a ValueError unless it is a number between `low` and `high`.

    `words` are the error's, as for `whole_number`.

    Examples
    --------
    >>> number("Dropout", "rate", 0.5, 0, 1)
    0.5
    """
    if not (is_number(value) and low <= float(value) <= high):
        bounds = f" of at least {low:g}" if np.isfinite(low) else ""
        bounds = f" between {low:g} and {high:g}" if np.isfinite(low) and np.isfinite(high) else bounds
        raise ValueError(f"{owner}: {words or f'`{name}` must be a number{bounds}'}. Received: {name}={shown(value)}")
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


def alone(value: Any) -> Any:
    """Return the numbers of what a tape follows, which are set somewhere without where they came from."""
    return value.value if hasattr(value, "terms") else value


def fitting(owner: str, value: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return a value as an array of real numbers that broadcasts to a shape, or raise a TypeError or ValueError.

    Examples
    --------
    >>> fitting("'dense/bias'", [2], (3,))
    array([2])
    """
    found = numbers(owner, "value", value)
    there = shape[max(0, len(shape) - found.ndim) :]
    if len(there) != found.ndim or any(n not in (1, length) for n, length in zip(found.shape, there, strict=True)):
        raise ValueError(f"{owner} has shape {shape}. Received: shape {found.shape}")
    return found


def all_tensors(owner: str, found: list[Any]) -> list[Any]:
    """Return what a call was given, or raise a ValueError unless all of it are tensors without numbers."""
    for each in found:
        if not hasattr(each, "builds"):
            raise ValueError(
                f"{owner}: tensors without numbers, as `Input` gives them, can be taken together with such tensors "
                f"only. Received: {shown(each)}"
            )
    return found


def data_type(owner: str, name: str, value: Any, of: Sequence[str | None] = ()) -> str:
    """Return the name of the type of numbers that a name, a class or a dtype stands for, or raise a ValueError.

    Parameters
    ----------
    of : sequence of str, default any real numbers
        Which types there may be.

    Examples
    --------
    >>> data_type("Zeros", "dtype", np.int32)
    'int32'
    """
    try:
        found: np.dtype[Any] = np.dtype(None if value is None else value)
    except Exception:  # a name in characters that NumPy cannot read, an object that refuses
        found = np.dtype(object)
    if value is None or found.kind not in "biuf" or (of and found.name not in of):
        *some, last = map(repr, of or ("",))
        words = f"{', '.join(some)} or {last}" if of else "a type of real numbers, such as 'float32'"
        raise ValueError(f"{owner}: `{name}` must be {words}. Received: {name}={shown(value)}")
    return found.name


def path(owner: str, name: str, value: Any, folder: bool = False) -> str:
    """Return the path of a file (or folder) that a string or path-like object stands for, or raise an error.

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
    no_file = not folder and isinstance(found, str) and os.path.basename(found) in ("", ".", "..")
    if no_file or not isinstance(found, str) or "\0" in found or not found or not _can_be_encoded(found):
        what = "folder" if folder else "file"
        raise ValueError(f"{owner}: `{name}` must be the path of a {what}. Received: {name}={shown(found)}")
    return found


def _can_be_encoded(text: str) -> bool:
    """Return whether the file system has a form for a name: not for half a character."""
    try:
        return bool(os.fsencode(text))
    except UnicodeEncodeError:
        return False


def shown(value: Any) -> str:
    """Return a value as messages show it: cut after a line, with its type, even where it has no `repr`.

    Examples
    --------
    >>> shown([1, 2]), shown(None)
    ('[1, 2] (a list)', 'None')
    """
    if value is None:
        return "None"
    name = type(value).__name__
    if isinstance(value, int) and abs(value) >= 2**63:
        name += f" of {value.bit_length()} bits"
    return f"{cut(value)} ({'an' if name[0].lower() in 'aeiou' else 'a'} {name})"


def cut(value: Any, most: int = 80) -> str:
    """Return the `repr` of a value, cut after so many characters; "…" of what has none."""
    try:
        text = repr(value)
    except Exception:  # a list in itself a thousand deep, or an object that refuses
        return "…"
    return text if len(text) <= most else f"{text[: most - 1]}…"


def bare(value: Any) -> str:
    """Return a value as Keras's messages have it: a word without its quotation marks."""
    return cut(value).strip("'\"")


def _owner(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """Return what messages call a function: a method, or a constructor, by its object's class."""
    if function.__name__ == "__init__":
        return type(args[0]).__name__
    whose, _, name = function.__qualname__.rpartition(".")
    if args and any(base.__name__ == whose for base in type(args[0]).__mro__):  # a method of a base class
        return f"{type(args[0]).__name__}.{name}"
    return function.__qualname__
