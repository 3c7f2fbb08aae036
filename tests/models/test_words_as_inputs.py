"""Words as a model's input: the layer that takes them first makes numbers of them, however the model is made."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.layers import Dense, Embedding, GlobalAveragePooling1D, Hashing, StringLookup, TextVectorization

WORDS = np.array([["a b"], ["b"], ["c a a"]])
Y = np.ones((3, 1))
KNOWN = ["a", "b"]

FIRST = {
    "a lookup": lambda: [StringLookup(vocabulary=KNOWN, output_mode="multi_hot")],
    "bins": lambda: [Hashing(5, output_mode="one_hot")],
    "texts as rows of words": lambda: [TextVectorization(output_mode="multi_hot", vocabulary=KNOWN)],
    "texts of one length": lambda: [
        TextVectorization(vocabulary=KNOWN, output_sequence_length=4), Embedding(5, 2), GlobalAveragePooling1D(),
    ],
    "texts of any length": lambda: [
        TextVectorization(vocabulary=KNOWN), Embedding(5, 2), GlobalAveragePooling1D(),
    ],
}  # fmt: skip


def stacked(layers):
    return tinynet.Sequential(layers)


def stacked_on_an_input(layers):
    return tinynet.Sequential([tinynet.Input((1,), dtype="string"), *layers])


def of_tensors(layers):
    inputs = value = tinynet.Input((1,), dtype="string")
    for layer in layers:
        value = layer(value)
    return tinynet.Model(inputs, value)


def of_a_class(layers):
    class Chain(tinynet.Model):
        def __init__(self):
            super().__init__()
            self.chain = layers

        def call(self, x):
            for layer in self.chain:
                x = layer(x)
            return x

    return Chain()


@pytest.mark.parametrize("shape", [(), (1,)])
@pytest.mark.parametrize("name", FIRST)
def test_a_stack_that_begins_with_words_is_built_at_once_and_knows_its_shapes(name, shape):
    layers = FIRST[name]()
    if shape == () and name == "a lookup":
        pytest.skip("rows of words are for samples with an axis")
    model = tinynet.Sequential([tinynet.Input(shape, dtype="string"), *layers, Dense(2)])
    assert model.built
    assert model.input_shape == (None, *shape)
    assert model.output_shape == (None, 2)
    assert model.count_params() == sum(w.size for w in model.get_weights()) > 0
    assert model.predict(WORDS.reshape(3, *shape), verbose=0).shape == (3, 2)
    again = tinynet.models.model_from_json(model.to_json())
    assert again.get_config() == model.get_config()
    assert model.get_config()["layers"][0]["config"]["dtype"] == "string"


@pytest.mark.parametrize(("made", "shape"), [(TextVectorization, ()), (TextVectorization, (1,)), (StringLookup, (1,))])
def test_a_stack_whose_words_are_learnt_later_waits_for_that(made, shape):
    first = made(output_mode="multi_hot")
    model = tinynet.Sequential([tinynet.Input(shape, dtype="string"), first, Dense(2)])
    assert not model.built
    assert not tinynet.models.clone_model(model).built
    first.adapt(WORDS)
    assert model.predict(WORDS, verbose=0).shape == (3, 2)
    assert model.built


@pytest.mark.parametrize("shape", [(), (1,), (2,)])
@pytest.mark.parametrize("first", [
    lambda: tinynet.layers.IntegerLookup(vocabulary=[1, 2, 3]),
    lambda: StringLookup(vocabulary=["1", "2", "3"]),
    lambda: Hashing(4),
    lambda: tinynet.layers.Discretization([1.5, 2.5]),
    lambda: None,
])  # fmt: skip
@pytest.mark.parametrize("given", [True, False])
def test_an_embedding_of_looked_up_values_has_one_more_axis(first, shape, given):
    layer = first()
    values = np.ones(shape, np.int64) * np.arange(1, 4).reshape(3, *[1] * len(shape))
    is_text = isinstance(layer, StringLookup)
    values = values.astype(str) if is_text else values
    begin = [tinynet.Input(shape, dtype="string" if is_text else "int64")] if given else []
    model = tinynet.Sequential([*begin, *([layer] if layer else []), Embedding(5, 32)])
    assert model(values).shape == model.predict(values, verbose=0).shape == (3, *shape, 32)
    assert model.output_shape == (None, *shape, 32)


@pytest.mark.parametrize("way", [stacked, stacked_on_an_input, of_tensors, of_a_class])
@pytest.mark.parametrize("name", FIRST)
def test_every_way_to_make_a_model_takes_words_in_columns_and_lists(name, way):
    found = []
    for x in (WORDS, WORDS[:, 0], WORDS.tolist(), WORDS[:, 0].tolist()):
        tinynet.set_random_seed(0)
        model = way([*FIRST[name](), Dense(1)])
        model.compile("sgd", "mse")
        losses = model.fit(x, Y, epochs=2, verbose=0).history["loss"]
        assert model.evaluate(x, Y, verbose=0) < losses[0]
        np.testing.assert_allclose(model(x), model.predict(x, verbose=0), rtol=1e-6)
        found.append(losses)
    np.testing.assert_allclose(found, [found[0]] * 4, rtol=1e-6)


@pytest.mark.parametrize("way", [stacked, of_tensors, of_a_class])
def test_texts_of_other_lengths_may_follow(way):
    model = way([*FIRST["texts of any length"](), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(WORDS, Y, verbose=0)
    assert model.predict(np.array([["a b b a a"], ["b"]]), verbose=0).shape == (2, 1)
    assert model.predict(np.array([["a"]]), verbose=0).shape == (1, 1)
