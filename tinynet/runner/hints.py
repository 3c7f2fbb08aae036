"""Where a program used an argument or a method of Keras that tinynet lacks: says which ones there are."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable
from typing import Any

from tinynet.runner.names import served

_UNEXPECTED = re.compile(r"(?:(\w+)\.)?(\w+)\(\) got an unexpected keyword argument")


def add_what_there_is(error: BaseException) -> None:
    """Add a note to the error that names the arguments that are taken, or the attributes that exist."""
    if isinstance(error, AttributeError):
        kind = type(error.obj)
        if kind.__module__.startswith("tinynet.") and not kind.__module__.startswith("tinynet.runner"):
            public = [name for name in dir(kind) if not name.startswith("_")]
            error.add_note(f"tinynet's {kind.__name__} has: {', '.join(public)}.")
    elif isinstance(error, TypeError) and (found := _UNEXPECTED.search(str(error))):
        owner, name = found.groups()
        callee = served(owner or name)
        if name == "__init__":
            callee = _class_under_construction(error) or callee
        elif owner is not None:
            callee = getattr(callee, name, None)
        if callee is not None:
            what = callee.__name__ if inspect.isclass(callee) else callee.__qualname__
            error.add_note(f"tinynet's {what} takes: {', '.join(_parameters(callee))}.")


def _class_under_construction(error: BaseException) -> type | None:
    """Return the class of tinynet's whose `__init__` the script's call reached, if it got that far."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "__init__" and frame.f_globals.get("__name__", "").startswith("tinynet."):
            return type(frame.f_locals["self"])
    return None


def _parameters(callee: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments, those that a class hands on to its base among them."""
    functions = [callee]
    if inspect.isclass(callee):
        functions = [vars(base)["__init__"] for base in callee.__mro__[:-1] if "__init__" in vars(base)]
    named = [inspect.signature(function).parameters.values() for function in functions]
    return list(dict.fromkeys(p.name for ps in named for p in ps if p.kind != p.VAR_KEYWORD and p.name != "self"))
