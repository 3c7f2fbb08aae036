"""The summary: character for character Keras's, but for what "Total params" counts."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

import tinynet
from tinynet.models.summary import format_summary


def parameter(*shape, dtype="float32"):
    return SimpleNamespace(shape=shape, size=int(np.prod(shape)), dtype=dtype)


def fake_layer(kind, name, output_shape=None, parameters=(), trainable=True, built=True):
    """Return something of the class `kind` with what a summary asks of a layer."""
    layer = type(kind, (), {})()
    layer.name, layer.trainable, layer.built = name, trainable, built
    layer.trainable_parameters = list(parameters) if trainable else []
    layer.non_trainable_parameters = [] if trainable else list(parameters)
    layer.count_params = lambda: sum(p.size for p in parameters)
    if output_shape is not None:
        layer.output_shape = output_shape
    return layer


def dense(name, inputs, units, **options):
    return fake_layer("Dense", name, (None, units), [parameter(inputs, units), parameter(units)], **options)


def fake_model(*layers, name="sequential"):
    optimizer = SimpleNamespace(iterations=0)
    return SimpleNamespace(name=name, computing_layers=list(layers), optimizer=optimizer)


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


@pytest.fixture
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LINES", "50")


def of_keras(model, **options):
    texts = []
    model.summary(print_fn=texts.append, **options)
    text = re.sub(r"\x1b\[[0-9;]*m", "", texts[0])
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


LONG = "a_layer_with_a_name_that_cannot_possibly_fit_into_its_column"


@pytest.fixture
def pair(keras):
    """Return the same network of Keras and as a fake, the second layer frozen."""
    theirs = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(512, activation="relu", name="dense"),
            keras.layers.Dense(64, name=LONG),
            keras.layers.ReLU(name="re_lu"),
            keras.layers.Dense(1, name="x" * 34),
        ],
        name="network",
    )
    theirs.layers[2].trainable = False
    ours = fake_model(
        fake_layer("Flatten", "flatten", (None, 784)),
        dense("dense", 784, 512),
        dense(LONG, 512, 64, trainable=False),
        fake_layer("ReLU", "re_lu", (None, 64)),
        dense("x" * 34, 64, 1),
        name="network",
    )
    return ours, theirs


@pytest.mark.parametrize("show_trainable", [False, True])
@pytest.mark.parametrize("line_length", [None, *range(42, 140, 7)])
def test_the_table_is_kerass_at_every_width(wide_terminal, pair, line_length, show_trainable):
    ours, theirs = pair
    options = {"line_length": line_length, "show_trainable": show_trainable}
    assert format_summary(ours, **options) == of_keras(theirs, **options)


@pytest.mark.parametrize("columns", [60, 80, 92, 93, 120])
def test_the_default_width_is_kerass_on_every_terminal(pair, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    ours, theirs = pair
    assert format_summary(ours) == of_keras(theirs)


def test_a_model_without_shapes_is_shown_as_in_keras(wide_terminal, keras):
    theirs = keras.Sequential([keras.layers.Dense(3, name="dense"), keras.layers.ReLU(name="re_lu")], name="sequential")
    ours = fake_model(fake_layer("Dense", "dense", built=False), fake_layer("ReLU", "re_lu"))
    for show_trainable in (False, True):
        assert format_summary(ours, show_trainable=show_trainable) == of_keras(theirs, show_trainable=show_trainable)


def test_an_empty_model_is_shown_as_in_keras(wide_terminal, keras):
    assert format_summary(fake_model()) == of_keras(keras.Sequential(name="sequential"))


@pytest.mark.parametrize("units", [1, 63, 64, 40_000, 3_000_000])
def test_sizes_have_kerass_units(wide_terminal, keras, units):
    theirs = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, name="d")], name="sequential")
    assert format_summary(fake_model(dense("d", 3, units))) == of_keras(theirs)


def test_total_counts_the_parameters_and_the_optimizers_variables_have_their_own_line(wide_terminal, keras):
    theirs = keras.Sequential([keras.Input((12,)), keras.layers.Dense(64, name="d")], name="sequential")
    theirs.compile("rmsprop", "mse")
    theirs.fit(np.zeros((4, 12), "float32"), np.zeros((4, 64), "float32"), verbose=0)
    expected = of_keras(theirs).replace(" Total params: 1,666 (6.51 KB)", " Total params: 832 (3.25 KB)")
    assert expected.endswith("\n Optimizer params: 834 (3.26 KB)")
    ours = tinynet.Sequential([tinynet.Input((12,)), tinynet.layers.Dense(64, name="d")], name="sequential")
    ours.compile("rmsprop", "mse", compiled=False)
    before = format_summary(ours)
    ours.fit(np.zeros((4, 12)), np.zeros((4, 64)), verbose=0)
    assert format_summary(ours) == expected
    assert before == expected[: expected.index("\n Optimizer")]


def test_double_precision_counts_eight_bytes():
    layer = fake_layer("Dense", "d", (None, 2), [parameter(3, 2, dtype="float64")])
    assert "Total params: 6 (48.00 B)" in format_summary(fake_model(layer))


def test_a_model_that_is_not_compiled_has_no_optimizer_line():
    model = fake_model(dense("d", 3, 2))
    model.optimizer = None
    assert "Optimizer" not in format_summary(model)


def test_a_narrow_terminal_gets_the_narrowest_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "10")
    for show_trainable in (False, True):
        lines = format_summary(fake_model(dense("d", 3, 2)), show_trainable=show_trainable).splitlines()
        assert len(lines[1]) == 40


def test_a_width_that_leaves_no_room_is_refused():
    with pytest.raises(ValueError, match=r"Insufficient width.*line_length=15"):
        format_summary(fake_model(dense("d", 3, 2)), line_length=15)


def with_branches(k):
    one, other = k.Input((4,), name="one"), k.Input((3,), name="other")
    shared = k.layers.Dense(6, name="shared")
    hidden = k.layers.Dense(6, name="hidden")(one)
    joined = k.layers.Concatenate(name="joined")([hidden, shared(other), shared(other)])
    return k.Model([one, other], [k.layers.Dense(1, name="out")(joined), hidden], name="branches")


def with_an_inner_model(k):
    within, given = k.Input((6,), name="within"), k.Input((6,), name="given")
    inner = k.Model(within, k.layers.Dense(6, name="x")(within), name="inner")
    return k.Model(given, k.layers.Add(name="sum")([inner(given), inner(inner(given))]), name="outer")


def called_twice(k):
    given, layer = k.Input((4,), name="given"), k.layers.Dense(4, name="layer")
    return k.Model(given, layer(layer(given)), name="twice")


def a_stack(k):
    given = k.Input((4,), name="given")
    return k.Model(given, k.layers.Dense(1, name="out")(given), name="stack")


@pytest.mark.parametrize("show_trainable", [False, True])
@pytest.mark.parametrize("build", [with_branches, with_an_inner_model, called_twice, a_stack])
def test_what_each_layer_takes_is_shown_where_layers_are_no_stack(keras, wide_terminal, build, show_trainable):
    ours, theirs = (of_keras(build(k), show_trainable=show_trainable) for k in (tinynet, keras))
    assert ours == theirs
    assert ("Connected to" in ours) == (build is not a_stack)
    assert ("Connected to" in build(tinynet)._repr_html_()) == (build is not a_stack)


def nested(k):
    deepest = k.Sequential([k.Input((4,)), k.layers.Dense(4, name="deep")], name="deepest")
    given = k.Input((4,), name="given")
    middle = k.Model(given, deepest(k.layers.Dense(4, name="before_the_deepest_model_of_all")(given)), name="middle")
    start = k.Input((4,), name="start")
    hidden = k.layers.Dense(4, name="hidden")(start)
    joined = k.layers.Add(name="joined")([hidden, middle(hidden)])
    return k.Model(start, k.layers.Dense(1, name="last")(joined), name="outer")


@pytest.mark.parametrize(
    "options",
    [
        {"expand_nested": True},
        {"expand_nested": True, "show_trainable": True, "line_length": 70},
        {"layer_range": ["hidden", "joined"]},
        {"layer_range": ("j.*", "h"), "expand_nested": True},
    ],
)
def test_models_within_are_expanded_and_ranges_are_cut_as_in_keras(keras, wide_terminal, options):
    assert of_keras(nested(tinynet), **options) == of_keras(nested(keras), **options)


@pytest.mark.parametrize(
    ("names", "said"),
    [(["hidden"], "must be two names"), (["hidden", "nobody"], "start, hidden, middle")],
)
def test_ranges_that_name_no_layers_are_refused(names, said):
    with pytest.raises(ValueError, match=said):
        nested(tinynet).summary(layer_range=names)
