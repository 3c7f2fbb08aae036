"""Ctrl-C during training: never in the middle of a batch."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class WholeBatches:
    """While entered, an interrupt waits until the batches in hand are done.

    A compiled kernel does not notice signals anyway; in the layer loop an exception between two updates would leave a
    model that is neither before nor after the batch. Inside ``with guard:`` a SIGINT is only remembered; it is raised
    when the block ends, that is within about 50 ms. Outside the block (callbacks, progress) it acts at once. Blocks may
    be nested: the outermost counts.

    Only the main thread receives signals; elsewhere the guard does nothing. Use `install` and `remove` around the whole
    run, with `_whole.afterwards`: changing the handler for every block would cost more than a small batch.
    """

    def __init__(self) -> None:
        self._before: Any = None
        self._depth = 0
        self._installed = False
        #: Whether an interrupt waits for the end of the block.
        self.pending = False

    def install(self) -> None:
        """Take over SIGINT, if this is the main thread and the handler raises: Python's own, or another guard's."""
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if before is signal.default_int_handler or isinstance(getattr(before, "__self__", None), WholeBatches):
                self._before, self._installed = before, True  # first: from the next line on they are asked for
                signal.signal(signal.SIGINT, self._receive)

    def remove(self) -> None:
        """Give SIGINT back, unless that is done already or somebody else has taken it over."""
        if self._installed and signal.getsignal(signal.SIGINT) == self._receive:
            signal.signal(signal.SIGINT, self._before)
        self._installed = False

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._depth:
            self.pending = True
        else:
            self._before(number, frame)

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self.pending and self._depth == 0:
            self.pending = False
            self._before(signal.SIGINT, None)
