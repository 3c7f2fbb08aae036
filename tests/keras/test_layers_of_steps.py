"""Layers for samples of several steps: every training step as in Keras, in both loops, and files in both directions."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.parity import assert_parity, keras
from tinynet.kernels.machine.jit import COMPILED

pytestmark = [  # Keras's, from NumPy 2 and JAX
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings(r"ignore:[\s\S]*one_hot input should be integer-typed:DeprecationWarning"),
]

#: What stands between a Dense layer over steps and the last one.
MIDDLES = {
    "reshape": lambda k: [k.layers.Reshape((2, -1)), k.layers.Dense(2), k.layers.Reshape((-1,))],
    "permute and repeat": lambda k: [
        *(k.layers.Permute((2, 1)), k.layers.Dense(2), k.layers.Permute((2, 1)), k.layers.Activation("softmax")),
        *(k.layers.Flatten(), k.layers.RepeatVector(3), k.layers.Dense(2)),
    ],
    "average": lambda k: [k.layers.GlobalAveragePooling1D()],
    "average, axis kept": lambda k: [k.layers.GlobalAvgPool1D(keepdims=True), k.layers.Flatten()],
    "average, features first": lambda k: [k.layers.GlobalAveragePooling1D("channels_first")],
    "average, both": lambda k: [k.layers.GlobalAveragePooling1D("channels_first", True), k.layers.Reshape((4,))],
    "max": lambda k: [k.layers.GlobalMaxPooling1D()],
    "max of ties": lambda k: [k.layers.ReLU(), k.layers.GlobalMaxPool1D()],
    "max, axis kept": lambda k: [k.layers.GlobalMaxPooling1D(keepdims=True), k.layers.Activation("softmax")],
    "max, both": lambda k: [k.layers.GlobalMaxPooling1D("channels_first", True), k.layers.Flatten()],
}


def network(k, middle, optimizer="SGD"):
    layers = [k.layers.Dense(6, activation="tanh"), *MIDDLES[middle](k), k.layers.Flatten(), k.layers.Dense(3)]
    model = k.Sequential([k.Input((4, 5)), *layers])
    model.compile(getattr(k.optimizers, optimizer)(0.05), k.losses.MeanSquaredError())
    return model


def words(k, options, top="GlobalAveragePooling1D", optimizer="SGD"):
    layers = [k.layers.Embedding(9, 3, **options), getattr(k.layers, top)(), k.layers.Dense(3)]
    model = k.Sequential([k.Input((4,)), *layers])
    model.compile(getattr(k.optimizers, optimizer)(0.05), k.losses.MeanSquaredError())
    return model


def encoded(k, mode):
    layers = [k.layers.CategoryEncoding(9, output_mode=mode), k.layers.Flatten(), k.layers.Dense(3)]
    model = k.Sequential([k.Input((4,)), *layers])
    model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
    return model


def data(n=21):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 4, 5)), rng.normal(size=(n, 3))


@pytest.mark.parametrize("middle", MIDDLES)
def test_every_step_is_as_in_keras(middle):
    x, y = data()
    assert_parity(lambda k: network(k, middle), x, y, batch_size=8, epochs=2)


def test_features_may_come_first_in_a_row():
    def build(k):
        layers = [k.layers.Dense(6, activation="tanh"), k.layers.Flatten("channels_first"), k.layers.Dense(3)]
        model = k.Sequential([k.Input((4, 5)), *layers])
        model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
        return model

    assert_parity(build, *data(), batch_size=8, epochs=2)
    assert "moves an axis" in build(tinynet).explain_plan() or not COMPILED


@pytest.mark.parametrize("middle", ["average", "max of ties"])
def test_fifty_steps_with_adam_are_as_in_keras(middle):
    x, y = data(40)
    assert_parity(lambda k: network(k, middle, "Adam"), x, y, batch_size=8, epochs=10, conditioned=True)


@pytest.mark.parametrize(
    ("options", "top"),
    [
        ({}, "GlobalAveragePooling1D"),
        ({"embeddings_regularizer": "l2", "embeddings_constraint": "max_norm"}, "GlobalMaxPooling1D"),
        ({"trainable": False}, "Flatten"),
    ],
)
def test_words_are_looked_up_and_trained_as_in_keras(options, top):
    _, y = data()
    x = np.random.default_rng(1).integers(0, 9, (21, 4))
    assert_parity(lambda k: words(k, options, top), x, y, batch_size=8, epochs=2)


PADDED = {
    "at once": lambda k: [k.layers.GlobalAveragePooling1D()],
    "behind others": lambda k: [k.layers.Dense(4, activation="tanh"), k.layers.GlobalAveragePooling1D(keepdims=True)],
    "not behind Reshape": lambda k: [k.layers.Reshape((2, 6)), k.layers.GlobalAveragePooling1D()],
    "not by the maximum": lambda k: [k.layers.GlobalMaxPooling1D()],
}


@pytest.mark.filterwarnings("ignore:Layer '.*was passed an input with a mask")  # Keras's
@pytest.mark.parametrize("name", PADDED)
def test_padding_is_left_out_as_in_keras(name):
    def build(k):
        layers = [k.layers.Embedding(9, 3, mask_zero=True), *PADDED[name](k), k.layers.Flatten(), k.layers.Dense(3)]
        model = k.Sequential([k.Input((4,)), *layers])
        model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
        return model

    _, y = data()
    x = np.random.default_rng(1).integers(1, 9, (21, 4)) * (np.arange(4) < np.arange(21)[:, None] % 4 + 1)
    assert_parity(build, x, y, batch_size=8, epochs=2, validation_data=(x[:5], y[:5]))


@pytest.mark.parametrize("mode", ["multi_hot", "one_hot", "count"])
def test_categories_become_columns_as_in_keras(mode):
    _, y = data()
    x = np.random.default_rng(1).integers(0, 9, (21, 4))
    assert_parity(lambda k: encoded(k, mode), x, y, batch_size=8, epochs=2)


@pytest.mark.parametrize("optimizer", ["RMSprop", "Adam"])
def test_fifty_steps_over_words_are_as_in_keras(optimizer):
    _, y = data(40)
    x = np.random.default_rng(1).integers(0, 9, (40, 4))
    assert_parity(lambda k: words(k, {}, "Flatten", optimizer), x, y, batch_size=8, epochs=10, conditioned=True)


def models():
    """Yield each of the networks, with samples and targets for it."""
    x, y = data(5)
    for middle in MIDDLES:
        yield network(tinynet, middle), x, y
    numbers = np.random.default_rng(1).integers(0, 9, (5, 4))
    yield words(tinynet, {}), numbers, y
    yield words(tinynet, {"mask_zero": True}), np.maximum(numbers, 1) * [1, 1, 1, 0], y
    for mode in ("multi_hot", "one_hot", "count"):
        yield encoded(tinynet, mode), numbers, y


def test_gradients_and_the_trace_agree_with_the_step():
    tinynet.backend.set_floatx("float64")
    for model, x, y in models():
        model.compile("sgd", "mse", compiled=False)
        model.gradient_check(x, y).require()
        trace = model.trace(x, y)
        assert "user-written" not in str(trace)
        model.train_on_batch(x, y)
        for traced, trained in zip(trace.weights_after, model.get_weights(), strict=True):
            np.testing.assert_array_equal(traced, trained)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_files_go_both_ways(ending, tmp_path):
    vectors, _ = data(6)
    numbers = np.random.default_rng(1).integers(0, 9, (6, 4))
    builds = [(lambda k, middle=middle: network(k, middle), vectors) for middle in MIDDLES]
    with without_compiling():
        k = keras()
        for one, other in ((tinynet, k), (k, tinynet)):
            of_numbers = [lambda k: words(k, {"embeddings_regularizer": "l2"}), lambda k: encoded(k, "count")]
            for build, x in [*builds, *((build, numbers) for build in of_numbers)]:
                model = build(one)
                model.save(tmp_path / f"m{ending}")
                again = other.models.load_model(tmp_path / f"m{ending}")
                for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
                    np.testing.assert_array_equal(a, b)
                expected, got = (np.asarray(m.predict_on_batch(x)) for m in (model, again))
                np.testing.assert_allclose(got, expected, atol=1e-6)
