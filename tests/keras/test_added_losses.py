"""What users' layers add to the loss: by `add_loss` in their `call`, and by an `activity_regularizer`; as in Keras."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import assert_parity, keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(18, 4)), RNG.normal(size=(18, 2))


def operations(k):
    return np if k is tinynet else k.ops


def classes(k):
    """Return layers of a user's, written for Keras or for tinynet by the same lines."""
    ops = operations(k)

    class Small(k.layers.Layer):
        """Has nothing to learn."""

        def call(self, x):
            self.add_loss(0.1 * ops.mean(ops.square(x)))
            return x

    class Sums(k.layers.Layer):
        """Adds an array, and two numbers at once."""

        def call(self, x):
            self.add_loss([0.01 * ops.abs(x), 0.02 * ops.sum(x * x)])
            return 2.0 * x

    class Scaled(k.layers.Layer):
        """Has weights of its own, one of which only its loss depends on."""

        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")
            self.aim = self.add_weight(shape=(shape[-1],), initializer="zeros", name="aim")

        def call(self, x):
            self.add_loss(0.3 * ops.mean(ops.square(x * self.scale - self.aim)))
            return x * self.scale

    class Apart(k.layers.Layer):
        """Takes two inputs."""

        def call(self, inputs):
            a, b = inputs
            self.add_loss(0.2 * ops.mean(a * b))
            return a + b

    class ApartScaled(k.layers.Layer):
        """Takes two inputs, and has a weight."""

        def build(self, shape):
            self.share = self.add_weight(shape=(), initializer="ones", name="share")

        def call(self, inputs):
            a, b = inputs
            self.add_loss(0.2 * self.share * ops.mean(a * b))
            return a + self.share * b

    return {cls.__name__: cls for cls in (Small, Sums, Scaled, Apart, ApartScaled)}


def model_of(k, name, **options):
    layer = classes(k)[name](**options)
    x = k.Input((4,))
    hidden = k.layers.Dense(3, activation="tanh")(x)
    if name.startswith("Apart"):
        found = layer([hidden, k.layers.Dense(3)(x)])
        model = k.Model(x, k.layers.Dense(2)(found))
    else:
        model = k.Sequential([k.Input((4,)), k.layers.Dense(3, activation="tanh"), layer, k.layers.Dense(2)])
    model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
    return model


@pytest.mark.parametrize("name", classes(tinynet))
def test_what_a_call_adds_counts_in_the_loss_and_its_gradient_as_in_keras(name):
    assert_parity(lambda k: model_of(k, name), X, Y, batch_size=7, epochs=2, validation_data=(X[:5], Y[:5]))


@pytest.mark.parametrize("name", classes(tinynet))
def test_the_penalty_of_a_layer_of_one_s_own_counts_as_in_keras(name):
    assert_parity(lambda k: model_of(k, name, activity_regularizer="l2"), X, Y, batch_size=7, epochs=2)


@pytest.mark.parametrize("name", ["Small", "Sums", "Scaled"])
def test_the_losses_of_the_last_call_are_kept_as_in_keras(name):
    ours, theirs = (classes(k)[name](activity_regularizer="l1") for k in (tinynet, keras()))
    for x in (X.astype("float32"), X[:3].astype("float32")):
        ours(x), theirs(x)
        expected = [float(np.sum(np.asarray(each))) for each in theirs.losses]
        np.testing.assert_allclose(sorted(ours.losses), sorted(expected), 1e-5)


@pytest.mark.parametrize("name", classes(tinynet))
def test_gradients_agree_with_differences(name):
    tinynet.backend.set_floatx("float64")
    try:
        model_of(tinynet, name).gradient_check(X, Y).require()
    finally:
        tinynet.backend.set_floatx("float32")


def chained(k):
    class Chain(k.layers.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.first, self.last = k.layers.Dense(3, activation="tanh"), k.layers.Dense(3)

        def call(self, x):
            return self.last(self.first(x))

    model = k.Sequential([k.Input((4,)), Chain(activity_regularizer="l2"), k.layers.Dense(2)])
    model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
    return model


def test_the_penalty_of_a_layer_that_chains_others_counts_as_in_keras(tmp_path):
    assert_parity(chained, X, Y, batch_size=7, epochs=2)
    model = chained(tinynet)
    model.save(tmp_path / "model.keras")
    chain = type(model.layers[0])
    read = tinynet.models.load_model(tmp_path / "model.keras", custom_objects={"Chain": chain})
    assert read.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_predictions_and_the_shape_are_as_without():
    model = model_of(tinynet, "Sums")
    plain = tinynet.Sequential([tinynet.Input((4,)), tinynet.layers.Dense(3, "tanh"), tinynet.layers.Dense(2)])
    kernel, bias, *rest = model.get_weights()
    plain.set_weights([kernel, bias, 2 * rest[0], rest[1]])
    np.testing.assert_allclose(model.predict(X, verbose=0), plain.predict(X, verbose=0), 1e-5)


def test_a_model_tells_what_its_layers_added_last():
    model = model_of(tinynet, "Small")
    hidden = tinynet.Sequential(model.layers[:1]).predict(X, verbose=0)
    model.predict(X, verbose=0)
    np.testing.assert_allclose(model.losses, [0.1 * np.square(hidden).mean()], 1e-5)
