"""Whatever the console is, what tinynet prints neither fails nor ends a training."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import numpy as np
import pytest

import tinynet
from tinynet import callbacks
from tinynet._console import Console, printable, quietly, say
from tinynet.training.progress import Progress

ENCODINGS = ["ascii", "cp1252", "latin-1", "cp437"]


def broken(*_):
    raise BrokenPipeError


class OnlyWrites:
    """A stand-in for a stream with nothing but `write`."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


class Raises(OnlyWrites):
    """A stream whose other methods raise."""

    isatty = flush = fileno = broken


class Unread(Raises):
    """A pipe that nobody reads."""

    write = broken


class Terminal(io.StringIO):
    """A terminal that says it is zero characters wide."""

    encoding = "ascii"

    def isatty(self):
        return True


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


STREAMS = [OnlyWrites, Raises, Unread, Terminal, closed, lambda: None]


def compiled():
    tinynet.set_random_seed(1)
    model = tinynet.Sequential([tinynet.Input((2,)), tinynet.layers.Dense(1)])
    model.compile(tinynet.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def prints_everything(model, tmp_path):
    x, y = np.ones((8, 2), np.float32), np.ones((8, 1), np.float32)
    for verbose in ("auto", 1, 2):
        model.fit(x, y, epochs=2, verbose=verbose)
        model.evaluate(x, y, verbose=verbose)
        model.predict(x, verbose=verbose)
    talkative = [
        callbacks.EarlyStopping("loss", patience=0, min_delta=9, verbose=1, restore_best_weights=True),
        callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=9, verbose=1),
        callbacks.LearningRateScheduler(lambda epoch: 0.1, verbose=1),
        callbacks.ModelCheckpoint(tmp_path / "best.weights.npz", "loss", save_weights_only=True, verbose=1),
    ]
    assert len(model.fit(x, y, epochs=3, callbacks=talkative).history["loss"]) == 2
    model.summary()
    tinynet.show_config()
    say("Σ", model.explain_plan(), model.trace(x, y), model.gradient_check(x, y))


@pytest.mark.parametrize("stream", STREAMS)
def test_any_stream_does_as_standard_output(stream, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdout", stream())
    prints_everything(compiled(), tmp_path)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_console_of_few_characters_gets_plain_ones(encoding, monkeypatch, tmp_path):
    console = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", console)
    model = compiled()
    prints_everything(model, tmp_path)
    print(model.trace(np.ones((2, 2)), np.ones((2, 1))), model.gradient_check(np.ones((2, 2)), np.ones((2, 1))))
    model.summary(print_fn=print)
    console.flush()
    shown = console.buffer.getvalue().decode(encoding)
    assert "Total params: 3" in shown
    assert "\\u" not in shown


def test_a_stream_with_only_write_gets_the_lines_of_a_file():
    stream = OnlyWrites()
    with Progress(1, epochs=1, steps=1, stream=stream) as progress:
        progress.epoch_begin(0)
        progress.epoch_end(0, {"loss": 0.5}, seconds=1.0, steps=1)
    assert stream.text == "1/1 - 1s - 1s/step - loss: 0.5000\n"


def test_lines_of_a_plain_table_are_as_wide_as_they_were():
    table = "┏━┳━┓\n┃a┃b┃\n┡━╇━┩\n│1│2│\n└─┴─┘"
    assert printable(table, "ascii") == "+-+-+\n|a|b|\n+-+-+\n|1|2|\n+-+-+"


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("σ(z) → ∂L/∂wₖ⁻¹² · Σᵢ", "ascii", "sigma(z) -> dL/dw_k^-12 * sum_i"),
        ("x² · é → ŷ", "latin-1", "x² · é -> y"),
        ("中 \ud800", "ascii", r"\u4e2d \ud800"),
        ("σ²", "utf-8", "σ²"),
        ("σ²", "", "σ²"),
        ("σ²", "of another world", "σ²"),
    ],
)
def test_characters_that_a_console_lacks_are_written_plainly(text, encoding, expected):
    assert printable(text, encoding) == expected


def test_a_stream_that_lies_about_its_encoding_gets_plain_characters():
    class Liar(OnlyWrites):
        encoding = "utf-8"

        def write(self, text):
            text.encode("ascii")
            super().write(text)

    stream = Liar()
    Console(stream).write("σ²")
    assert stream.text == "sigma^2"


def test_a_command_whose_output_nobody_reads_ends_without_a_word():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    read, write = os.pipe()
    os.close(read)
    lesson = subprocess.run(
        [sys.executable, "-m", "tinynet", "lesson"], stdout=write, stderr=subprocess.PIPE, env=environment, timeout=60
    )
    os.close(write)
    assert lesson.stderr == b""


@pytest.mark.parametrize(("stop", "code"), [(SystemExit(), 0), (SystemExit(2), 2), (SystemExit("no"), 1)])
def test_a_command_keeps_its_exit_code(stop, code):
    def command():
        raise stop

    assert quietly(command) == code
