"""Progress: exactly Keras's lines into files, and next to no cost."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from types import SimpleNamespace

import pytest

from tests.support.terminal import LOGS, FakeTerminal, train
from tinynet.training.progress import Progress


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

    @pytest.mark.parametrize("verbose", ["3", 1.5, "loud", None])
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
            assert shown._stream.stream.getvalue() == expected

    def test_a_negative_value_is_not_written_with_an_exponent(self, clock):
        file = io.StringIO()
        with Progress(2, epochs=1, steps=1, stream=file) as shown:
            shown.epoch_end(0, {"loss": -1.5, "small": -1e-5}, 1.0, 1)
        assert file.getvalue() == "1/1 - 1s - 1s/step - loss: -1.5000 - small: -1.0000e-05\n"


def test_an_epoch_costs_at_most_some_ten_times_what_writing_its_line_does(tmp_path, monkeypatch):
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

    def plain(stream):
        begin = time.perf_counter()
        for _ in range(1000):
            stream.write(" - ".join(f"{name}: {value:.4f}" for name, value in logs.items()) + "\n")
        return (time.perf_counter() - begin) / 1000

    with open(tmp_path / "log.txt", "w", encoding="utf-8") as file:
        ours, theirs = zip(*((cost(file), plain(file)) for _ in range(7)), strict=True)
        assert min(ours) < 25 * min(theirs)
        assert min(cost(FakeTerminal()) for _ in range(7)) < 25 * min(theirs)
