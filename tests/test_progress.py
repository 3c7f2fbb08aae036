"""Progress: exactly Keras's lines into files, a steady bar on terminals, and next to no cost."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import time
from itertools import pairwise
from types import SimpleNamespace

import pytest

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


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    return FakeTerminal()


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


class TestAFile:
    @pytest.mark.parametrize("verbose", ["auto", 1, 2])
    def test_a_line_an_epoch_however_quick_they_are(self, clock, verbose):
        file = io.StringIO()
        train(file, verbose, 3, clock, 0.0001)
        assert file.getvalue() == "".join(
            f"Epoch {epoch}/3\n4/4 - 0s - 25us/step - loss: {epoch}.0000\n" for epoch in (1, 2, 3)
        )

    def test_no_heading_for_a_single_epoch(self, clock):
        file = io.StringIO()
        train(file, 2, 1, clock, 8.0)
        assert file.getvalue() == "4/4 - 8s - 2s/step - loss: 1.0000\n"

    def test_nothing_at_verbose_0(self, clock, terminal):
        for stream in (io.StringIO(), terminal):
            train(stream, 0, 3, clock, 1.0, batches=4)
            assert stream.getvalue() == ""

    def test_verbose_2_writes_the_same_lines_on_a_terminal(self, clock, terminal):
        file = io.StringIO()
        for stream in (file, terminal):
            train(stream, 2, 3, clock, 0.0001, batches=4)
        assert file.getvalue() == terminal.getvalue()

    def test_it_goes_where_stdout_goes_at_that_moment(self):
        with contextlib.redirect_stdout(io.StringIO()) as file, Progress(2, epochs=1, steps=1) as shown:
            shown.epoch_begin(0)
            shown.epoch_end(0, LOGS, 0.0, 1)
        assert file.getvalue() == "1/1 - 0s - 0s/step - accuracy: 0.7500 - loss: 0.5000\n"

    def test_without_a_stdout_it_is_silent(self, monkeypatch):
        monkeypatch.setattr(sys, "stdout", None)
        with Progress(1, epochs=1, steps=1) as shown:
            shown.epoch_begin(0)
            shown.batches(1, LOGS)
            shown.epoch_end(0, LOGS, 0.0, 1)

    def test_a_dumb_terminal_gets_lines(self, clock, terminal, monkeypatch):
        monkeypatch.setenv("TERM", "dumb")
        train(terminal, 1, 2, clock, 1.0, batches=4)
        assert "\r" not in terminal.getvalue()
        assert terminal.getvalue().count("\n") == 4

    def test_the_file_is_flushed_now_and_then_and_at_the_end(self, clock):
        flushes = []
        file = io.StringIO()
        file.flush = lambda: flushes.append(file.getvalue().count("step"))
        train(file, 2, 1000, clock, 0.001)
        assert flushes[-1] == 1000
        assert 5 < len(flushes) < 20

    @pytest.mark.parametrize("verbose", [3, -1, "loud", None])
    def test_another_verbose_is_refused(self, verbose):
        with pytest.raises(ValueError, match=f"verbose must be 0, 1, 2 or 'auto'. Received: {verbose!r}"):
            Progress(verbose, epochs=1, steps=1)

    @pytest.mark.parametrize(
        ("seconds", "steps", "value"),
        [
            (0.0, 1, 1.0),
            (1e-5, 10, 0.001),
            (0.9994, 1, 0.00101),
            (0.5, 7, 0.0),
            (1.5, 1, 1e-30),
            (2.5, 2, float("nan")),
            (3.5, 100, float("inf")),
            (4000.0, 3, 12345.678),
        ],
    )
    def test_the_line_is_kerass(self, clock, monkeypatch, capsys, seconds, steps, value):
        os.environ.setdefault("KERAS_BACKEND", "jax")
        keras = pytest.importorskip("keras")
        monkeypatch.setattr("keras.src.utils.progbar.time", SimpleNamespace(time=lambda: clock.now))
        logs = {"loss": value, "val_loss": 0.25}
        bar = keras.utils.Progbar(steps, verbose=2, stateless_metrics=[])
        start = clock.now = 0.0
        bar._start = start
        clock.now = seconds
        bar.update(steps, list(logs.items()), finalize=True)
        expected = capsys.readouterr().out
        with Progress(2, epochs=1, steps=steps, stream=io.StringIO()) as shown:
            shown.epoch_begin(0)
            shown.epoch_end(0, logs, seconds, steps)
            assert shown._stream.getvalue() == expected

    def test_a_negative_value_is_not_written_with_an_exponent(self, clock):
        file = io.StringIO()
        with Progress(2, epochs=1, steps=1, stream=file) as shown:
            shown.epoch_end(0, {"loss": -1.5, "small": -1e-5}, 1.0, 1)
        assert file.getvalue() == "1/1 - 1s - 1s/step - loss: -1.5000 - small: -1.0000e-05\n"


class TestATerminal:
    def test_every_slow_epoch_leaves_its_line_and_no_bar(self, clock, terminal):
        train(terminal, 1, 3, clock, 2.0, batches=20)
        assert screen(terminal.getvalue()) == [
            f"Epoch {epoch}/3 - 4/4 - 2s - 500ms/step - loss: {epoch}.0000" for epoch in (1, 2, 3)
        ] + [""]

    def test_quick_epochs_leave_a_line_each_tenth_of_a_second_and_the_last_one(self, clock, terminal):
        train(terminal, 1, 1000, clock, 0.001)
        lines = screen(terminal.getvalue())[:-1]
        shown = [int(re.match(r"Epoch (\d+)/1000 ", line)[1]) for line in lines]
        assert shown[0] == 1
        assert shown[-1] == 1000
        assert len(shown) in (11, 12)
        assert min(later - earlier for earlier, later in pairwise(shown[:-1])) >= 99

    def test_the_last_epoch_of_a_training_stopped_early_is_shown(self, clock, terminal):
        train(terminal, 1, 1000, clock, 0.001, stop_after=42)
        assert "Epoch 42/1000 - " in screen(terminal.getvalue())[-2]

    def test_a_single_epoch_has_no_heading(self, clock, terminal):
        train(terminal, "auto", 1, clock, 2.0, batches=20)
        assert screen(terminal.getvalue()) == ["4/4 - 2s - 500ms/step - loss: 1.0000", ""]

    def test_the_bar_tells_the_epoch_the_batches_the_time_left_and_the_logs(self, clock, terminal):
        with Progress(1, epochs=3, steps=40, stream=terminal) as shown:
            shown.epoch_begin(1)
            clock.now += 2.0
            shown.batches(8, lambda: LOGS)
            line = screen(terminal.getvalue())[-1]
            assert line == "Epoch 2/3 -  8/40 |██        | 00:08 left - accuracy: 0.7500 - loss: 0.5000"

    def test_the_bar_is_drawn_at_most_every_tenth_of_a_second(self, clock, terminal):
        drawn = []
        with Progress(1, epochs=1, steps=1000, stream=terminal) as shown:
            assert shown.interval == 0.1
            shown.epoch_begin(0)
            for batch in range(1000):
                clock.now += 0.001
                shown.batches(batch + 1, lambda: drawn.append(1) or LOGS)
        assert len(drawn) in (9, 10)

    def test_logs_are_not_computed_for_what_is_not_shown(self, clock, terminal):
        computed = []
        with Progress(1, epochs=1000, steps=1, stream=terminal) as shown:
            for epoch in range(1000):
                shown.epoch_begin(epoch)
                shown.batches(1, lambda: computed.append(1) or LOGS)
                clock.now += 0.0001
                shown.epoch_end(epoch, lambda: computed.append(1) or LOGS, 0.0001, 1)
        assert len(computed) in (2, 3)

    def test_a_shorter_bar_leaves_nothing_of_the_longer_one(self, clock, terminal):
        with Progress(1, epochs=1, steps=10, stream=terminal) as shown:
            shown.epoch_begin(0)
            clock.now += 1
            shown.batches(1, {"loss": 1.0})
            clock.now += 1
            shown.batches(2, {})
            assert "loss" not in screen(terminal.getvalue())[-1]

    def test_cleared_the_line_is_free_for_others(self, clock, terminal):
        with Progress(1, epochs=1, steps=10, stream=terminal) as shown:
            shown.epoch_begin(0)
            clock.now += 1
            shown.batches(5, LOGS)
            shown.clear()
            terminal.write("a message\n")
            shown.epoch_end(0, LOGS, 1.0, 10)
        assert screen(terminal.getvalue())[0] == "a message"
        assert screen(terminal.getvalue())[1].startswith("10/10 - 1s")

    def test_an_interrupted_bar_stays_and_the_next_output_begins_a_line(self, clock, terminal):
        with Progress(1, epochs=1, steps=10, stream=terminal) as shown:
            shown.epoch_begin(0)
            clock.now += 1
            shown.batches(5, LOGS)
        assert screen(terminal.getvalue())[0].startswith(" 5/10 |█████     | 00:01 left - ")
        assert screen(terminal.getvalue())[1:] == [""]

    def test_a_terminal_without_unicode_gets_an_ascii_bar(self, clock, terminal):
        terminal.encoding = "latin-1"
        train(terminal, 1, 1, clock, 2.0, batches=20)
        assert terminal.getvalue().isascii()

    def test_tqdm_is_not_imported_before_there_is_a_bar(self):
        code = (
            "import sys\nfrom tinynet.training.progress import Progress\n"
            "sys.stdout.isatty = lambda: True\n"
            "with Progress(1, epochs=2, steps=1) as shown:\n"
            "    for epoch in range(2):\n"
            "        shown.epoch_begin(epoch)\n"
            "        shown.batches(1, {})\n"
            "        shown.epoch_end(epoch, {}, 0.0, 1)\n"
            "assert 'tqdm' not in sys.modules and 'numba' not in sys.modules\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "TERM": "xterm"}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a thing of POSIX")
def test_on_a_real_terminal_the_bar_keeps_to_its_width():
    code = (
        "import time\nfrom tinynet.training.progress import Progress\n"
        "with Progress('auto', epochs=2, steps=20) as shown:\n"
        "    for epoch in range(2):\n"
        "        shown.epoch_begin(epoch)\n"
        "        for batch in range(20):\n"
        "            time.sleep(0.015)\n"
        "            shown.batches(batch + 1, {'a_metric_with_a_long_name': 0.5, 'loss': 0.25})\n"
        "        shown.epoch_end(epoch, {'loss': 0.25}, 0.3, 20)\n"
    )
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    env = {**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=theirs, env=env)
    os.close(theirs)
    output = b""
    with contextlib.suppress(OSError):  # Linux: reading from a terminal that nobody holds any more
        while part := os.read(ours, 65536):
            output += part
    os.close(ours)
    assert process.wait() == 0
    text = output.decode().replace("\r\n", "\n")
    assert "\x1b" not in text
    assert "Epoch 2/2 - " in text
    assert "█" in text
    assert max(len(piece) for piece in re.split("[\r\n]", text)) < 60
    assert screen(text) == [f"Epoch {epoch}/2 - 20/20 - 0s - 15ms/step - loss: 0.2500" for epoch in (1, 2)] + [""]


def test_an_epoch_costs_at_most_ten_microseconds(tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    logs = {"accuracy": 0.75, "loss": 0.5, "val_accuracy": 0.75, "val_loss": 0.5}

    def cost(stream):
        begin = time.perf_counter()
        with Progress(1, epochs=1000, steps=4, stream=stream) as shown:
            for epoch in range(1000):
                shown.epoch_begin(epoch)
                shown.batches(4, logs)
                shown.epoch_end(epoch, logs, 0.0001, 4)
        return (time.perf_counter() - begin) / 1000

    with open(tmp_path / "log.txt", "w", encoding="utf-8") as file:
        assert min(cost(file) for _ in range(7)) < 10e-6  # 3.5 µs where it was written
    assert min(cost(FakeTerminal()) for _ in range(7)) < 10e-6  # 0.6 µs
