"""`Masking`, and padding that reaches the loss: whose steps and rows are left out, as in Keras, and where."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import assert_parity, keras, precision
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import Masking

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's, from NumPy 2
    pytest.mark.filterwarnings("ignore:Layer '.*was passed an input with a mask"),  # Keras's
]

RNG = np.random.default_rng(0)
X = np.where(RNG.random((18, 4, 1)) < 0.4, -1.0, RNG.normal(size=(18, 4, 3)))
X[:, 0], X[0, 1], X[1, 2] = 1.0, (-1.0, -1.0, 0.0), 0.0
WORDS = RNG.integers(1, 7, (18, 4)) * (np.arange(4) < np.arange(18)[:, None] % 4 + 1)
VECTORS = np.where(np.arange(18)[:, None] % 3 == 1, 0.0, RNG.normal(size=(18, 3)))
OF_SAMPLES, OF_STEPS = RNG.normal(size=(18, 2)), RNG.normal(size=(18, 4, 2))
WEIGHTS = RNG.random((18, 4))


def users(k):
    class Doubled(k.layers.Layer):
        supports_masking = True

        def __init__(self, **options):
            super().__init__(**options)
            self.supports_masking = True

        def call(self, x):
            return 2.0 * x

    class Scaled(Doubled):
        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1],), initializer="ones", name="w")

        def call(self, x):
            return x * self.w

    class Silent(k.layers.Layer):
        def call(self, x):
            return 2.0 * x

    return Doubled, Scaled, Silent


@pytest.mark.parametrize("number", range(3))
def test_padding_passes_a_users_layer_that_says_that_it_supports_it(number):
    def model(k):
        found = k.Sequential([k.Input((4, 3)), k.layers.Masking(-1.0), users(k)[number](), k.layers.Dense(2)])
        found.compile(k.optimizers.SGD(0.05), "mse")
        return found

    assert_parity(model, X, OF_STEPS, batch_size=7, epochs=2)


#: What stands behind the input: samples, targets, layers, and the loop that runs it.
STACKS = {
    "a mean over steps": (
        X,
        OF_SAMPLES,
        lambda ls: [ls.Masking(-1.0), ls.Dense(3, "tanh"), ls.GlobalAveragePooling1D(), ls.Dense(2)],
        "compiled",
    ),
    "steps out of a vector": (
        X.reshape(18, 12),
        OF_SAMPLES,
        lambda ls: [ls.Reshape((4, 3)), ls.Masking(-1.0), ls.GlobalAveragePooling1D(), ls.Dense(2)],
        "compiled",
    ),
    "laid flat": (X, OF_SAMPLES, lambda ls: [ls.Masking(-1.0), ls.Dense(3), ls.Flatten(), ls.Dense(2)], "compiled"),
    "behind a layer": (
        X,
        OF_SAMPLES,
        lambda ls: [ls.Dense(3, "relu"), ls.Masking(), ls.Dense(2), ls.GlobalAveragePooling1D()],
        "layers",
    ),
    "twice": (
        X,
        OF_SAMPLES,
        lambda ls: [ls.Masking(-1.0), ls.Rescaling(2.0), ls.Masking(2.0), ls.GlobalAveragePooling1D(), ls.Dense(2)],
        "layers",
    ),
    "in the loss": (X, OF_STEPS, lambda ls: [ls.Masking(-1.0), ls.Dense(3, "tanh"), ls.Dense(2)], "layers"),
    "words in the loss": (
        WORDS,
        OF_STEPS,
        lambda ls: [ls.Embedding(7, 3, mask_zero=True), ls.LayerNormalization(), ls.Dense(2)],
        "layers",
    ),
    "whole samples": (VECTORS, OF_SAMPLES, lambda ls: [ls.Masking(), ls.Dense(3, "tanh"), ls.Dense(2)], "layers"),
    "probabilities": (
        X,
        np.eye(2)[RNG.integers(0, 2, (18, 4))],
        lambda ls: [ls.Masking(-1.0), ls.Dense(2, "softmax")],
        "layers",
    ),
}


def compiled(k, name, **options):
    x, _, layers, _ = STACKS[name]
    model = k.Sequential([k.Input(x.shape[1:]), *layers(k.layers)])
    loss = k.losses.CategoricalCrossentropy if name == "probabilities" else k.losses.MeanSquaredError
    model.compile(k.optimizers.SGD(0.05), loss(**options))
    return model


@pytest.mark.parametrize("name", STACKS)
def test_padding_is_left_out_as_in_keras(name):
    x, y, _, loop = STACKS[name]
    assert_parity(lambda k: compiled(k, name), x, y, batch_size=7, epochs=2)
    assert compiled(tinynet, name).explain_plan().startswith(f"loop:    {loop if COMPILED else 'layers'}")


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_what_is_left_of_a_batch_is_reduced_as_in_keras(reduction, weights):
    def build(k):
        return compiled(k, "in the loss", reduction=reduction)

    assert_parity(build, X, OF_STEPS, batch_size=7, epochs=2, loops=["layers"], sample_weight=weights)


def test_metrics_that_are_means_leave_out_padding_in_training_and_evaluation():
    """Keras on JAX leaves it out in evaluation alone: in training the mask is lost on the way to the metrics."""
    with precision("float64"):
        found, weights = [], None
        for k in (tinynet, keras()):
            model = compiled(k, "in the loss")
            model.compile("sgd", "mse", metrics=["mae", k.metrics.RootMeanSquaredError()], weighted_metrics=["mse"])
            weights = model.get_weights() if weights is None else weights
            model.set_weights(weights)
            found.append(
                [model.evaluate(X, OF_STEPS, batch_size=7, verbose=0, sample_weight=w) for w in (None, WEIGHTS)]
            )
            if k is tinynet:
                trained = model.train_on_batch(X, OF_STEPS)
                model.set_weights(weights)
                np.testing.assert_allclose(trained, model.evaluate(X, OF_STEPS, batch_size=18, verbose=0), 1e-6)
    np.testing.assert_allclose(*found, 1e-6)


def two_inputs(k):
    first, second = k.Input((4, 3), name="first"), k.Input((4,), name="second")
    words = k.layers.Embedding(7, 3, mask_zero=True)(second)
    both = k.layers.add([k.layers.Masking(-1.0)(first), words])
    pool = k.layers.GlobalAveragePooling1D()
    outputs = [
        k.layers.Dense(2, name="steps")(both),
        k.layers.Dense(2, name="means")(k.layers.add([pool(both), pool(words)])),
    ]
    model = k.Model([first, second], outputs)
    model.compile(k.optimizers.SGD(0.05), ["mse", "mae"], loss_weights=[0.5, 2.0])
    return model


def test_each_of_several_outputs_has_its_own_padding():
    with precision("float64"):
        runs, weights = [], None
        for k in (tinynet, keras()):
            model = two_inputs(k)
            weights = [RNG.normal(size=w.shape) for w in model.get_weights()] if weights is None else weights
            model.set_weights(weights)
            run = model.fit([X, WORDS], [OF_STEPS, OF_SAMPLES], batch_size=7, epochs=2, shuffle=False, verbose=0)
            runs.append([*run.history.values(), *model.get_weights(), *model.predict([X, WORDS], verbose=0)])
    for ours, theirs in zip(*runs, strict=True):
        np.testing.assert_allclose(ours, theirs, 1e-6, 1e-6)


def test_a_batch_of_nothing_but_padding_has_no_loss():
    model = compiled(tinynet, "in the loss")
    assert model.evaluate(np.full((2, 4, 3), -1.0), OF_STEPS[:2], verbose=0) == 0.0


@pytest.mark.parametrize("value", [0.0, -1.0, 0.1])
def test_it_computes_what_keras_computes(value):
    x = np.where(RNG.random((3, 4, 2)) < 0.6, value, 5.0).astype("float32")
    x[0, 0] = np.nan
    ours, theirs = Masking(value), keras().layers.Masking(value)
    np.testing.assert_array_equal(ours(x), np.asarray(theirs(x)))
    np.testing.assert_array_equal(ours.compute_mask(x), np.asarray(theirs.compute_mask(x)))
    assert ours.supports_masking
    np.testing.assert_array_equal(Masking.from_config(ours.get_config())(x), ours(x))


def test_what_is_padding_has_no_gradient():
    layer = Masking(-1.0, dtype="float64")
    layer(X[:2], training=True)
    dx = layer.backward(np.ones_like(X[:2]))
    np.testing.assert_array_equal(dx, np.ones_like(dx) * (X[:2] != -1).any(axis=-1, keepdims=True))


def test_what_it_refuses():
    for value in (None, "0", np.nan, [1.0]):
        with pytest.raises(ValueError, match="`mask_value` must be a number"):
            Masking(value)
    with pytest.raises(ValueError, match="at least one axis"):
        Masking()(np.ones(3))


def test_padding_of_another_length_than_the_steps_is_refused():
    model = tinynet.Sequential(
        [tinynet.Input((4, 3)), Masking(-1.0), tinynet.layers.GlobalAveragePooling1D("channels_first")]
    )
    with pytest.raises(ValueError, match="expected padding of 3 steps"):
        model.predict(X, verbose=0)


@pytest.mark.parametrize("name", ["a mean over steps", "in the loss", "whole samples"])
def test_gradients_agree_with_differences(name):
    tinynet.backend.set_floatx("float64")
    try:
        x, y, _, loop = STACKS[name]
        model = compiled(tinynet, name)
        model.gradient_check(x, y).require()
        if loop == "compiled":
            assert "m = 0" in str(model.trace(x, y))
        else:
            with pytest.raises(ValueError, match="the loss leaves out padding"):
                model.trace(x, y)
    finally:
        tinynet.backend.set_floatx("float32")


def test_files_of_keras_hold_it(tmp_path):
    ours, theirs = (compiled(k, "a mean over steps") for k in (tinynet, keras()))
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    for path, model in (("ours", ours), ("theirs", theirs)):
        for k in (tinynet, keras()):
            found = k.models.load_model(tmp_path / f"{path}.keras").predict(X, verbose=0)
            np.testing.assert_allclose(found, model.predict(X, verbose=0), 1e-5, 1e-6)
