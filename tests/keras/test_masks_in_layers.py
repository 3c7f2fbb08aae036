"""What padding means within a layer: in a batch's mean and variance, and in a `call` of one's own that takes a mask."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import assert_parity, keras, precision
from tinynet.layers import Masking

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's, from NumPy 2
    pytest.mark.filterwarnings("ignore:Layer '.*was passed an input with a mask"),  # Keras's
]

RNG = np.random.default_rng(0)
X = np.where(RNG.random((18, 4, 1)) < 0.4, -1.0, RNG.normal(size=(18, 4, 3)))
X[:, 0] = 1.0
OF_SAMPLES, OF_STEPS = RNG.normal(size=(18, 2)), RNG.normal(size=(18, 4, 2))


def mean_of_steps(k, square=False):
    """Return a layer whose `call` leaves out padding by itself, as it is told."""

    class Mean(k.layers.Layer):
        def compute_output_shape(self, input_shape):
            return (input_shape[0], input_shape[-1])

        def call(self, x, mask=None):
            if mask is None:
                return k.ops.mean(x, axis=1) if k is not tinynet else x.mean(axis=1)
            kept = k.ops.cast(mask, x.dtype)[:, :, None] if k is not tinynet else mask[:, :, None].astype(x.dtype)
            return (x * kept).sum(axis=1) / kept.sum(axis=1)

        def compute_mask(self, inputs, mask=None):
            return None

    return Mean()


def test_a_users_layer_is_told_the_mask_as_in_keras():
    def model(k):
        layers = [k.Input((4, 3)), k.layers.Masking(-1.0), k.layers.Dense(3), mean_of_steps(k), k.layers.Dense(2)]
        found = k.Sequential(layers)
        found.compile(k.optimizers.SGD(0.05), "mse")
        return found

    assert_parity(model, X, OF_SAMPLES, batch_size=7, epochs=2)
    own = tinynet.layers.Lambda(lambda x, mask=None: x if mask is None else x * mask[:, :, None])
    stack = tinynet.Sequential([tinynet.Input((4, 3)), Masking(-1.0), own])
    np.testing.assert_allclose(stack.predict(X, verbose=0), X * (X != -1.0).any(-1, keepdims=True), rtol=1e-6)
    assert tinynet.Sequential([tinynet.Input((4, 3)), own]).predict(X, verbose=0).shape == (18, 4, 3)


def test_a_users_layer_that_asks_for_the_mask_is_refused_where_it_would_not_be_told():
    class Weighed(tinynet.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1],), initializer="ones", name="w")

        def call(self, x, mask=None):
            return x * self.w

    assert tinynet.Sequential([tinynet.Input((4, 3)), Weighed()]).predict(X, verbose=0).shape == (18, 4, 3)
    with pytest.raises(ValueError, match="takes a `mask`, which tinynet hands to its own layers, and to those of one"):
        tinynet.Sequential([tinynet.Input((4, 3)), Masking(), Weighed()]).predict(X, verbose=0)

    rounded = tinynet.layers.Lambda(lambda x, mask=None: np.rint(np.asarray(x, np.float64)), output_shape=(4, 2))
    model = tinynet.Sequential([tinynet.Input((4, 3)), Masking(), tinynet.layers.Dense(2), rounded])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="cannot be trained through with a mask"):
        model.fit(X, OF_STEPS, verbose=0)


@pytest.mark.parametrize("options", [{"momentum": 0.5}, {"scale": False, "renorm": True, "renorm_momentum": 0.5}])
def test_padding_does_not_count_in_a_batchs_mean(options):
    def model(k):
        below = [k.Input((4, 3)), k.layers.Masking(-1.0), k.layers.Dense(3)]
        found = k.Sequential([*below, k.layers.BatchNormalization(**options), k.layers.Dense(2)])
        found.compile(k.optimizers.SGD(0.01), "mse")
        return found

    assert_parity(model, X, OF_STEPS, batch_size=7, epochs=2)


def test_a_batch_of_padding_alone_has_the_mean_0():
    def model(k):
        found = k.Sequential([k.Input((4, 3)), k.layers.Masking(-1.0), k.layers.BatchNormalization(momentum=0.5)])
        found.compile(k.optimizers.SGD(0.05), "mse")
        return found

    assert_parity(model, np.full((4, 4, 3), -1.0), np.ones((4, 4, 3)), batch_size=2, epochs=2)


@pytest.mark.parametrize("shape", [(6, 3), (6, 4, 3), (2, 3, 2, 3)], ids=["vectors", "steps", "two axes of steps"])
def test_batch_normalization_takes_a_mask_by_itself_as_kerass(shape):
    x, mask = RNG.normal(size=shape), RNG.random(shape[:-1]) < 0.6
    given = [mask] if len(shape) < 4 else [mask, mask[:, :, :1]]
    for each in given:
        with precision("float64"):
            found = []
            for k in (tinynet, keras()):
                layer = k.layers.BatchNormalization(momentum=0.25)
                found.append([np.asarray(layer(x, training=True, mask=each)), *layer.get_weights()])
        for own, other in zip(*found, strict=True):
            np.testing.assert_allclose(own, other, rtol=1e-12, atol=1e-13)


def test_a_mask_that_does_not_fit_is_refused():
    layer = tinynet.layers.BatchNormalization()
    for mask in (np.ones((2, 5)), np.ones((2, 4, 1)), np.ones(3)):
        with pytest.raises(ValueError, match="The mask provided should be one dimension less"):
            layer(np.ones((2, 4, 3)), mask=mask)
    with pytest.raises(ValueError, match="leaves out padding along the last axis only"):
        tinynet.layers.BatchNormalization(1)(np.ones((2, 4, 3)), training=True, mask=np.ones((2, 4)))
    with pytest.raises(TypeError, match="tensors without numbers have no mask"):
        layer(tinynet.Input((4, 3)), mask=np.ones((2, 4)))
