"""Lists what exists when a program uses an argument or a method of Keras that tinynet lacks."""

from __future__ import annotations

import inspect
import re
import traceback

import numpy as np

from tinynet import _lenient
from tinynet._signatures import arguments
from tinynet.runner.absent import instead_of
from tinynet.runner.names import served

_UNEXPECTED = re.compile(r"(?:(\w+)\.)?(\w+)\(\) got an unexpected keyword argument")


def add_what_there_is(error: BaseException) -> None:
    """Add a note to the error that lists the accepted arguments, or the attributes that are like it."""
    if hasattr(error, _lenient.MARK):
        error.add_note("Keras trains on it all the same. So does `run --lenient`, and warns.")
    elif isinstance(error, AttributeError):
        kind = type(error.obj)
        if isinstance(error.obj, np.ndarray) and error.name == "numpy":
            error.add_note("What models predict are NumPy's arrays already: leave out .numpy().")
        if kind.__module__.startswith("tinynet.") and not kind.__module__.startswith("tinynet.runner"):
            name = error.name or ""
            said = instead_of(name, [n for n in dir(kind) if n[0] != "_"])
            error.add_note(f"tinynet's {kind.__name__} has no {name}. {said}".strip())
    elif isinstance(error, TypeError) and "It takes: " not in str(error) and (found := _UNEXPECTED.search(str(error))):
        owner, name = found.groups()
        callee = served(owner or name)
        if name == "__init__":
            callee = _class_under_construction(error) or callee
        elif owner is not None:
            callee = getattr(callee, name, None)
        if callee is not None:
            what = callee.__name__ if inspect.isclass(callee) else callee.__qualname__
            error.add_note(f"tinynet's {what} takes: {', '.join(arguments(callee))}.")


def _class_under_construction(error: BaseException) -> type | None:
    """Return the tinynet class whose `__init__` the script's call reached, if it got that far."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "__init__" and frame.f_globals.get("__name__", "").startswith("tinynet."):
            return type(frame.f_locals["self"])
    return None
