"""Weights and layers that a `call` makes come too late to be trained: that is said."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.ones((2, 3), "float32")


def weight_in_call(k):
    class Late(k.layers.Layer):
        def call(self, x):
            self.w = self.add_weight(shape=(), initializer="ones", name="w")
            return x * self.w

    return Late()


def layer_in_call(k):
    class Late(k.layers.Layer):
        def call(self, x):
            self.dense = k.layers.Dense(2)
            return self.dense(x)

    return Late()


def weight_after_a_call(k):
    layer = k.layers.Dense(2)
    layer(X)
    return lambda x: layer.add_weight(name="late", shape=())


def layer_after_a_call(k):
    class Chain(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = k.layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    layer = Chain()
    layer(X)
    return lambda x: setattr(layer, "late", k.layers.Dense(2))


LATE = [weight_in_call, layer_in_call, weight_after_a_call, layer_after_a_call]


@pytest.mark.parametrize("make", LATE)
def test_they_are_refused_as_by_keras(make):
    for k in (tinynet, keras()):
        made = make(k)
        with pytest.raises(ValueError, match=r"cannot add new elements of state|already has a `w`"):
            made(X)


@pytest.mark.parametrize("make", LATE[:2])
def test_they_are_refused_in_a_model_too(make):
    model = tinynet.Sequential([make(tinynet)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"Make its (weights|layers) in `__init__` or in `build`"):
        model.fit(X, X[:, :2] if make is layer_in_call else X, verbose=0)


def test_what_is_made_in_time_may_be_replaced_before_the_layer_is_built():
    class Chain(tinynet.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = tinynet.layers.Dense(2)
            self.dense = tinynet.layers.Dense(4)

        def build(self, input_shape):
            self.last = tinynet.layers.Dense(1)

        def call(self, x):
            return self.last(self.dense(x))

    layer = Chain()
    assert layer(X).shape == (2, 1)
    assert len(layer.get_weights()) == 4
