"""What classes and functions take: the names of their arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def arguments(callee: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments, those that a class hands on to its base among them.

    Examples
    --------
    >>> from tinynet.layers import Dense, Flatten
    >>> arguments(Dense)[:3], arguments(Flatten)[:2]
    (['units', 'activation', 'use_bias'], ['data_format', 'name'])
    """
    functions = [callee]
    if inspect.isclass(callee):
        functions = constructors(callee)
    names: dict[str, None] = {}
    for function in functions:
        parameters = inspect.signature(function).parameters.values()
        names |= dict.fromkeys(p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL))
        if all(p.kind != p.VAR_KEYWORD for p in parameters):
            break
    hidden = ("self", *getattr(callee, "_settled", ()))
    return [name for name in names if name not in hidden]


def constructors(cls: type) -> list[Callable[..., Any]]:
    """Return a class's `__init__` and those of its bases, the nearest first."""
    return [vars(base)["__init__"] for base in cls.__mro__[:-1] if "__init__" in vars(base)]


def takes(function: Callable[..., Any], name: str) -> bool:
    """Return whether a function has an argument of that name, as far as it tells.

    Examples
    --------
    >>> takes(lambda x, training: x, "training"), takes(lambda x: x, "training")
    (True, False)
    """
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def takes_option(function: Callable[..., Any], name: str) -> bool:
    """Return whether a function may be given an argument by its name: unless it tells that it takes no such.

    Examples
    --------
    >>> takes_option(lambda x, **more: x, "dtype"), takes_option(lambda x: x, "dtype")
    (True, False)
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(each.name == name or each.kind is each.VAR_KEYWORD for each in parameters)


def can_be_called(function: Callable[..., Any], count: int, untold: bool = True) -> bool:
    """Return whether a function can be called with so many arguments; `untold` if it does not tell, as some builtins.

    Examples
    --------
    >>> can_be_called(lambda x, y: x, 2), can_be_called(lambda x, y: x, 1)
    (True, False)
    """
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:
        return untold
    return True
