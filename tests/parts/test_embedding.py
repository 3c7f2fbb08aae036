"""Embedding and CategoryEncoding: which numbers they take, and what is refused before anything changes."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import (
    CategoryEncoding,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Multiply,
    Reshape,
)
from tinynet.training import preparation
from tinynet.training.layer_loop import LayerLoop


def network(*layers):
    model = tinynet.Sequential([*layers, Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


def test_a_model_of_numbered_words_trains_in_the_compiled_loop_before_its_shape_is_said():
    model = network(Embedding(50, 4), GlobalAveragePooling1D())
    x = np.random.default_rng(0).integers(0, 50, (40, 6))
    y = x.mean(axis=1) > 25
    losses = model.fit(x, y, epochs=20, batch_size=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert "compiled" in model.explain_plan() or not COMPILED
    assert model.layers[0](x[:, :3]).shape == (40, 3, 4)


@pytest.mark.parametrize("loop", ["compiled", "layer"])
def test_rows_beyond_the_halves_of_float32_are_found_and_trained(loop):
    words = 2**23 + 6
    x = np.array([[words - 1], [words - 2], [words - 3]])
    model = tinynet.Sequential([Embedding(words, 1, embeddings_initializer="zeros"), Flatten()])
    model.compile(tinynet.optimizers.SGD(1.5), "mse", run_eagerly=loop == "layer")
    model.fit(x, [1.0, 2.0, 3.0], batch_size=3, verbose=0)  # each moves by -(w - y)
    assert model.predict(x, verbose=0).tolist() == [[1.0], [2.0], [3.0]]
    assert np.count_nonzero(model.layers[0].embeddings) == 3


def test_the_old_length_of_samples_builds_the_model():
    model = network(Embedding(50, 4, input_length=6), Flatten())
    assert model.layers[0].embeddings.shape == (50, 4)
    assert model.output_shape == (None, 1)


@pytest.mark.parametrize("given", [np.arange(6).reshape(3, 2), [np.arange(6).reshape(3, 2)]], ids=["matrix", "list"])
def test_vectors_may_be_given(given):
    layer = Embedding(3, 2, weights=given, trainable=False)
    np.testing.assert_array_equal(layer([[2, 0]]), [[[4, 5], [0, 1]]])
    assert not {"weights", "input_length"} & layer.get_config().keys()
    with pytest.raises(ValueError, match=r"`weights` must be of shape \(3, 2\).*\(2, 3\)"):
        Embedding(3, 2, weights=np.ones((2, 3)))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[0, 9]], "whole numbers from 0 to 8. Received: x holds 9, the largest. Make the layer for 10, or"),
        ([[0, -1]], "x holds -1, the smallest"),
        ([[0, 1.5]], "holds others.*must not be scaled"),
        ([[0, np.nan]], "holds others"),
    ],
)
@pytest.mark.parametrize("below", [[], [Reshape((2,), input_shape=(2, 1))]], ids=["first", "behind a Reshape"])
def test_numbers_of_no_words_are_refused_at_every_door_before_anything_changes(x, message, below):
    model = network(*below, Embedding(9, 2), Flatten())
    good = np.array([[0, 8]], np.float32)
    model.fit(good, [1], verbose=0)
    model(good)  # what predicts quickly must not let others through
    weights = model.get_weights()
    bad = np.array(x, np.float32)
    for call in (model.predict, model, lambda x: model.fit(x, [1]), lambda x: model.evaluate(x, [1])):
        with pytest.raises(ValueError, match=message):
            call(bad)
    with pytest.raises(ValueError, match=message.replace("x holds", "validation x holds").replace("holds", ".*holds")):
        model.fit(good, [1], validation_data=(bad, [1]), verbose=0)
    with pytest.raises(ValueError, match=message):
        Embedding(9, 2)(bad)
    assert_same_weights(model.get_weights(), weights)


@pytest.mark.parametrize("compiled", [True, False])
def test_numbers_that_other_layers_made_name_the_nearest_word_and_none_outside(compiled):
    model = tinynet.Sequential([Dense(1, kernel_initializer="ones", input_shape=(1,)), Embedding(3, 2), Flatten()])
    model.compile("sgd", "mse", compiled=compiled)
    found = model.predict(np.array([[1.4], [1.6], [-1], [3], [np.nan]]), verbose=0)
    np.testing.assert_array_equal(found[:2], model.layers[1].embeddings[1:])
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 2), "`input_dim` must be a positive integer"),
        ((3, 2.5), "`output_dim` must be a positive integer"),
    ],
)
def test_sizes_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Embedding(*arguments)


@pytest.mark.parametrize(
    ("mode", "shape", "expected"),
    [
        ("multi_hot", (2, 2), [[1, 1, 0, 0], [0, 0, 0, 1]]),
        ("binary", (2, 1, 2), [[[1, 1, 0, 0]], [[0, 0, 0, 1]]]),
        ("count", (2, 2), [[1, 1, 0, 0], [0, 0, 0, 2]]),
        ("one_hot", (4, 1), np.eye(4)[[0, 1, 3, 3]]),
        ("one_hot", (2, 2), np.eye(4)[[[0, 1], [3, 3]]]),
        ("one_hot", (4,), np.eye(4)[[0, 1, 3, 3]]),
    ],
)
def test_categories_become_columns(mode, shape, expected):
    layer, x = CategoryEncoding(4, mode), np.array([0, 1, 3, 3]).reshape(shape)
    found = layer(x)
    np.testing.assert_array_equal(found, expected)
    assert layer.output_shape[1:] == found.shape[1:]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CategoryEncoding(), "num_tokens must be set"),
        (lambda: CategoryEncoding(3, "int"), "Unknown arg for output_mode: 'int'"),
        (lambda: CategoryEncoding(3, sparse=True), "TensorFlow backend"),
        (lambda: CategoryEncoding(3)([1, 2]), "at least one axis"),
        (lambda: CategoryEncoding(3)([[3]]), "whole numbers from 0 to 2. Received: x holds 3"),
    ],
)
def test_what_cannot_be_encoded_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_padding_that_cannot_be_left_out_is_refused_before_anything_changes():
    x = tinynet.Input((3,))
    words = Embedding(9, 2, mask_zero=True)(x)
    model = tinynet.Model(x, Flatten()(Multiply()([words, words])))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="leave out padding"):
        model.fit(np.ones((4, 3)), np.ones((4, 6)), verbose=0)


def test_a_sample_of_padding_alone_has_no_mean():
    model = network(Embedding(9, 2, mask_zero=True), GlobalAveragePooling1D())
    for compiled in (True, False):
        model.compile("sgd", "binary_crossentropy", compiled=compiled)
        found = model.predict(np.array([[0, 0], [1, 0]]), verbose=0)
        np.testing.assert_array_equal(np.isnan(found), [[True], [False]])


def test_what_only_keras_has_is_refused():
    with pytest.raises(ValueError, match="no `lora_rank`"):
        Embedding(3, 2, lora_rank=4)
    with pytest.raises(ValueError, match="float32 has whole numbers to 16777216 only"):
        Embedding(2**24 + 1, 1)([[1]])


def test_words_beside_other_inputs_are_checked_as_well():
    words, numbers = tinynet.Input((3,)), tinynet.Input((2,))
    beside = tinynet.layers.Concatenate()([Dense(2)(numbers), Flatten()(Embedding(9, 2)(words))])
    model = tinynet.Model([numbers, words], Dense(1)(beside))
    model.compile("sgd", "mse")
    x = [np.full((4, 2), 0.5), np.full((4, 3), 8)]
    model.fit(x, np.ones(4), verbose=0)
    with pytest.raises(ValueError, match="x holds 9, the largest"):
        model.predict([x[0], x[1] + 1], verbose=0)


class Failing(tinynet.layers.Layer):
    """Raises in its forward pass."""

    def forward(self, x, training=False):
        raise ArithmeticError("not today")

    def backward(self, dy):
        return dy


def test_what_is_padding_is_forgotten_where_a_layer_raises():
    words, pool = Embedding(9, 2, mask_zero=True), GlobalAveragePooling1D()
    model = tinynet.Sequential([tinynet.Input((3,)), words, pool, Failing()])
    model.build((None, 3))
    layers = LayerLoop(preparation.network_of(model, (3,)))
    with pytest.raises(ArithmeticError, match="not today"):
        layers.forward(np.zeros((2, 3), np.float32), training=False)
    np.testing.assert_array_equal(pool(np.ones((1, 3, 2))), [[1, 1]])


def test_given_vectors_are_there_at_once():
    layer = Embedding(3, 2, weights=[np.ones((3, 2))])
    np.testing.assert_array_equal(layer.embeddings, np.ones((3, 2)))
    for length in (4, 5):
        model = tinynet.Sequential([Embedding(3, 2, weights=np.ones((3, 2))), GlobalAveragePooling1D()])
        assert model.predict(np.zeros((2, length)), verbose=0).tolist() == [[1, 1], [1, 1]]
