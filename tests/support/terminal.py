"""A terminal and a clock that only the test moves, for what `fit` shows."""

from __future__ import annotations

import io

from tinynet.training import progress
from tinynet.training.progress import Progress

LOGS = {"accuracy": 0.75, "loss": 0.5}


class Clock:
    """A clock that only the test moves."""

    def __init__(self, monkeypatch):
        self.now = 50.0
        monkeypatch.setattr(progress, "perf_counter", lambda: self.now)


class FakeTerminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def train(stream, verbose, epochs, clock, epoch_seconds, steps=4, batches=0, stop_after=None):
    """Go through the motions of `fit`."""
    with Progress(verbose, epochs=epochs, steps=steps, stream=stream) as shown:
        for epoch in range(epochs if stop_after is None else stop_after):
            shown.epoch_begin(epoch)
            for batch in range(batches):
                clock.now += epoch_seconds / batches
                shown.batches(batch + 1, lambda: LOGS)
            clock.now += 0 if batches else epoch_seconds
            shown.epoch_end(epoch, {"loss": epoch + 1.0}, epoch_seconds, steps)


def screen(text):
    """Return the lines that a terminal shows after `text`."""
    lines = [""]
    column = 0
    for character in text:
        if character == "\n":
            lines.append("")
            column = 0
        elif character == "\r":
            column = 0
        else:
            line = lines[-1].ljust(column)
            lines[-1] = line[:column] + character + line[column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]
