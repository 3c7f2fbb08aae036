"""Keeps the runner out of sight: finds the script's line behind a request, and cleans tracebacks."""

from __future__ import annotations

import os
import sys
from types import FrameType, TracebackType

_FOLDER = os.path.dirname(os.path.abspath(__file__))
#: Where the script's frames begin: what is older is none of the script's.
_BELOW = os.path.join(_FOLDER, "script.py")


def _is_machinery(filename: str) -> bool:
    return filename.startswith(("<frozen importlib", "<frozen runpy", _FOLDER + os.sep))


def place_of_request() -> str:
    """Return file and line of the innermost frame outside the runner and the import system."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_machinery(frame.f_code.co_filename):
        frame = frame.f_back
    return "line unknown" if frame is None else f"{os.path.basename(frame.f_code.co_filename)}, line {frame.f_lineno}"


def hide_runner(error: BaseException) -> None:
    """Remove the runner's frames from the tracebacks of an error and its causes."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.__traceback__ = _visible(current.__traceback__)
        waiting += [current.__cause__, current.__context__]


def _visible(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if filename == _BELOW:
            kept.clear()
        elif not _is_machinery(filename):
            kept.append(trace)
        trace = trace.tb_next
    following = None
    for link in reversed(kept):
        link.tb_next = following
        following = link
    return following
