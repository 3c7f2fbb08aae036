"""`add_loss` in a user's `call`: counted in every step, evaluation and `losses`, and differentiated, as in Keras."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(20, 3)).astype("float32"), RNG.normal(size=(20, 1)).astype("float32")


def classes(k):
    """Return layers that add to the loss: a function, one of two inputs, one with a weight, one that calls another."""
    ops = np if k is tinynet else k.ops

    class Small(k.layers.Layer):
        def call(self, x):
            self.add_loss(0.1 * ops.mean(ops.square(x)))
            return x

    class Latent(k.layers.Layer):
        def call(self, inputs):
            mean, log = inputs
            self.add_loss(-0.05 * ops.mean(ops.sum(1 + log - mean**2 - ops.exp(log), axis=-1)))
            return mean + ops.exp(0.5 * log) * 0.3

    class Scale(k.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(name="w", shape=(input_shape[-1],), initializer="ones")

        def call(self, x):
            self.add_loss(0.01 * ops.sum(self.w**2))
            self.add_loss(0.02 * x * self.w)  # of which the sum counts
            return x * self.w

    return Small, Latent, Scale


def stacked(k):
    small, _, scale = classes(k)
    layers = k.layers
    return k.Sequential([k.Input((3,)), layers.Dense(4, "tanh"), small(), layers.Dense(2), scale(), layers.Dense(1)])


def first(k):
    small, _, scale = classes(k)
    return k.Sequential([k.Input((3,)), small(), scale(), k.layers.Dense(1), small()])


def branched(k):
    small, latent, scale = classes(k)
    inputs = k.Input((3,))
    hidden = small()(k.layers.Dense(4, "tanh")(inputs))
    code = latent()([k.layers.Dense(2)(hidden), k.layers.Dense(2)(hidden)])
    return k.Model(inputs, k.layers.Dense(1)(scale()(code)))


BUILDS = [stacked, first, branched]


@pytest.mark.parametrize("build", BUILDS)
def test_what_a_call_adds_to_the_loss_trains_as_in_keras(build):
    found = []
    for k in (tinynet, keras()):
        model = build(k)
        rng = np.random.default_rng(4)
        model.set_weights([rng.normal(size=w.shape) / 2 for w in model.get_weights()])
        model.compile(k.optimizers.SGD(0.05), "mse", **({} if k is tinynet else {"run_eagerly": True}))
        options = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0, "validation_data": (X[:7], Y[:7])}
        history = model.fit(X, Y, **options).history
        numbers = [history["loss"], history["val_loss"], np.squeeze(model.evaluate(X, Y, verbose=0))]
        model(X)
        numbers.append(sum(float(np.sum(loss)) for loss in model.losses))
        found.append(
            [*numbers, model.predict(X, verbose=0), *model.get_weights(), np.squeeze(model.train_on_batch(X, Y))]
        )
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("build", BUILDS)
def test_its_gradient_is_right(build):
    model = build(tinynet)
    model.compile("sgd", "mse")
    assert model.gradient_check(X[:5], Y[:5]).ok


def test_a_layer_called_by_itself_tells_what_it_added():
    small, _, scale = classes(tinynet)
    layer = small(activity_regularizer="l2")
    for x in (np.ones((2, 3)), np.full((2, 3), 2.0)):
        layer(x)
        assert layer.losses == pytest.approx([0.01 * 3 * x[0, 0] ** 2, 0.1 * x[0, 0] ** 2])
    scaled = scale()
    scaled(np.ones((2, 3)))
    assert scaled.losses == pytest.approx([0.03, 0.12])


def test_what_another_layer_adds_within_a_call_counts_once():
    small = classes(tinynet)[0]

    class Outer(tinynet.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = small()

        def build(self, input_shape):
            self.w = self.add_weight(name="w", shape=input_shape[-1:], initializer="ones")

        def call(self, x):
            self.add_loss(1.0)
            return self.inner(x) * self.w

    outer = Outer()
    outer(np.ones((2, 3)))
    assert outer.losses == pytest.approx([1.0, 0.1])


def test_a_loss_that_cannot_be_followed_is_said():
    class Sorted(tinynet.layers.Layer):
        def call(self, x):
            self.add_loss(float(np.mean(np.asarray(getattr(x, "value", x)))))
            return np.sort(np.asarray(getattr(x, "value", x)))

    class Words(tinynet.layers.Layer):
        def call(self, x):
            self.add_loss("much")
            return x

    with pytest.raises(ValueError, match="add_loss belongs into a `call`, for a loss that is computed from what"):
        tinynet.layers.Dense(2).add_loss(1.0)
    with pytest.raises(TypeError, match="`add_loss` must return one number"):
        Words()(X)
    model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(3), Sorted(), tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match="its `call` adds to the loss, and does what no tape can follow"):
        model.fit(X, Y, verbose=0)
    for ours, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)
