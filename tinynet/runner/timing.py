"""Measures where a program's time goes (``--time``): each moment counts for the innermost open row."""

from __future__ import annotations

import builtins
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any

OWN = "the script's own code"
ROWS = ("imports", "data sets", "compiling", "fit", "evaluate", "predict", "plots", OWN)


class Clock:
    """A stack of rows; time is added to the row on top."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(ROWS, 0.0)
        self._open = [OWN]
        self._since = perf_counter()
        self._thread = threading.get_ident()

    def _turn(self) -> None:
        now = perf_counter()
        self.seconds[self._open[-1]] += now - self._since
        self._since = now

    def enter(self, row: str) -> None:
        """Count for `row` from now on. Only the first thread is measured."""
        if threading.get_ident() == self._thread:
            self._turn()
            self._open.append(row)

    def leave(self) -> None:
        """Count for the previous row again."""
        if threading.get_ident() == self._thread:
            self._turn()
            self._open.pop()

    @contextmanager
    def measure(self, row: str) -> Iterator[None]:
        """Count the block for `row`."""
        self.enter(row)
        try:
            yield
        finally:
            self.leave()

    def wrapped(self, function: Callable[..., Any], row: str) -> Callable[..., Any]:
        """Return a function that does the same and counts its time for `row`."""

        @functools.wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:
            self.enter(row)
            try:
                return function(*args, **kwargs)
            finally:
                self.leave()

        return measured

    def table(self, name: str) -> str:
        """Return the times as text."""
        self._turn()
        total = sum(self.seconds.values())
        lines = [f"tinynet run: {name} took {total:.2f} s"]
        for row, seconds in self.seconds.items():
            lines.append(f"  {row:<21} {seconds:8.2f} s {100 * seconds / total:4.0f} %")
        return "\n".join(lines)


_running: Clock | None = None


@contextmanager
def measured_as(row: str) -> Iterator[None]:
    """Count the block for `row`, if time is being measured."""
    if _running is None:
        yield
    else:
        with _running.measure(row):
            yield


def measure(clock: Clock, undo: ExitStack) -> None:
    """Measure imports, data sets, compiling and the model's calls, until `undo` is closed."""
    global _running

    def replace(owner: Any, name: str, row: str) -> None:
        before = getattr(owner, name)
        setattr(owner, name, clock.wrapped(before, row))
        undo.callback(setattr, owner, name, before)

    with clock.measure("imports"):
        from tinynet import datasets
        from tinynet.kernels.machine.jit import COMPILED
        from tinynet.models import Sequential

        if COMPILED:
            from tinynet.kernels.machine import linker

            replace(linker, "load", "compiling")
    replace(Sequential, "fit", "fit")
    replace(Sequential, "train_on_batch", "fit")
    replace(Sequential, "evaluate", "evaluate")
    replace(Sequential, "predict", "predict")
    for name in datasets.__all__:
        for loader in {"load_data", "get_word_index"} & vars(getattr(datasets, name)).keys():
            replace(getattr(datasets, name), loader, "data sets")
    replace(builtins, "__import__", "imports")
    _running = clock
    undo.callback(_measure_no_more)


def _measure_no_more() -> None:
    global _running
    _running = None
