"""``python -m tinynet trace``: a small example to step through."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tinynet._console import say
from tinynet.learn.languages import LANGUAGES
from tinynet.learn.one_step import trace
from tinynet.learn.tracing import Trace


def example(lang: str | None = None) -> Trace:
    """Return a training step of a small network that learns XOR."""
    from tinynet import Sequential
    from tinynet.initializers import GlorotUniform
    from tinynet.layers import Dense
    from tinynet.optimizers import RMSprop

    hidden = Dense(3, activation="tanh", kernel_initializer=GlorotUniform(seed=1), name="hidden")
    output = Dense(1, activation="sigmoid", kernel_initializer=GlorotUniform(seed=2), name="output")
    model = Sequential([hidden, output], name="xor")
    model.compile(RMSprop(0.05), "binary_crossentropy")
    return trace(model, [[0, 1], [1, 0], [1, 1], [0, 0]], [1, 1, 0, 0], lang=lang)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page, and open it where there is a display; returns the exit code.

    Examples
    --------
    >>> main(["--text", "--precision", "2"])
    ── ONE TRAINING STEP OF 'xor': 4 samples, loss binary_crossentropy, optimizer rm_sprop ...
    0
    """
    parser = argparse.ArgumentParser(
        prog="python -m tinynet trace",
        description="Show every number of a small network's training step. For your own network: model.trace(x, y).",
    )
    parser.add_argument("-o", "--output", type=Path, help="file to write the page to; default: in a temporary folder")
    parser.add_argument("--text", action="store_true", help="print the calculation instead of writing a page")
    parser.add_argument("--precision", type=int, default=4, help="significant digits (default 4)")
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the sentences; default: TINYNET_LANG, else en")
    parser.add_argument("--no-open", action="store_true", help="do not open the page in a browser")
    arguments = parser.parse_args(argv)
    if not 1 <= arguments.precision <= 99:
        parser.error(f"--precision must be at least 1 and at most 99. Received: {arguments.precision}")
    shown = example(arguments.lang)
    if arguments.text:
        say(shown.to_text(precision=arguments.precision))
        return 0
    path = arguments.output or Path(tempfile.mkdtemp(prefix="tinynet-")) / "trace.html"
    try:
        shown.to_html(path, precision=arguments.precision)
    except (OSError, ValueError) as error:
        say(f"Could not write {path}: {error}", error=True)
        return 1
    say(f"One training step to step through: {path.resolve()}")
    if not arguments.no_open and has_display():
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0


def has_display() -> bool:
    """Return whether there is a display for a browser window."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
