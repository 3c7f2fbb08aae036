"""How a program ends: what is printed of its errors, and its exit code."""

from __future__ import annotations

import linecache
import os
import sys
import traceback
from types import TracebackType

from tinynet._console import Console, say
from tinynet.runner.frames import hide_runner
from tinynet.runner.hints import add_what_there_is


def exit_code(error: BaseException) -> int:
    """Report how a program ended, as Python does at the end of a process, and return the code that a shell sees."""
    Console(sys.stdout).flush()
    if not isinstance(error, SystemExit):
        report(error)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    if error.code is None or isinstance(error.code, int):
        return int(error.code or 0)
    say(error.code, error=True)
    return 1


def report(error: BaseException) -> None:
    """Show an error through `sys.excepthook`, without the runner's frames, and with what tinynet has instead."""
    hide_runner(error)
    add_what_there_is(error)
    if sys.excepthook is sys.__excepthook__ and _is_in_cell(error.__traceback__):
        traceback.print_exception(error)
    else:
        sys.excepthook(type(error), error, error.__traceback__)


def report_at_the_end() -> None:
    """Let Python itself end the process with the error that is on its way: it is reported as `report` does."""
    hook = getattr(sys, "excepthook", sys.__excepthook__)  # a script may have deleted it

    def shown(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.excepthook = hook
        report(error)

    sys.excepthook = shown


def _is_in_cell(trace: TracebackType | None) -> bool:
    """Tell whether lines of a traceback are in no file: Python's own hook knows only those that are."""
    names = {frame.f_code.co_filename for frame, _ in traceback.walk_tb(trace)}
    return any(name in linecache.cache and not os.path.exists(name) for name in names)
