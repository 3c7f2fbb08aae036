"""What `fit`, `evaluate` and `predict` show of their progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from numbers import Real
from time import perf_counter
from types import TracebackType
from typing import TextIO

import numpy as np

from tinynet._arguments import shown
from tinynet._console import Console
from tinynet._extras import without

Logs = Mapping[str, float]
LaterLogs = Logs | Callable[[], Logs] | None

# Seconds between two drawings of the bar, two lines on a terminal, two flushes of a file.
INTERVAL = 0.1


def check_verbose(verbose: int | str) -> None:
    """Raise a ValueError unless `verbose` is one of Keras's values: other numbers mean what 2 means."""
    if not isinstance(verbose, (int, np.integer)) and not (isinstance(verbose, str) and verbose == "auto"):
        raise ValueError(f"verbose must be 0, 1, 2 or 'auto'. Received: {shown(verbose)}")


class Progress:
    """The lines and the bar of one run, written so that even the quickest epochs are not slowed.

    Into a file or a pipe goes exactly what Keras writes for ``verbose=2``: one line an epoch, without control
    characters. On a terminal a bar shows the work of the present epoch, and every finished epoch leaves its line
    above; if epochs are quicker than 0.1 s, one in 0.1 s does, and always the last. A notebook keeps all that was
    written, so there it is one line for the whole run, which shows the present epoch.

    Parameters
    ----------
    verbose : {"auto", 0, 1, 2}
        0 shows nothing, 1 and ``"auto"`` a bar on a terminal or in a notebook and lines elsewhere, 2 lines everywhere.
    epochs : int
        The number of the last epoch, counted from 1; ``Epoch i/n`` is shown if that is more than 1.
    steps : int or None
        Batches an epoch, the length of the bar; None as long as nobody knows.
    stream : text file, optional
        Where to. Default: what `sys.stdout` is now.

    Attributes
    ----------
    interval : float or None
        How often, in seconds, `batches` wants to be called; None: never.

    Raises
    ------
    ValueError
        If `verbose` is something else.

    Examples
    --------
    >>> with Progress(2, epochs=3, steps=4) as progress:
    ...     progress.epoch_begin(0)
    ...     progress.epoch_end(0, {"accuracy": 0.75, "loss": 0.0004}, seconds=0.06, steps=4)
    Epoch 1/3
    4/4 - 0s - 15ms/step - accuracy: 0.7500 - loss: 4.0000e-04
    """

    def __init__(self, verbose: int | str, *, epochs: int, steps: int | None, stream: TextIO | None = None) -> None:
        check_verbose(verbose)
        stream = sys.stdout if stream is None else stream
        self._stream = Console(stream)
        #: Whether anything will be shown at all. The stream is None in a Windows program without a console.
        self.visible = verbose != 0 and stream is not None
        terminal = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._one_line = not terminal and type(stream).__module__.partition(".")[0] == "ipykernel"
        live = self.visible and verbose in (1, "auto") and (terminal or self._one_line)
        self.interval = INTERVAL if live else None
        self._epochs = epochs
        self._steps = steps
        self._epoch = 0
        self._begun = 0.0
        # What stands in the terminal's last line.
        self._bar = ""
        # The finished epoch that has no line yet.
        self._untold: tuple[str, LaterLogs, float, int] | None = None
        self._last_line = self._last_draw = self._last_flush = float("-inf")

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def epoch_begin(self, epoch: int) -> None:
        """Begin epoch number `epoch` (from 0)."""
        if not self.visible:
            return
        self._begun = perf_counter()
        self._epoch = epoch
        if self.interval is None:
            self._write(self._heading(epoch, "\n"))

    def batches(self, done: int, logs: LaterLogs = None) -> None:
        """Say that `done` batches of the epoch are done, and what the logs are so far."""
        if self.interval is None:
            return
        now = perf_counter()
        if now - max(self._last_draw, self._begun) >= INTERVAL:
            self._last_draw = now
            self._draw(done, _called(logs), now - self._begun)

    def epoch_end(self, epoch: int, logs: LaterLogs, seconds: float, steps: int) -> None:
        """End the epoch, which took `seconds` for `steps` batches.

        If `logs` is a function, its answer must hold until the next epoch ends or `close`: on a terminal it
        may be called only then, or never.
        """
        if not self.visible:
            return
        if self.interval is None:
            self._write(_line("", logs, seconds, steps))
            return
        self._untold = (self._heading(epoch, " - "), logs, seconds, steps)
        if perf_counter() - self._last_line >= INTERVAL:
            self._tell()

    def clear(self) -> None:
        """Take the bar off the screen until it is next drawn, so that somebody else can print."""
        if self._bar:
            self._stream.write(f"\r{' ' * len(self._bar)}\r")
            self._stream.flush()
            self._bar = ""

    def close(self) -> None:
        """Show the last finished epoch; the bar of an unfinished one stays if there is none to show."""
        if not self.visible:
            return
        if self._untold:
            self._tell()
        if self._bar:
            self._stream.write("\n")
            self._bar = ""
        self._stream.flush()

    def _heading(self, epoch: int, end: str) -> str:
        return f"Epoch {epoch + 1}/{self._epochs}{end}" if self._epochs > 1 else ""

    def _tell(self) -> None:
        assert self._untold is not None
        heading, logs, seconds, steps = self._untold
        self._untold = None
        line = _line(heading, logs, seconds, steps)
        if self._one_line:
            self._overwrite(line.rstrip())
        else:
            self.clear()
            self._stream.write(line)
            self._stream.flush()
        self._last_line = perf_counter()

    def _draw(self, done: int, logs: Logs, seconds: float) -> None:
        try:
            from tqdm import tqdm  # takes 50 ms, so only for work that is longer
        except ImportError:
            without("tqdm", "a line is written after each epoch, and no bar within it")
            return
        bar = tqdm.format_meter(
            n=done,
            total=self._steps,
            elapsed=seconds,
            ncols=self._stream.columns() - 1,
            ascii=not self._stream.encoding.lower().startswith("utf"),
            bar_format="{heading}{count} |{bar:10}| {remaining} left{results}",
            heading=self._heading(self._epoch, " - "),
            count=f"{done}/Unknown" if self._steps is None else f"{done:{len(str(self._steps))}}/{self._steps}",
            results=_results(logs),
        )
        self._overwrite(bar)

    def _overwrite(self, text: str) -> None:
        """Write what stays in the last line until something else is written there."""
        self._stream.write("\r" + text.ljust(len(self._bar)))
        self._stream.flush()
        self._bar = text

    def _write(self, text: str) -> None:
        """Write what stays, and flush now and then: a flush costs more than a quick epoch."""
        self._stream.write(text)
        now = perf_counter()
        if now - self._last_flush >= INTERVAL:
            self._stream.flush()
            self._last_flush = now


def _called(logs: LaterLogs) -> Logs:
    return logs() if callable(logs) else logs or {}


def _line(heading: str, logs: LaterLogs, seconds: float, steps: int) -> str:
    """Write what a finished epoch leaves, as Keras does for ``verbose=2``."""
    pace = seconds / max(steps, 1)
    return f"{heading}{steps}/{steps} - {seconds:.0f}s - {_duration(pace)}/step{_results(_called(logs))}\n"


def _results(logs: Logs) -> str:
    """Write the logs: `` - accuracy: 0.7500 - loss: 4.0000e-04``."""
    return "".join(
        f" - {name}: {value:.4f}" if abs(value) > 1e-3 else f" - {name}: {value:.4e}"
        for name, value in logs.items()
        if type(value) is float or isinstance(value, Real)  # a callback may add anything
    )


def _duration(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
