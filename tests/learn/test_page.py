"""The page's logic, without a browser: all that it can show is in the file, and is right."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import tinynet
from tests.support.traced import LOSSES, evaluated, large, small
from tinynet.layers import Dense
from tinynet.learn import layout


class Reader(HTMLParser):
    """Collects tags, the tables' numbers, and the data."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self._table, self._cell, self._script = [], {}, "", None, ""
        self.data = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "table":
            self._table = attrs["data-t"]
        if tag == "td":
            self._cell = (self._table, f"{attrs['data-r']},{attrs['data-c']}")
        if tag == "script":
            self._script = attrs.get("id", "")

    def handle_data(self, text):
        if self._cell:
            self.cells[self._cell] = text
        if self._script == "data":
            self.data = json.loads(text)

    def handle_endtag(self, tag):
        if tag == "td":
            self._cell = None
        if tag == "script":
            self._script = ""


def network_in_numpy(t, loss, hidden, last, **replaced):
    """Forward pass and loss written out anew, any intermediate array being replaceable."""
    v = {k: t[k].astype(float) for k in ("x", "W1", "b1", "W2", "b2")} | replaced
    f = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "linear": lambda z: z,
        "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
    }
    for k, (a, activation, x) in enumerate((("a1", hidden, "x"), ("p", last, "a1")), 1):
        v.setdefault(f"z{k}", v[x] @ v[f"W{k}"] + v[f"b{k}"])
        v.setdefault(a, f[activation](v[f"z{k}"]))
    p, y = v["p"], t["t"] if "t" in t.names else t["y"]
    v["losses"] = {
        "mse": lambda: ((p - y) ** 2).mean(axis=1),
        "mae": lambda: np.abs(p - y).mean(axis=1),
        "binary_crossentropy": lambda: -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(axis=1),
        "categorical_crossentropy": lambda: -(y * np.log(p / p.sum(axis=1, keepdims=True))).sum(axis=1),
        "sparse_categorical_crossentropy": lambda: -(y * np.log(p / p.sum(axis=1, keepdims=True))).sum(axis=1),
    }[loss]()
    v["L"] = v["losses"].mean()
    return v


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    loss=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(["sgd", "momentum", "nesterov", "rmsprop", "rmsprop both", "adam"]),
    hidden=st.sampled_from(["tanh", "sigmoid", "relu"]),
)
def test_every_number_on_the_page_is_right(seed, loss, optimizer, hidden):
    tinynet.backend.set_floatx("float64")
    model, x, y = small(loss, optimizer, hidden, n=3, seed=seed)
    tinynet.gradient_check(model, x, y).require()
    t = model.trace(x, y)
    page = Reader(t.to_html(precision=12))
    last = LOSSES[loss][0]
    values = network_in_numpy(t, loss, hidden, last)
    checked = set()
    for name, cells in page.data["cells"].items():
        for key, cell in cells.items():
            r, c = map(int, key.split(","))
            shown = float(cell[-2] if len(cell) > 2 else cell[1])
            if (name, key) in page.cells:
                assert float(page.cells[name, key]) == shown
            name_of = name.removesuffix("_long")
            if name in values:
                expected = np.atleast_2d(values[name])[r, c]
            elif name_of.startswith("d") and (source := name_of[1:]) in values:
                if source == "p" and loss.endswith("categorical_crossentropy") and last != "softmax":
                    continue
                expected = slope(t, values, source, r, c, (loss, hidden, last))
            else:
                continue  # slots, steps and new weights: by their own formula, below
            assert shown == pytest.approx(expected, rel=2e-5, abs=2e-8), (name, key)
            checked.add(name)
    assert {"z1", "a1", "L", "dW1", "db1", "dW2", "db2", "dz1", "dz2", "da1"} <= checked
    for name, cells in page.data["cells"].items():
        for cell in cells.values():
            if len(cell) > 2 and not re.match(r"\w+\.|one_hot", cell[2]):
                assert evaluated(cell[2], t) == pytest.approx(float(cell[3]), rel=1e-6, abs=1e-8), (name, cell)


def slope(t, values, source, r, c, how, h=1e-6):
    """Return the derivative of the loss in one entry of any array, by a central difference."""
    loss = []
    for sign in (1, -1):
        changed = np.array(values[source], float)
        np.atleast_2d(changed)[r, c] += sign * h
        loss.append(network_in_numpy(t, *how, **{source: changed})["L"])
    return (loss[0] - loss[1]) / (2 * h)


def test_the_parts_of_a_number_are_what_its_formula_names():
    model, x, y = small("mse")
    cells = Reader(model.trace(x, y).to_html()).data["cells"]
    assert cells["dW2"]["1,0"][4] == [["a1", None, 1, "a1[:,1]"], ["dz2", None, 0, "dz2[:,0]"]]
    assert cells["z1"]["2,3"][4] == [["x", 2, None, "x[2,:]"], ["W1", None, 3, "W1[:,3]"], ["b1", 0, 3, "b1[3]"]]
    assert cells["da1"]["0,2"][4] == [["dz2", 0, None, "dz2[0,:]"], ["W2", 2, None, "W2[2,:]"]]
    assert cells["x"]["0,0"][0] == "x[0,0]"


def test_the_page_needs_nothing_from_outside():
    model, x, y = small()
    page = Reader(model.trace(x, y).to_html())
    for tag, attrs in page.tags:
        assert "src" not in attrs
        assert tag not in {"iframe", "img", "object", "embed", "base"}
        if "href" in attrs:
            assert attrs["href"].startswith(("#", "data:,"))
    css = (tinynet.learn.html.file_text("page.css")) + tinynet.learn.html.file_text("page.js")
    assert "http" not in css
    assert "@import" not in css
    assert "url(" not in css


def test_no_line_ends_within_a_number():
    model, x, y = small()
    text = model.trace(np.array(x) * 1e-4, y).to_html()
    numbers = "".join(re.findall(r'<p class="num">.*?</p>', text))
    assert re.search(r"e-\d", numbers)
    assert not re.search(r"\de-\d", re.sub(r'<span class="one">[\d.]+e-\d+</span>', "", numbers))
    assert ".one{white-space:nowrap}" in text


def test_every_step_stands_in_the_page_with_heading_formula_and_tables():
    model, x, y = small()
    t = model.trace(x, y)
    text = t.to_html()
    page = Reader(text)
    ids = [attrs["id"] for tag, attrs in page.tags if tag == "article"]
    assert ids == [f"step-{i}" for i in range(1, len(t.steps) + 1)]
    assert len(page.data["steps"]) == len(t.steps)
    assert {"lang": "en"} in [attrs for tag, attrs in page.tags if tag == "html"]
    assert "<noscript>" in text
    all_ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(all_ids) == len(set(all_ids))
    for _, attrs in page.tags:
        if "aria-labelledby" in attrs:
            assert attrs["aria-labelledby"] in all_ids


def test_names_and_text_cannot_break_out_of_the_page():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([tinynet.Input((1,)), Dense(1, name="<script><b>&")], name="<i>$x")
    model.compile("sgd", "mse", metrics=[tinynet.metrics.MeanAbsoluteError(name="</script><b>&")])
    text = model.trace([[1.0]], [0.0]).to_html()
    assert "</script><b>" not in text
    assert "<script><b>" not in text
    assert "<i>$x" not in text
    assert Reader(text).data["steps"]


def test_numbers_that_are_no_numbers_are_shown_as_such():
    model, x, y = small("mse")
    x[0, 0] = np.inf
    t = model.trace(x, y)
    assert "nan" in str(t)
    assert "nan" in t.to_html()
    assert t.to_svg()


def test_a_large_network_is_sampled_and_says_so():
    text = large().to_html()
    assert len(text.encode()) < 3_000_000
    assert "8 of 784 units are shown" in text
    assert "8 of the 128 rows" in text


@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy"])
def test_the_picture_is_well_formed_and_colours_weights_by_sign(loss, tmp_path):
    model, x, y = small(loss)
    t = model.trace(x, y)
    t.to_svg(tmp_path / "net.svg")
    root = ET.parse(tmp_path / "net.svg").getroot()
    lines = [e for e in root.iter() if e.get("data-t") == "W1" and e.tag.endswith("line")]
    assert len(lines) == 2 * 12, "the network is drawn twice, with weights and with gradients"
    for line in lines:
        value = t["W1"][int(line.get("data-r")), int(line.get("data-c"))]
        assert line.get("class") == f"edge {'pos' if value >= 0 else 'neg'}"
    widths = {abs(t["W1"][int(e.get("data-r")), int(e.get("data-c"))]): float(e.get("stroke-width")) for e in lines}
    assert [w for _, w in sorted(widths.items())] == sorted(widths.values())
    ET.fromstring(large().to_svg())
    assert "<svg" in t._repr_html_()


def test_a_page_is_written_to_the_path_given(tmp_path):
    model, x, y = small("mse")
    t = model.trace(x, y)
    text = t.to_html(tmp_path / "step.html")
    assert (tmp_path / "step.html").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("left", "right"), [(a, b) for a in range(1, 9) for b in range(1, 9) if a * b <= layout.LABELLED]
)
def test_every_edge_s_number_has_room_of_its_own(left, right):
    def column(count, x):
        return [layout.Node(0, k, x, layout.GAP_Y * (k - count / 2), "a", None) for k in range(count)]

    pairs = [(a, b) for b in column(right, layout.WIDE_GAP) for a in column(left, 0.0)]
    places = layout.label_places(pairs)
    assert None not in places
    for i, (x, y) in enumerate(places):
        start, end = pairs[i]
        assert y == pytest.approx(np.interp(x, [start.x + layout.RADIUS, end.x - layout.RADIUS], [start.y, end.y]))
        for a, b in places[:i]:
            assert abs(x - a) >= layout.LABEL_WIDTH or abs(y - b) >= layout.LABEL_HEIGHT


def test_one_is_said_as_one():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(2, activation="tanh"), Dense(1)])
    model.compile("sgd", "mse")
    for rows in (1, 2):
        written = model.trace(np.ones((rows, 2)), np.ones((rows, 1))).to_html()
        assert not re.search(r"\b1 (units|rows|samples)\b", written)
        assert bool(re.search(r"\b1 sample\b", written)) == (rows == 1)
        assert "of the 1 unit j" in written
    korean = model.trace(np.ones((1, 2)), np.ones((1, 1)), lang="ko").to_html()
    assert "샘플 1개" in korean
    assert "1개 유닛 j의" in korean
    assert "|#" not in korean


def test_a_number_on_a_line_has_a_ground_of_its_own():
    model, x, y = small()
    labels = re.findall(r'<g class="label .*?</g>', model.trace(x, y).to_svg())
    assert len(labels) > 10
    assert all(re.fullmatch(r"<g [^>]*><rect [^>]*/><text [^>]*>[-\d.e+]+</text></g>", label) for label in labels)
