"""Layers by themselves: shapes, calls, forward and backward, and what each keeps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinynet
from tinynet.layers import (
    Activation,
    Add,
    BatchNormalization,
    CategoryEncoding,
    Dense,
    Flatten,
    GlobalAveragePooling1D,
    Input,
    InputLayer,
    Lambda,
    Layer,
    ReLU,
    Sigmoid,
    Softmax,
    StringLookup,
    TextVectorization,
)

rng = np.random.default_rng(0)


class TestDense:
    def test_it_is_a_product_a_bias_and_an_activation(self):
        layer = Dense(3, activation="relu")
        x = rng.normal(size=(5, 4)).astype("float32")
        y = layer(x)
        np.testing.assert_allclose(y, np.maximum(x @ layer.kernel + layer.bias, 0), atol=1e-6)
        assert (layer.input_shape, layer.output_shape) == ((None, 4), (None, 3))

    def test_without_bias(self):
        layer = Dense(3, use_bias=False)
        layer(np.ones((1, 2)))
        assert [p.name for p in layer.parameters] == ["kernel"]
        assert layer.count_params() == 6
        assert not layer(np.zeros((2, 2))).any()

    def test_it_works_along_the_last_axis(self):
        layer = Dense(3)
        x = rng.normal(size=(5, 2, 7, 4)).astype("float32")
        y = layer(x)
        assert y.shape == (5, 2, 7, 3)
        np.testing.assert_allclose(y[1, 1], layer(x[1, 1]), atol=1e-6)

    def test_initializers_are_used(self):
        layer = Dense(2, kernel_initializer="ones", bias_initializer=tinynet.initializers.Constant(0.5))
        assert layer(np.ones((1, 3))).tolist() == [[3.5, 3.5]]

    def test_numpy_integers_are_units(self):
        assert Dense(np.int64(3)).units == 3

    def test_another_number_of_features_is_refused(self):
        layer = Dense(2, name="d")
        layer(np.ones((1, 3)))
        with pytest.raises(
            ValueError,
            match=r"layer 'd' .Dense. is incompatible with the layer: expected axis -1 .* to have value 3",
        ):
            layer(np.ones((1, 4)))

    @settings(deadline=None, max_examples=30)
    @given(
        st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.sampled_from(["linear", "relu", "tanh", "softmax"])
    )
    def test_backward_is_the_transpose_of_the_derivative(self, n, inputs, units, activation):
        layer = Dense(units, activation=activation, dtype="float64")
        generator = np.random.default_rng(n + 10 * inputs + 100 * units)
        x, dy, direction = (generator.normal(size=shape) for shape in [(n, inputs), (n, units), (n, inputs)])
        layer(x, training=True)
        before = dy.copy()
        dx = layer.backward(dy)
        h = 1e-6
        slope = (dy * (layer(x + h * direction) - layer(x - h * direction))).sum() / (2 * h)
        assert slope == pytest.approx((dx * direction).sum(), rel=1e-5, abs=1e-7)
        np.testing.assert_array_equal(dy, before)

    def test_predicting_in_between_does_not_disturb_backward(self):
        layer = Dense(3, activation="sigmoid")
        x, dy = rng.normal(size=(4, 2)), np.ones((4, 3), "float32")
        layer(x, training=True)
        expected = layer.backward(dy).copy(), layer.dkernel.copy()
        layer(x, training=True)
        layer(rng.normal(size=(9, 2)))
        np.testing.assert_array_equal(layer.backward(dy), expected[0])
        np.testing.assert_array_equal(layer.dkernel, expected[1])


class TestActivations:
    @pytest.mark.parametrize(
        ("layer", "name"),
        [(ReLU(), "relu"), (Sigmoid(), "sigmoid"), (Softmax(), "softmax"), (Activation("tanh"), "tanh")],
    )
    def test_layer_function_and_dense_agree(self, layer, name):
        z = rng.normal(size=(4, 3)).astype("float32")
        function = getattr(tinynet.activations, name)
        np.testing.assert_array_equal(layer(z), function(z))
        dense = Dense(3, activation=name, kernel_initializer=lambda shape, dtype: np.eye(3, dtype=dtype))
        np.testing.assert_allclose(dense(z), function(z), atol=1e-7)
        assert layer.parameters == []
        assert layer.count_params() == 0

    def test_the_input_is_left_as_it_was(self):
        z = np.array([[-1.0, 2.0]], "float32")
        ReLU()(z)
        tinynet.activations.relu(z)
        assert z.tolist() == [[-1.0, 2.0]]

    def test_names_objects_and_none(self):
        assert tinynet.activations.get(None) is tinynet.activations.linear
        assert tinynet.activations.get("ReLU") is tinynet.activations.relu
        assert tinynet.activations.get(tinynet.activations.tanh) is tinynet.activations.tanh


class TestFlatten:
    @pytest.mark.parametrize(("shape", "flat"), [((5, 4, 3), (5, 12)), ((5,), (5, 1)), ((5, 2), (5, 2))])
    def test_all_axes_but_the_first_become_one(self, shape, flat):
        layer = Flatten()
        x = rng.normal(size=shape).astype("float32")
        assert layer(x, training=True).shape == flat
        assert layer.backward(np.zeros(flat, "float32")).shape == shape

    def test_its_output_is_known_before_any_data(self):
        model = tinynet.Sequential([Input((4, 3)), Flatten()])
        assert model.output_shape == (None, 12)


class TestEveryLayer:
    @pytest.mark.parametrize("make", [lambda: Dense(2), lambda: Activation("relu"), Flatten, ReLU])
    def test_names_trainable_and_shapes_are_options(self, make):
        assert make().trainable
        assert not make().built

    def test_input_is_a_layer_that_does_nothing(self):
        layer = InputLayer(shape=(3,), name="in")
        assert Input(shape=(3,), name="in").name == layer.name == "in"
        assert layer([[1.0, 2.0, 3.0]]).tolist() == [[1.0, 2.0, 3.0]]

    def test_two_outputs_of_training_are_two_arrays(self):
        layer = Dense(2)
        first = layer(np.ones((1, 3)), training=True)
        kept = first.copy()
        layer(np.zeros((1, 3)), training=True)
        np.testing.assert_array_equal(first, kept)

    def test_an_unknown_attribute_is_an_attribute_error(self):
        layer = Dense(2, name="d")
        for name in ("kernel", "dkernel", "nonsense"):
            with pytest.raises(AttributeError, match=f"'Dense' object has no attribute '{name}'"):
                getattr(layer, name)
        with pytest.raises(AttributeError, match="layer 'd' has never been called and thus has no defined input_shape"):
            _ = layer.input_shape

    def test_it_tells_what_it_is(self):
        assert repr(Dense(2, name="d")) == "<Dense name=d, built=False>"

    def test_a_frozen_layers_parameters_are_not_trainable(self):
        layer = Dense(2, trainable=False)
        layer(np.ones((1, 3)))
        assert layer.trainable_parameters == []
        assert layer.non_trainable_parameters == layer.parameters

    def test_the_base_class_says_what_to_define(self):
        with pytest.raises(TypeError, match="must define `backward"):
            Layer().backward(np.ones(1))


CALLED = {
    "merging": (Add, [[[1.0, 2.0]], [[3.0, 4.0]]]),
    "normalizing": (BatchNormalization, [[1.0, 2.0]]),
    "pooling": (GlobalAveragePooling1D, [[[1.0, 2.0], [3.0, 4.0]]]),
    "a softmax": (Softmax, [[1.0, 2.0]]),
    "a function": (lambda: Lambda(np.negative), [[1.0, 2.0]]),
    "encoding": (lambda: CategoryEncoding(3), [[0, 2]]),
    "words": (lambda: StringLookup(vocabulary=["a"]), [["a", "b"]]),
    "texts": (lambda: TextVectorization(vocabulary=["a"]), [["a b"]]),
}


@pytest.mark.parametrize("name", CALLED)
def test_the_input_may_be_named_as_in_keras(name):
    make, x = CALLED[name]
    taken = [np.asarray(each) for each in x] if name == "merging" else np.asarray(x)
    np.testing.assert_array_equal(make()(inputs=taken), make()(taken))


@pytest.mark.parametrize("axis", [1, -1, 2])
def test_batch_normalization_takes_any_number_of_rows(axis):
    layer = BatchNormalization(axis, momentum=0.5)
    layer.build((None, 3, 4))
    shape = (2, 3, 7) if axis == 1 else (2, 7, 4)
    x = np.random.default_rng(0).normal(size=shape)
    y = layer(x, training=True)
    others = (0, 2) if axis == 1 else (0, 1)
    np.testing.assert_allclose(y.mean(axis=others), 0.0, atol=1e-6)
    np.testing.assert_allclose(layer.moving_mean, x.mean(axis=others) / 2, rtol=1e-5)
    assert layer.backward(np.ones(shape, np.float32)).shape == shape
    with pytest.raises(ValueError, match=r"axis.* has length"):
        layer(np.ones((2, 5, 5)))
    if axis == 1:
        with pytest.raises(ValueError, match="expected input of 3 axes"):
            layer(np.ones((2, 3)))


@pytest.mark.parametrize("compiled", [True, False])
def test_layers_that_rearrange_take_an_axis_of_any_length(compiled):
    assert tinynet.layers.RepeatVector(3)(Input(batch_shape=(2, None))).shape == (2, 3, None)
    inputs = Input((None, 2))
    model = tinynet.Model(inputs, tinynet.layers.Permute((2, 1))(inputs))
    model.compile("sgd", "mse", compiled=compiled)
    for length in (3, 5):
        x = rng.normal(size=(4, length, 2)).astype("float32")
        np.testing.assert_array_equal(model.predict(x, verbose=0), x.transpose(0, 2, 1))
    layer = tinynet.layers.RepeatVector(2)
    layer.build((None, None))
    for length in (3, 5):
        x = rng.normal(size=(4, length)).astype("float32")
        np.testing.assert_array_equal(layer(x, training=True), np.stack([x, x], axis=1))
        np.testing.assert_array_equal(layer.backward(np.ones((4, 2, length), "float32")), np.full((4, length), 2.0))
    with pytest.raises(ValueError, match="all axes but the first, and one, must be known"):
        tinynet.layers.Permute((2, 1)).build((None, None, None))
