"""Names are data: whatever a name holds, pages, pictures, files and terminals show it and nothing comes of it."""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinynet
from tinynet import plot
from tinynet._console import say

ODD = ["<script>x</script>", "\"'&amp;", "$x_{$", "$", "\\", "{0}{w}", "%s%", "é😀", "n" * 500, "a b"]
REFUSED = ["\x1b[31m", "a\nb", "\0", "\ud800", "\u202e", "\x85", "\u2028", "\t"]
X, Y = np.eye(2, dtype=np.float32), np.ones((2, 1), np.float32)


def made(name):
    of_a_path = name.replace("/", "")
    layers = [tinynet.Input((2,)), tinynet.layers.Dense(1, name=of_a_path)]
    model = tinynet.Sequential(layers, name=of_a_path)
    metric = tinynet.metrics.MeanAbsoluteError(name=name)
    model.compile(
        tinynet.optimizers.SGD(0.1, name=of_a_path), tinynet.losses.MeanSquaredError(name=name), metrics=[metric]
    )
    return model


class Elements(HTMLParser):
    """Counts the elements of a page."""

    def __init__(self):
        super().__init__()
        self.counted = Counter()

    def handle_starttag(self, tag, attrs):
        self.counted[tag] += 1


@functools.cache
def elements_of_a_plain_page():
    page = Elements()
    page.feed(made("plain").trace(X, Y).to_html())
    return page.counted


@pytest.mark.parametrize("name", ODD)
def test_pages_and_files_hold_a_name_as_text(name, tmp_path, capsys):
    model = made(name)
    model.summary()
    assert name in model.fit(X, Y, verbose=2).history
    trace = model.trace(X, Y)
    page = Elements()
    trace.to_html(tmp_path / "page.html")
    page.feed((tmp_path / "page.html").read_text("utf-8"))
    assert page.counted == elements_of_a_plain_page()
    drawn = ElementTree.fromstring(trace.to_svg())
    assert not [each for each in drawn.iter() if each.tag.endswith("script")]
    model.save_weights(tmp_path / "w.weights.npz")
    twin = made(name)
    twin.load_weights(tmp_path / "w.weights.npz")
    np.testing.assert_array_equal(twin.layers[0].kernel, model.layers[0].kernel)


@pytest.mark.parametrize("name", ["$x_{$", "$", "$$", r"\$", "<b>"])
def test_pictures_show_a_name_as_it_is(name):
    figure = made(name).trace(X, Y).plot()
    figure.savefig(io.BytesIO())
    lines = plot.lines({name: [1.0, 2.0]})
    lines.figure.savefig(io.BytesIO())


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize(
    "part",
    [
        lambda name: tinynet.layers.Dense(1, name=name),
        lambda name: tinynet.layers.Dense(1).add_weight(name),
        lambda name: tinynet.Sequential(name=name),
        lambda name: tinynet.metrics.MeanAbsoluteError(name=name),
        lambda name: tinynet.losses.MeanSquaredError(name=name),
        lambda name: tinynet.optimizers.SGD(name=name),
    ],
)
def test_a_name_that_no_line_can_hold_is_refused(part, name):
    with pytest.raises(ValueError, match="`name` must be of printable characters"):
        part(name)


PARTS = [
    lambda: tinynet.layers.Dense(1),
    lambda: tinynet.layers.Dropout(0.5),
    lambda: tinynet.layers.Activation("relu"),
    lambda: tinynet.Sequential(),
    lambda: tinynet.metrics.MeanAbsoluteError(),
    lambda: tinynet.losses.MeanSquaredError(),
    lambda: tinynet.optimizers.SGD(),
]


@pytest.mark.parametrize("make", PARTS)
def test_a_name_that_is_set_later_is_looked_at_alike(make):
    part = make()
    before = part.name
    for name in REFUSED:
        with pytest.raises(ValueError, match="`name` must be of printable characters"):
            part.name = name
    for name in (None, 3, b"a"):
        with pytest.raises(TypeError, match="`name` must be a string"):
            part.name = name
    assert part.name == before
    part.name = ODD[1]
    assert part.name == ODD[1]


@pytest.mark.parametrize(
    "part",
    [
        lambda: tinynet.layers.Dense(1, name="a/b"),
        lambda: tinynet.Input((2,), name="a/b"),
        lambda: tinynet.layers.Dense(1).add_weight("a/b"),
        lambda: setattr(tinynet.layers.Dense(1), "name", "</script>"),
        lambda: setattr(made("a").weights[0], "name", "a/b"),
        lambda: tinynet.Sequential(name="a/b"),
        lambda: tinynet.optimizers.SGD(name="a/b"),
    ],
)
def test_a_name_of_a_path_holds_no_slash_as_in_keras(part):
    with pytest.raises(ValueError, match="cannot contain character `/`"):
        part()


@pytest.mark.parametrize("name", [*ODD, *REFUSED])
def test_names_of_classes_and_functions_are_data_too(name, tmp_path, capsys):
    def metric(y, p):
        return abs(y - p).mean(axis=-1)

    layer = type(name.replace("\0", "").replace("\ud800", "") or "A", (tinynet.layers.Dense,), {})(1)
    metric.__name__ = name
    model = tinynet.Sequential([tinynet.Input((2,)), layer])
    log = tmp_path / "log.csv"
    if name in REFUSED:
        with pytest.raises(ValueError, match="`name` must be of printable characters"):
            model.compile("sgd", "mse", metrics=[metric])
        model.compile("sgd", "mse")
    else:
        model.compile("sgd", "mse", metrics=[metric])
    model.fit(X, Y, verbose=2, callbacks=[tinynet.callbacks.CSVLogger(log)])
    assert (name in next(csv.reader(io.StringIO(log.read_text("utf-8"))))) == (name in ODD)
    model.summary()
    page = Elements()
    page.feed(model.trace(X, Y).to_html())
    assert page.counted == elements_of_a_plain_page()
    shown = Elements()
    shown.feed(model._repr_html_())
    shown.feed(model.history._repr_html_())
    assert not {*shown.counted} - {"table", "caption", "tr", "th", "td", "p"}
    assert "\x1b" not in capsys.readouterr().out


def test_calculations_are_printed_on_consoles_of_few_characters(monkeypatch):
    trace = made("é→").trace(X, Y)
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    print(trace, trace.to_text(), trace.steps[0], trace.check("dW1", trace["dW1"]), sep="\n")
    print(tinynet.learn.gradient_check(made("é→"), X, Y))
    assert "→" in trace.to_text()[:]
    console.flush()
    assert b"->" in console.buffer.getvalue()


def test_terminals_get_no_escape_sequences(capsys):
    say("a\x1b[31mb")
    assert capsys.readouterr().out == "a\\x1b[31mb\n"


def test_a_weight_is_named_as_a_part_is():
    layer = tinynet.layers.Dense(1)
    layer.build((None, 2))
    with pytest.raises(ValueError, match="`name` must be of printable characters"):
        layer.weights[0].name = "\x1b"
    assert layer.weights[0].name == "kernel"


@given(st.text(st.characters() | st.sampled_from("<>&\"'$\\\x00\x1b\n{}%/_"), min_size=1, max_size=12))
@settings(max_examples=25, derandomize=True, deadline=None, database=None)
def test_any_name_is_refused_or_shown_as_text_everywhere(name):
    try:
        model = made(name)
    except ValueError as refused:
        assert "`name` must be of printable characters" in str(refused)  # noqa: PT017
        return
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with contextlib.redirect_stdout(console):
        assert name in model.fit(X, Y, verbose=2).history
        model.summary()
        trace = model.trace(X, Y)
        print(trace, trace.steps[0], trace.steps[0].entry(0, 0))
    page = Elements()
    page.feed(trace.to_html())
    assert page.counted == elements_of_a_plain_page()
    ElementTree.fromstring(trace.to_svg())
    shown = Elements()
    shown.feed(model._repr_html_() + model.history._repr_html_())
    assert not {*shown.counted} - {"table", "caption", "tr", "th", "td", "p"}
