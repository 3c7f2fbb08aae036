"""Names are data: whatever a name holds, pages, pictures, files and terminals show it and nothing comes of it."""

from __future__ import annotations

import functools
import io
import xml.etree.ElementTree as ElementTree
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest

import tinynet
from tinynet import plot
from tinynet._console import say

ODD = ["<script>x</script>", "\"'&amp;", "$x_{$", "$", "\\", "{0}{w}", "%s%", "é😀", "n" * 500, "a b"]
REFUSED = ["\x1b[31m", "a\nb", "\0", "\ud800", "\u202e", "\x85", "\u2028", "\t"]
X, Y = np.eye(2, dtype=np.float32), np.ones((2, 1), np.float32)


def made(name):
    layers = [tinynet.Input((2,)), tinynet.layers.Dense(1, name=name)]
    model = tinynet.Sequential(layers, name=name)
    metric = tinynet.metrics.MeanAbsoluteError(name=name)
    model.compile(tinynet.optimizers.SGD(0.1, name=name), tinynet.losses.MeanSquaredError(name=name), metrics=[metric])
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


def test_terminals_get_no_escape_sequences(capsys):
    say("a\x1b[31mb")
    assert capsys.readouterr().out == "a\\x1b[31mb\n"
