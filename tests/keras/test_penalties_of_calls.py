"""`layer.losses` after a layer was called by itself: the penalty of what it gave, and those of its weights."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def own(k):
    class Own(k.layers.Layer):
        def call(self, x):
            return x * 2

    return Own(activity_regularizer="l1")


MADE = {
    "ActivityRegularization": lambda k: k.layers.ActivityRegularization(l1=0.2, l2=0.3),
    "Dense": lambda k: k.layers.Dense(3, "tanh", kernel_initializer="ones", activity_regularizer="l2"),
    "Dense with a penalty on its kernel": lambda k: k.layers.Dense(
        3, kernel_initializer="ones", activity_regularizer=k.regularizers.L1L2(0.1, 0.2), kernel_regularizer="l2"
    ),
    "Rescaling": lambda k: k.layers.Rescaling(3.0, activity_regularizer="l2"),
    "a layer of one's own": own,
    "no penalty": lambda k: k.layers.Dense(3, kernel_initializer="ones"),
}


@pytest.mark.parametrize("name", MADE)
def test_they_are_those_of_the_last_call_as_in_keras(name):
    ours, theirs = MADE[name](tinynet), MADE[name](keras())
    for x in (X, X[:2], X):
        ours(x), theirs(x)
        assert len(ours.losses) == len(theirs.losses)
        np.testing.assert_allclose(ours.losses, [float(each) for each in theirs.losses], 1e-5)


def test_an_output_of_a_merge_counts_too_and_the_layer_is_built():
    layer = tinynet.layers.Add(activity_regularizer=tinynet.regularizers.L1(0.5))
    layer([X, X])
    assert layer.built
    np.testing.assert_allclose(layer.losses, [np.abs(2 * X).sum() * 0.5 / 5], 1e-6)


def test_tensors_without_numbers_have_no_penalty():
    layer = MADE["Dense"](tinynet)
    layer(tinynet.Input((4,)))
    assert layer.losses == []
