"""Layers and activations by themselves, called, built and copied as Keras's programs do; Keras is the judge."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet import activations
from tinynet.layers import Activation, Add, Dense, Dropout, Flatten, Input, InputLayer, Layer, ReLU, Softmax

X = np.random.default_rng(1).normal(size=(4, 3, 5, 2)).astype("float32") * 2


@pytest.mark.parametrize(
    ("name", "numbers", "named"),
    [
        ("gelu", (), {"approximate": True}),
        ("gelu", (False,), {}),
        ("leaky_relu", (), {"negative_slope": 0.4}),
        ("leaky_relu", (0.3,), {}),
        ("elu", (), {"alpha": 0.5}),
        ("relu", (0.1, 1.5), {"threshold": 0.5}),
    ],
)
def test_an_activation_takes_its_numbers_when_it_is_called(name, numbers, named):
    expected = np.asarray(getattr(keras().activations, name)(X, *numbers, **named))
    function = getattr(activations, name)
    before = function.get_config()
    np.testing.assert_allclose(function(X, *numbers, **named), expected, rtol=2e-6, atol=1e-6)
    assert function.get_config() == before


def test_numbers_that_an_activation_does_not_take_are_named():
    for call in (
        lambda: activations.elu(X, beta=1),
        lambda: activations.linear(X, 1),
        lambda: activations.elu(X, 1, 2),
    ):
        with pytest.raises(TypeError, match=r"Activation '\w+': .*It takes: x"):
            call()
    half = activations.ELU(0.5)
    np.testing.assert_array_equal(half(X, alpha=1.0), activations.elu(X))
    np.testing.assert_array_equal(half(X), activations.elu(X, alpha=0.5))


@pytest.mark.parametrize("axis", [(1, 2), (0, -1), [3], (2, 0, 1), (0, 1, 2, 3)])
def test_softmax_takes_several_axes(axis):
    expected = np.asarray(keras().activations.softmax(X, axis=tuple(each % 4 for each in axis)))  # it takes no -1 here
    np.testing.assert_allclose(activations.softmax(X, axis=axis), expected, rtol=5e-6)
    layer = Softmax(axis=axis)
    np.testing.assert_allclose(layer(X), expected, rtol=5e-6)
    assert Softmax.from_config(layer.get_config()).axis == axis


@pytest.mark.parametrize("axis", [(0, 0), (0, -4), (4,), (), (0, "1"), (0.5,)])
def test_what_is_no_set_of_axes_is_refused(axis):
    with pytest.raises((TypeError, ValueError), match="`axis` must be"):
        activations.softmax(X, axis=axis)


@pytest.mark.parametrize("axis", [-1, 0, (0, 1)])
@pytest.mark.parametrize("mask", [[[1, 0, 1], [0, 0, 0]], [[True, False, True]], [0.2, 0.7, 1.0]], ids=str)
def test_softmax_leaves_out_what_a_mask_says(axis, mask):
    x, mask = X[0, :2, :3, 0], np.array(mask)
    expected = np.asarray(keras().layers.Softmax(axis=axis)(x, mask=mask))
    np.testing.assert_allclose(Softmax(axis=axis)(x, mask=mask), expected, rtol=5e-6)


@pytest.mark.parametrize(
    ("shape", "message"), [((1, 2, 3), "must not have more dimensions"), ((3, 3), "broadcastable"), ((2,), "must be 1")]
)
def test_a_mask_of_another_shape_is_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        Softmax()(X[0, :2, :3, 0], mask=np.ones(shape))


def test_build_by_itself_builds_a_layer():
    layer = Dense(2, activation="relu")
    layer.build((1, 2))
    assert layer.built
    assert layer.input_shape == (None, 2)
    layer.set_weights([[[1.0, -2.0], [3.0, -4.0]], [5.0, -6.0]])
    np.testing.assert_array_equal(layer([[-1.0, 2.0]]), [[10.0, 0.0]])
    for each in (Dropout(0.5), Flatten(), ReLU(), Softmax()):
        each.build((None, 3))
        assert each.built
    model = tinynet.Sequential([layer, Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones(4), epochs=1, verbose=0)


class _Scale(Layer):
    def build(self, shape):
        super().build(shape)
        self.add_weight("scale", shape[1:], "ones")
        self.wrong = shape[1] == 13
        if self.wrong:
            raise RuntimeError("13")

    def forward(self, x, training=False):
        return x * self.scale


class _Twice(_Scale):
    def build(self, shape):
        super().build(shape)
        self.add_weight("more", shape[1:], "ones")


def test_a_users_build_may_be_called_by_itself_and_call_those_of_its_bases():
    layer = _Twice()
    layer.build((7, 3))
    assert layer.built
    assert [p.name for p in layer.parameters] == ["scale", "more"]
    np.testing.assert_array_equal(layer([[1.0, 2.0, 3.0]]), [[1.0, 2.0, 3.0]])


def test_a_build_by_itself_that_raises_leaves_the_layer_as_it_was():
    layer = _Twice()
    with pytest.raises(RuntimeError, match="13"):
        layer.build((None, 13))
    assert not layer.built
    assert not layer.parameters
    assert not hasattr(layer, "wrong")
    layer.build((None, 2))
    assert layer.built
    for wrong in ("12", 12, (), (None, 0), (None, "a")):
        with pytest.raises((TypeError, ValueError), match=r"build|shape"):
            Dense(1).build(wrong)


def test_layers_and_models_tell_the_penalties_of_their_weights():
    losses = {}
    for k in (tinynet, keras()):
        dense = k.layers.Dense
        parts = [dense(2, kernel_regularizer="l2", bias_regularizer="l1", bias_initializer="ones"), dense(1)]
        model = k.Sequential([k.layers.Input((3,)), *parts, dense(2, kernel_regularizer="l1l2")])
        model.set_weights([np.full(w.shape, 0.5) for w in model.weights])
        model.layers[2].trainable = False
        losses[k] = [[float(each) for each in owner.losses] for owner in (model.layers[0], model.layers[1], model)]
    np.testing.assert_allclose(losses[tinynet][0], losses[keras()][0], rtol=1e-6)
    assert [len(each) for each in losses[tinynet]] == [len(each) for each in losses[keras()]] == [2, 0, 2]
    assert Dense(1, kernel_regularizer="l2").losses == []


@pytest.mark.parametrize("value", ["yes", 1, None, [True]])
def test_trainable_is_true_or_false(value):
    with pytest.raises(ValueError, match="expected `trainable` to be a boolean"):
        Dense(2, trainable=value)


@pytest.mark.parametrize("layer", [Dense(2), Dense(2, activation="elu"), Activation("relu"), ReLU(), Softmax()])
def test_a_pickled_layer_has_the_same_configuration(layer):
    assert pickle.loads(pickle.dumps(layer)).get_config() == layer.get_config()
    assert activations.serialize(activations.ELU()) == "elu"
    assert activations.serialize(activations.ELU(0.5))["config"] == {"alpha": 0.5}


def test_inputs_say_of_batches_what_keras_says():
    made = InputLayer((2, 3), batch_size=4, sparse=True)
    assert (made.batch_shape, made.sparse, made.ragged) == ((4, 2, 3), True, False)
    assert InputLayer.from_config(made.get_config()).batch_shape == made.batch_shape
    assert (Input((2,)).shape, Input((2, 3), batch_size=4).shape) == ((None, 2), (4, 2, 3))
    for options, message in (
        ({"shape": (2,), "batch_shape": (2, 3)}, "cannot pass both `shape` and `batch_shape`"),
        ({"batch_size": 4, "batch_shape": (2, 3)}, "cannot pass both `batch_size` and `batch_shape`"),
        ({}, "pass a `shape` argument."),
        ({"shape": (2,), "ragged": True}, "`ragged=True` is not supported"),
    ):
        with pytest.raises(ValueError, match=message):
            InputLayer(**options)


def test_what_a_layer_gives_is_a_tensor_of_the_shape_that_it_says():
    class Several(Layer):
        def compute_output_shape(self, input_shape):
            return {"a": input_shape, "b": [input_shape[:1], (input_shape, input_shape)]}

    found = Several().compute_output_spec(Input((3,)))
    assert found["a"].shape == found["b"][1][0].shape == (None, 3)
    assert (found["b"][0].shape, type(found["b"][1])) == ((None,), tuple)
    dense = Dense(2)
    assert dense.compute_output_spec(Input((3,))).shape == (None, 2)
    assert not dense.built
    for wrong in (3, (None, 3), [[np.ones(3)]]):
        with pytest.raises(ValueError, match="tensors without numbers"):
            dense.compute_output_spec(wrong)
    assert Add().compute_output_spec([Input((3,)), Input((3,))]).shape == (None, 3)


def test_a_layer_knows_the_metrics_among_its_attributes():
    class Measured(Layer):
        def __init__(self, inner=None, **options):
            super().__init__(**options)
            self.inner, self.measure = [inner, self], tinynet.metrics.Mean(name="own")

        def call(self, x):
            self.measure.update_state(x)
            return x

    measured = Measured(Measured())
    assert measured.metrics == [measured.inner[0].measure, measured.measure]
    assert len(measured.metrics_variables) == 4
    measured(np.full((2, 1), 3.0))
    assert float(measured.measure.result()) == 3.0
    assert Dense(2).metrics == []


def test_a_layer_of_tinynet_s_has_no_call():
    for layer in (Layer(), Dense(2)):
        with pytest.raises(NotImplementedError, match="does not have a `call` method implemented"):
            layer.call(np.ones((1, 2)))


def test_flatten_takes_a_data_format():
    np.testing.assert_array_equal(Flatten(data_format="channels_last")(X), X.reshape(4, -1))
    np.testing.assert_array_equal(Flatten(data_format="channels_first")(X[:, 0, 0]), X[:, 0, 0])
    np.testing.assert_array_equal(Flatten(data_format="channels_first")(X), np.moveaxis(X, 1, -1).reshape(len(X), -1))
    with pytest.raises(ValueError, match="`data_format` must be"):
        Flatten(data_format="channels")


def test_input_of_another_shape_is_incompatible_with_the_layer():
    layer = Dense(2)
    layer(np.ones((1, 2)))
    for x in (np.ones((1, 3)), np.ones(3)):
        with pytest.raises(ValueError, match="incompatible with the layer: expected"):
            layer(x)


def test_softmax_over_axes_of_a_list_has_the_type_of_layers():
    for axis in (-1, 0, (0, 1)):
        assert activations.softmax([[1.0, 2.0]], axis=axis).dtype == np.float32
        assert activations.softmax(np.ones((1, 2)), axis=axis).dtype == np.float64
    with pytest.raises(TypeError, match="x holds text"):
        activations.softmax([["a"]], axis=0)
