"""Progress on a terminal: a steady bar, and a line for every epoch that one can read."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from tests.support.terminal import LOGS, screen, train
from tinynet._extras import without
from tinynet.training.progress import Progress


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

    def test_without_tqdm_there_is_no_bar_which_is_said_once_and_every_epoch_has_its_line(
        self, clock, terminal, monkeypatch
    ):
        monkeypatch.setitem(sys.modules, "tqdm", None)
        without.cache_clear()
        with pytest.warns(RuntimeWarning, match=r"tqdm is not installed: a line is written after each.* pip") as said:
            train(terminal, 1, 3, clock, 2.0, batches=20)
        assert len(said) == 1
        assert [line[:9] for line in screen(terminal.getvalue())] == ["Epoch 1/3", "Epoch 2/3", "Epoch 3/3", ""]
        assert "|" not in terminal.getvalue()

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
