"""Layers and activations by themselves, in the forms that Keras's programs use; Keras is the judge."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.cases import LOOPS
from tests.support.nets import assert_same_weights
from tests.support.parity import keras, precision
from tinynet import activations
from tinynet.layers import Activation, Dense, Input, InputLayer, ReLU, Softmax

X = np.random.default_rng(0).normal(size=(6, 3, 4)).astype("float32") * 2
ARGUMENTS = [
    {},
    {"max_value": 1.0},
    {"negative_slope": 0.3},
    {"threshold": 0.5},
    {"max_value": 1.5, "negative_slope": 0.1, "threshold": 0.5},
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_relu_takes_keras_arguments_as_a_layer_and_as_a_function(arguments):
    k = keras()
    expected = np.asarray(k.activations.relu(X, **arguments))
    np.testing.assert_allclose(activations.relu(X, **arguments), expected, rtol=1e-6)
    layer = ReLU(**arguments)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-6)
    again = ReLU.from_config(layer.get_config())
    np.testing.assert_array_equal(again(X), layer(X))
    assert {name: layer.get_config()[name] for name in arguments} == arguments


def test_relu_with_arguments_trains_in_both_loops_and_is_checked():
    with precision("float64"):
        models = []
        for loop in LOOPS:
            tinynet.set_random_seed(0)
            limited = ReLU(max_value=1.0, negative_slope=0.2, threshold=0.1)
            model = tinynet.Sequential([Input((4,)), Dense(5), limited, Dense(2, activation=ReLU())])
            model.compile("sgd", "mse", compiled=loop == "compiled")
            model.fit(X[:, 0], X[:, 1, :2], epochs=3, verbose=0)
            assert model.gradient_check(X[:, 0], X[:, 1, :2]).ok
            models.append(model)
        assert_same_weights(*models, exactly=False, tolerance=1e-13)


@pytest.mark.parametrize("name", ["max_value", "negative_slope", "threshold"])
@pytest.mark.parametrize("value", [-1, "1", True, np.nan, None])
def test_what_is_no_limit_of_a_relu_is_refused_in_keras_words(name, value):
    if name == "max_value" and value is None:
        return
    if isinstance(value, float):
        value = -0.5
    with pytest.raises(ValueError, match=f"{name} of a ReLU layer cannot be .*negative value. Received: {name}="):
        ReLU(**{name: value})


@pytest.mark.parametrize("axis", [-1, 0, 1, 2, -3])
def test_softmax_takes_an_axis(axis):
    expected = np.asarray(keras().activations.softmax(X, axis=axis))
    np.testing.assert_allclose(activations.softmax(X, axis=axis), expected, rtol=2e-6)
    layer = Softmax(axis=axis)
    np.testing.assert_allclose(layer(X), expected, rtol=2e-6)
    assert Softmax.from_config(layer.get_config()).axis == axis


def test_a_softmax_along_another_axis_is_refused_in_a_model():
    for axis in (-1, 1):
        tinynet.Sequential([Input((3,)), Softmax(axis=axis)])
    with pytest.raises(ValueError, match=r"along the last axis.*axis=0"):
        tinynet.Sequential([Input((3,)), Softmax(axis=0)])
    with pytest.raises(ValueError, match="`axis` must be one of 3 axes"):
        activations.softmax(X, axis=3)


def test_an_input_may_say_the_size_of_its_batches():
    for made in (InputLayer((4,), batch_size=5), InputLayer(batch_shape=(5, 4)), InputLayer(batch_shape=[5, 4])):
        assert (made.batch_size, made.given_input_shape) == (5, (4,))
        assert InputLayer.from_config(made.get_config()).batch_size == 5
        model = tinynet.Sequential([made, Dense(1)])
        assert model.predict(np.ones((10, 4)), verbose=0).shape == (10, 1)  # as in Keras
    assert (Input((4,), batch_size=5).shape, Input(batch_shape=(None, 4)).shape) == ((5, 4), (None, 4))
    with pytest.raises(ValueError, match=r"cannot pass both `shape`.* and `batch_shape`"):
        Input((4,), batch_shape=(5, 4))
    for wrong in (4, (), "54", (0, 4), (-1, 4)):
        with pytest.raises((TypeError, ValueError), match="batch_"):
            Input(batch_shape=wrong)


def test_a_dense_layer_without_a_bias_has_none_and_before_building_says_so():
    layer = Dense(3, use_bias=False)
    for name in ("kernel", "bias"):
        with pytest.raises(AttributeError, match=f"You must build the layer before accessing `{name}`"):
            getattr(layer, name)
    layer(np.ones((1, 4)))
    assert layer.bias is None
    assert len(layer.weights) == 1


def test_a_layer_may_be_given_as_an_activation():
    np.testing.assert_allclose(Dense(3, activation=ReLU(), kernel_initializer="ones")([[-1.0]]), [[0.0] * 3])
    np.testing.assert_allclose(Activation(Softmax())([[0.0, 0.0]]), [[0.5, 0.5]])
