"""Categories by a vocabulary, by ranges and by bins: as Keras on TensorFlow gives them, and within networks."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tinynet
from tests.preprocessing.reference import record_categories as record
from tinynet import layers
from tinynet.layers import Dense, Discretization, Hashing, IntegerLookup, StringLookup

CASES = json.loads(record.FILE.read_text("utf-8"))["cases"]


@pytest.mark.parametrize("number", range(record.CASES))
def test_categories_are_those_that_keras_gives(number):
    case, expected = record.case(number), CASES[number]
    assert {name: expected[name] for name in case} == case
    ours = record.outcome(layers, **case)
    assert (ours["learnt"], ours["type"]) == (expected["learnt"], expected["type"])
    np.testing.assert_allclose(ours["result"], expected["result"], rtol=1e-6)


COLORS = [["red"], ["blue"], ["green"], ["red"]] * 4
LABELS = np.array([1.0, 0.0, 0.5, 1.0] * 4)
#: What is the first layer of a network: samples, the layer, and the numbers that the rest is given.
FIRST = {
    "words": (COLORS, lambda: StringLookup(vocabulary=["red", "blue"], output_mode="one_hot"), 3),
    "words, weighed": (
        [["red", "x", "red"], ["blue", "", "y"]] * 8,
        lambda: StringLookup(
            vocabulary=["red", "blue"], output_mode="tf_idf", idf_weights=[0.5, 0.25], num_oov_indices=2, mask_token=""
        ),
        4,
    ),
    "words in bins": (COLORS, lambda: Hashing(3, output_mode="count"), 3),
    "codes": (
        np.array([[12, 7, 36], [0, 12, 12]] * 8),
        lambda: IntegerLookup(vocabulary=[36, 12], output_mode="count", mask_token=0, num_oov_indices=2),
        4,
    ),
    "codes as numbers": (np.array([[12, -7], [36, 12]] * 8), lambda: IntegerLookup(vocabulary=[36, 12]), 2),
    "padded": (
        np.array([[12, -7], [36, 12]] * 8),
        lambda: IntegerLookup(5, vocabulary=[36, 12], output_mode="multi_hot", pad_to_max_tokens=True),
        5,
    ),
    "ranges": (
        np.array([[-1.0, 0.25], [0.5, np.inf]] * 8),
        lambda: Discretization([0.0, 0.5, 2.0], output_mode="multi_hot"),
        4,
    ),
    "ranges as numbers": (np.array([[-1.0, 0.5], [0.25, 3.0]] * 8), lambda: Discretization([0.0, 0.5]), 2),
    "ranges, each": (np.array([[-1.0, 0.5], [0.25, 3.0]] * 8), lambda: Discretization([0.0], output_mode="one_hot"), 2),
}


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("name", FIRST)
def test_a_network_is_given_the_columns_that_the_layer_makes_by_itself(name, compiled):
    x, layer, columns = FIRST[name]
    first, encoded = layer(), np.asarray(layer()(x), np.float32)
    whole, rest = (
        tinynet.Sequential([*front, Dense(3, "tanh"), layers.Flatten(), Dense(1)]) for front in ([first], [])
    )
    assert encoded.shape[-1] == columns
    rest.build(encoded.shape)
    whole.build((None, *np.shape(x)[1:]))
    whole.set_weights(rest.get_weights())
    for model, given in ((whole, x), (rest, encoded)):
        model.compile("sgd", "mse", compiled=compiled)
        model.fit(given, LABELS, epochs=2, batch_size=4, shuffle=False, verbose=0)
    np.testing.assert_allclose(whole.predict(x, verbose=0), rest.predict(encoded, verbose=0), 1e-5, 1e-6)


def test_each_input_of_a_model_may_be_given_words():
    color, size = tinynet.Input((1,), dtype="string", name="color"), tinynet.Input((1,), name="size")
    columns = StringLookup(vocabulary=["red", "blue"], output_mode="one_hot")(color)
    model = tinynet.Model([color, size], Dense(1)(layers.concatenate([columns, size])))
    model.compile("sgd", "mse")
    x = {"color": np.array(COLORS), "size": np.arange(16.0)[:, None]}
    model.fit(x, LABELS, epochs=1, verbose=0)
    found = model.predict(x, verbose=0)
    np.testing.assert_array_equal(found, model.predict([COLORS, x["size"]], verbose=0))
    by_hand = np.concatenate([np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]] * 4), x["size"]], axis=1)
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(found, by_hand @ kernel + bias, 1e-5, 1e-6)


def test_words_for_two_layers_are_refused():
    color, other = tinynet.Input((1,), name="color"), tinynet.Input((1,), name="other")
    both = [StringLookup(vocabulary=["red"], output_mode="one_hot")(color), Hashing(3, output_mode="one_hot")(color)]
    model = tinynet.Model([color, other], Dense(1)(layers.concatenate([*both, other])))
    with pytest.raises(ValueError, match="words go to several layers"):
        model.predict([np.array(COLORS), np.ones((16, 1))], verbose=0)


def test_words_for_two_layers_are_refused_where_they_are_all_that_is_given():
    color = tinynet.Input((1,), name="color")
    both = [StringLookup(vocabulary=each, output_mode="one_hot")(color) for each in (["red", "blue"], ["blue", "red"])]
    model = tinynet.Model(color, Dense(1)(layers.concatenate(both)))
    with pytest.raises(ValueError, match="x: words go to several layers"):
        model.predict(np.array(COLORS), verbose=0)


@pytest.mark.parametrize("wider", [lambda x: np.expand_dims(x, -1), layers.Reshape((1,)), layers.Flatten()])
@pytest.mark.parametrize("alone", [True, False])
def test_words_are_given_other_axes_first_and_may_go_to_several_layers_that_number_them_alike(wider, alone):
    """As Keras's examples of structured data do: ``Input(())``, wide columns of it, and an embedding of it."""
    color, size = tinynet.Input((), dtype="string", name="color"), tinynet.Input((), name="size")
    options = {"vocabulary": ["red", "blue"], "num_oov_indices": 0, "mask_token": None}
    columns = StringLookup(output_mode="binary", **options)(wider(color))
    embedded = layers.Flatten()(layers.Embedding(2, 3)(StringLookup(**options)(color)))
    joined = [columns, embedded] if alone else [columns, embedded, wider(size)]
    model = tinynet.Model(color if alone else [color, size], Dense(1)(layers.concatenate(joined)))
    model.compile("sgd", "mse")
    words, sizes = np.array(["red", "blue"] * 8), np.arange(16.0)
    x = words if alone else {"color": words, "size": sizes}
    model.fit(x, LABELS, epochs=1, verbose=0)
    table, kernel, bias = model.get_weights()
    by_hand = [np.eye(2)[[0, 1] * 8], table[[0, 1] * 8], *([] if alone else [sizes[:, None]])]
    np.testing.assert_allclose(model.predict(x, verbose=0), np.concatenate(by_hand, 1) @ kernel + bias, 1e-5, 1e-6)


@pytest.mark.parametrize("kind", ["StringLookup", "IntegerLookup"])
@pytest.mark.parametrize("mask", [False, True])
def test_numbers_become_tokens_again(kind, mask):
    tokens, token, unknown = (["a", "b"], "", "z") if kind == "StringLookup" else ([7, 5], 0, 99)
    options = {"mask_token": token} if mask else {}
    there = getattr(layers, kind)(vocabulary=tokens, **options)
    back = getattr(layers, kind)(vocabulary=there.get_vocabulary(), invert=True, **options)
    assert back(there([tokens, [unknown, tokens[0]]])).tolist() == [tokens, [back.oov_token, tokens[0]]]
    assert not mask or back([[0]]).tolist() == [[token]]
    with pytest.raises(ValueError, match="invert=True call it by itself"):
        tinynet.Sequential([back, Dense(1)]).predict(np.ones((2, 1)), verbose=0)


@pytest.mark.parametrize("name", FIRST)
def test_a_layer_is_made_again_from_its_configuration(name):
    x, layer, _ = FIRST[name]
    made = layer()
    again = type(made).from_config(json.loads(json.dumps(made.get_config())))
    np.testing.assert_array_equal(again(x), made(x))


def test_what_was_learnt_is_in_the_configuration_and_in_files(tmp_path):
    for layer, x in (
        (StringLookup(output_mode="one_hot"), COLORS),
        (Discretization(num_bins=3), [[1.0], [2.0], [4.0]]),
    ):
        layer.adapt(np.array(x))
        again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
        np.testing.assert_array_equal(again(x), layer(x))
        model = tinynet.Sequential([layer, Dense(1)])
        expected = model.predict(np.array(x), verbose=0)
        model.save(tmp_path / "model.keras")
        read = tinynet.models.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(read.predict(np.array(x), verbose=0), expected)


def test_data_to_learn_from_come_in_every_form(tmp_path):
    path = tmp_path / "codes.txt"
    path.write_text("5\n7", "utf-8")
    assert IntegerLookup(vocabulary=str(path)).get_vocabulary() == [-1, 5, 7]
    for data in ([7, 5, 5], np.array([[7], [5], [5]]), iter([np.array([7, 5]), [5]]), (each for each in ([7], [5, 5]))):
        layer = IntegerLookup()
        layer.adapt(data)
        assert layer.get_vocabulary() == [-1, 5, 7]
    some = StringLookup()
    some.adapt((["a", str(n)] for n in range(10**9)), steps=2)
    assert some.get_vocabulary() == ["[UNK]", "a", "1", "0"]
    assert some.vocabulary_size() == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StringLookup(max_tokens=1), "max_tokens"),
        (lambda: StringLookup(output_mode="ints"), "`output_mode` must be one of"),
        (lambda: StringLookup(invert=True, output_mode="count"), "must be 'int' when `invert` is true"),
        (lambda: StringLookup(pad_to_max_tokens=True), "`max_tokens` must be set"),
        (lambda: StringLookup(vocabulary=["a", "a"]), "repeated terms: 'a'"),
        (lambda: StringLookup(vocabulary=["a", ""], mask_token=""), "'' is reserved"),
        (lambda: StringLookup(vocabulary=["a", "b"], max_tokens=2), "larger than the maximum vocab size"),
        (lambda: StringLookup(vocabulary=[]), "empty vocabulary"),
        (lambda: StringLookup(vocabulary=["a"], output_mode="tf_idf"), "must be set if output_mode is 'tf_idf'"),
        (lambda: StringLookup(vocabulary=["a"], idf_weights=[1.0]), "should only be set"),
        (lambda: StringLookup(vocabulary=["a"], output_mode="tf_idf", idf_weights=[1.0, 2.0]), "the same length"),
        (lambda: StringLookup(vocabulary=["a"]).adapt(["b"]), "Cannot adapt layer"),
        (lambda: StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), "found OOV value 'b'"),
        (lambda: StringLookup(vocabulary="/none"), "file cannot be read"),
        (lambda: StringLookup(salt=3), "no `salt`"),
        (lambda: StringLookup(output_mode="count")([["a"]]), "must set the layer's vocabulary"),
        (lambda: StringLookup(sparse=True), "TensorFlow backend"),
        (lambda: IntegerLookup(vocabulary_dtype="int32"), "Only `vocabulary_dtype='int64'`"),
        (lambda: IntegerLookup(oov_method="md5"), "'floormod' or 'farmhash'"),
        (lambda: IntegerLookup(vocabulary=[1])([np.nan]), "whole numbers"),
        (lambda: IntegerLookup(vocabulary=[2**30]).build((None, 1)), "float32 has whole numbers to"),
        (
            lambda: tinynet.Sequential([IntegerLookup(), Dense(1)]).predict([[1]], verbose=0),
            "set the layer's vocabulary",
        ),
        (lambda: Discretization(), "set either `num_bins`"),
        (lambda: Discretization([0.0], num_bins=2), "set either `num_bins`"),
        (lambda: Discretization([1.0, 0.0]), "numbers in order"),
        (lambda: Discretization(num_bins=2)([[1.0]]), "call `adapt"),
        (lambda: Discretization([1.0]).adapt([1.0]), "initialized with `bin_boundaries`"),
        (lambda: Discretization(num_bins=2).adapt(np.empty((0, 1))), "received no data"),
        (lambda: Discretization([1.0], output_mode="tf_idf"), "`output_mode` must be one of"),
        (lambda: Discretization([1.0], output_mode="count")(np.ones((2, 2, 2))), "samples of one axis"),
        (lambda: Hashing(0), "num_bins"),
        (lambda: Hashing(3, salt=5), "no `salt`"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_words_and_numbers_are_not_mixed_up():
    for make in (lambda: StringLookup(vocabulary=[1]), lambda: StringLookup()([1]), lambda: Hashing(3)([["a", 1]])):
        with pytest.raises(TypeError, match="expected texts"):
            make()
    with pytest.raises(TypeError, match="array of real numbers"):
        IntegerLookup(vocabulary=[1])([["a"]])
    with pytest.raises(TypeError, match="must be a string or None"):
        StringLookup(mask_token=0)
    with pytest.raises(TypeError, match="must be a whole number or None"):
        IntegerLookup(oov_token="x")


def test_a_vocabulary_keeps_its_size_once_a_network_is_built_for_it():
    layer = StringLookup(output_mode="one_hot")
    layer.adapt(["a", "b"])
    tinynet.Sequential([layer, Dense(1)]).predict(np.array([["a"]]), verbose=0)
    with pytest.raises(ValueError, match="vocabulary size cannot be changed"):
        layer.adapt(["a", "b", "c"])
    layer.adapt(["c", "b"])
    assert layer.get_vocabulary() == ["[UNK]", "c", "b"]


@pytest.mark.parametrize("name", FIRST)
def test_the_trace_says_that_nothing_lies_between_two_categories(name):
    x, layer, _ = FIRST[name]
    model = tinynet.Sequential([layer(), Dense(3, "tanh"), layers.Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    x = layer().prepared(x) if isinstance(x, list) else np.where(np.isfinite(x), x, 9.0)
    model.build((None, *x.shape[1:]))
    assert "a column for each" in str(model.trace(x, LABELS))


def test_another_vocabulary_counts_at_once():
    layer = IntegerLookup(output_mode="int")
    layer.adapt([7, 5, 5])
    model = tinynet.Sequential([layer, Dense(1)])
    model.compile("sgd", "mse")
    for codes in ([7, 5, 5], [5, 7, 7], [7, 5, 5, 9, 9, 9]):
        layer.adapt(codes)
        for x in (np.array([[7.0], [5.0]], np.float32), np.array([[7], [5]])):
            for _ in range(3):
                kernel, bias = model.get_weights() if model.built else (None, None)
                found = model.predict(x, verbose=0)
                if kernel is not None:
                    np.testing.assert_allclose(found, layer(x) @ kernel + bias, 1e-5, 1e-6)
        model.fit(np.array(codes)[:, None], np.ones(len(codes)), verbose=0)


def test_a_model_hashes_whole_numbers_as_the_layer_does_by_itself():
    x = np.array([[1], [2], [77], [-4]])
    layer = layers.Hashing(3)
    model = tinynet.Sequential([tinynet.Input((1,), dtype="int64"), layer])
    expected = layer(x).ravel()
    for found in (model.predict(x, verbose=0), model.predict(x, verbose=0), model(x)):
        np.testing.assert_array_equal(np.ravel(found), expected)
    ends = [tinynet.Input((1,), dtype="int64"), tinynet.Input((1,))]
    several = tinynet.Model(ends, layers.concatenate([layers.Hashing(3)(ends[0]), ends[1]]))
    np.testing.assert_array_equal(several.predict([x, 100.0 * x], verbose=0)[:, 0], expected)


def test_a_lookup_of_numbers_beyond_float32_is_refused_in_a_model():
    model = tinynet.Sequential([tinynet.Input((1,), dtype="int64"), layers.IntegerLookup(vocabulary=[2**24])])
    assert model.predict(np.array([[2**24]]), verbose=0) == 1
    with pytest.raises(ValueError, match="float32 has whole numbers to 16777216 only, and x has 16777217"):
        model.predict(np.array([[2**24 + 1]]), verbose=0)


def test_what_a_lookup_learns_from_is_as_much_as_steps_say_and_something():
    layer = layers.Discretization(num_bins=2)
    layer.adapt([np.arange(10.0), np.arange(100.0, 110.0)], steps=1)
    assert layer.bin_boundaries == [4.0]
    with pytest.raises(ValueError, match="received no data"):
        layers.StringLookup().adapt([])
    assert layers.StringLookup(vocabulary=["a"], dtype="int64")([["a"]]).tolist() == [[1]]
