"""Names: looking up what a string means, and naming what the user did not name."""

from __future__ import annotations

import importlib
import inspect
import opcode
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import FrameType, FunctionType
from typing import Any, TypeVar

from tinynet._arguments import shown

T = TypeVar("T")
_used: Counter[str] = Counter()

#: What no name holds: controls, surrogates, ends of lines and paragraphs (categories), turns of direction.
_NOT_IN_NAMES = {"Cc", "Cs", "Zl", "Zp"}
_TURNS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

#: Names that Keras has and tinynet lacks, though they look like misspellings of names that it has.
_KERAS_ONLY = {
    *("glu", "prelu", "sparsemax", "threshold"),
    *("circle", "ctc", "dice"),
    *("adafactor", "lamb"),
    *("initializer", "regularizer", "stft", "stftinitializer"),
}


@lru_cache
def snake_case(name: str) -> str:
    """Turn a class name into Keras's automatic name: ``RMSprop`` → ``rm_sprop``, ``Dense`` → ``dense``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def automatic_name(cls: type) -> str:
    """Return ``dense``, then ``dense_1``, ``dense_2`` … as Keras counts them."""
    stem = snake_case(cls.__name__)
    _used[stem] += 1
    return stem if _used[stem] == 1 else f"{stem}_{_used[stem] - 1}"


def reset_names() -> None:
    """Start counting again (``backend.clear_session``)."""
    _used.clear()


def own_name(owner: str, value: str | None, in_paths: bool = False) -> str:
    """Return the `name` that a user gives a part, or raise an error for characters that no line or file can hold.

    None, for a name to be found, is an empty one. Refused are control characters, halves of characters (surrogates),
    what ends a line, and what turns the direction of writing; `in_paths` also refuses ``/``, as Keras does in the names
    of layers, models, weights and optimizers: in files it stands between a layer's name and its weight's.

    Examples
    --------
    >>> own_name("Dense", "hidden 1")
    'hidden 1'
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{owner}: `name` must be a string. Received: {shown(value)}")
    if any(unicodedata.category(c) in _NOT_IN_NAMES or c in _TURNS for c in value):
        raise ValueError(
            f"{owner}: `name` must be of printable characters, without control characters. Received: {value!a}"
        )
    if in_paths and "/" in value:
        raise ValueError(
            f"{owner}: Argument `name` must be a string and cannot contain character `/`, which stands between the "
            f"names of a layer and its weights. Received: name={shown(value)}"
        )
    return value


def set_name(part: object, value: str) -> str:
    """Return the name that a part is given after it was made, or raise an error as `own_name` does.

    Examples
    --------
    >>> from tinynet.layers import Dense
    >>> Dense(3).name = None
    Traceback (most recent call last):
        ...
    TypeError: Dense: `name` must be a string. Received: None
    """
    if value is None:
        raise TypeError(f"{type(part).__name__}: `name` must be a string. Received: None")
    return own_name(type(part).__name__, value, getattr(part, "_in_paths", False))


def lookup(what: str, name: Any, table: Mapping[str, T]) -> T:
    """Find `name` in `table`, whatever its case, or suggest the name that was probably meant.

    Parameters
    ----------
    what : str
        What is looked up, as the message should call it: ``"loss"``.
    name : str
        What the user wrote, in snake case or as a class name.
    table : mapping
        Known names, in the spelling that the message should show.

    Raises
    ------
    ValueError
        If the name is unknown.

    Examples
    --------
    >>> lookup("loss", "MSE", {"mse": 1, "mae": 2})
    1
    >>> lookup("loss", "maee", {"mse": 1, "mae": 2})
    Traceback (most recent call last):
        ...
    ValueError: Unknown loss: 'maee'. Did you mean 'mae'? Known: 'mae', 'mse'.
    """
    if not isinstance(name, str):
        raise TypeError(f"Unknown {what}: expected a string. Received: {shown(name)}")
    at_hand = getattr(table, "at_hand", table.get)  # a room's table finds a part without importing the others
    for spelling in (name, snake_case(name), name.lower()):
        if (found := at_hand(spelling)) is not None:
            return found
    folded = {key.replace("_", "").lower(): key for key in table}
    wanted = name.replace("_", "").replace(" ", "").lower()
    if wanted in folded:
        return table[folded[wanted]]
    import difflib

    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.65)
    hint = f" Did you mean {folded[near[0]]!r}?" if near else ""
    if wanted in _KERAS_ONLY:
        hint = " Keras has it, tinynet has not."
    known = ", ".join(repr(key) for key in sorted(table))
    raise ValueError(f"Unknown {what}: {name!r}.{hint} Known: {known}.")


def missing_from(module: str, names: Sequence[str]) -> Callable[[str], Any]:
    """Return a module's `__getattr__` (PEP 562), which answers a missing name with a list of those that exist.

    Examples
    --------
    >>> from tinynet.layers import Conv2D
    Traceback (most recent call last):
        ...
    ImportError: module 'tinynet.layers' has no attribute 'Conv2D'. It has: Input, ...
    """

    def look(name: str) -> Any:
        raise absent(module, name, names, sys._getframe(1))

    return look


def found_in(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a package's `__getattr__`, which imports the file of a name when it is asked for.

    Examples
    --------
    >>> look = found_in("tinynet.callbacks", {"History": "history"})
    >>> look("History").__module__
    'tinynet.callbacks.history'
    """

    def look(name: str) -> Any:
        if name not in homes:
            raise absent(module, name, [*homes], sys._getframe(1))
        value = getattr(importlib.import_module(f"{module}.{homes[name]}"), name)
        setattr(sys.modules[module], name, value)
        return value

    return look


def absent(module: str, name: str, names: Sequence[str], caller: FrameType) -> Exception:
    """Return the error for a missing name; it lists the names that the module has."""
    message = f"module '{module}' has no attribute {name!r}. It has: {', '.join(names)}."
    # On an AttributeError, an import statement would look for a module being imported, and report less than this.
    imports = caller.f_code.co_code[caller.f_lasti] == opcode.opmap["IMPORT_FROM"]
    if imports and f"{module}.{name}" not in sys.modules:
        return ImportError(message, name=module)
    return AttributeError(message)


def shown_as(name: str) -> Callable[[type[T]], type[T]]:
    """Return a decorator that has Python's messages name the methods of a base class as if they were those of `name`.

    ``Sequential.add() takes 2 positional arguments`` helps the users of a `Sequential`, who never met its base classes.
    """

    def rename(cls: type[T]) -> type[T]:
        for method in vars(cls).values():
            function = getattr(method, "__func__", method)
            if isinstance(function, FunctionType):
                for each in (function, inspect.unwrap(function)):
                    each.__qualname__ = f"{name}.{function.__name__}"
        return cls

    return rename
