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
