"""Layers that users write themselves: they train, next to and instead of the built-in ones."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, two_classes
from tinynet.layers import Dense, Input, Layer
from tinynet.models import Sequential
from tinynet.optimizers import SGD

X, Y = two_classes(100)


class MyDense(Layer):
    """A dense layer by hand, its parameters made by `announce`."""

    def __init__(self, units, announce, **options):
        super().__init__(**options)
        self.units, self.announce = units, announce
        self.w = None

    def build(self, input_shape):
        self.announce(self, (input_shape[-1], self.units))

    def forward(self, x, training=False):
        if training:
            self.x = x
        return x @ self.w + self.b

    def backward(self, dy):
        self.dw[...] = self.x.T @ dy
        self.db[...] = dy.sum(axis=0)
        return dy @ self.w.T

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


def by_name(layer, shape):
    layer.add_weight("w", shape, tinynet.initializers.GlorotUniform(seed=1))
    layer.add_weight("b", shape[-1:], "zeros")


def as_in_keras(layer, shape):
    layer.w = layer.add_weight(name="w", shape=shape, initializer=tinynet.initializers.GlorotUniform(seed=1))
    layer.b = layer.add_weight(name="b", shape=shape[-1:], initializer="zeros", trainable=True)


def without_names(layer, shape):
    layer.w = layer.add_weight(shape=shape, initializer=tinynet.initializers.GlorotUniform(seed=1))
    layer.b = layer.add_weight(shape=shape[-1:], initializer="zeros")


def renamed(layer, shape):
    layer.w = layer.add_weight(name="kernel", shape=shape, initializer=tinynet.initializers.GlorotUniform(seed=1))
    layer.b = layer.add_weight(name="bias", shape=shape[-1:], initializer="zeros")


class TestLayers:
    @pytest.mark.parametrize("announce", [by_name, as_in_keras, without_names, renamed])
    def test_a_dense_layer_by_hand_learns_what_the_built_in_one_learns(self, announce):
        models = []
        for layer in (MyDense(5, announce), Dense(5, kernel_initializer=tinynet.initializers.GlorotUniform(seed=1))):
            tinynet.set_random_seed(0)
            model = Sequential([Input((4,)), layer, Dense(1, "sigmoid")])
            model.compile("rmsprop", "binary_crossentropy", compiled=False)
            model.fit(X, Y, epochs=3, verbose=0)
            models.append(model)
        assert_same_weights(*models, exactly=False)
        layer = models[0].layers[0]
        assert [p.name for p in layer.parameters] == ["w", "b"]
        assert layer.w.shape == layer.dw.shape == (4, 5)
        assert "user-written" in models[0].explain_plan() or "compiled=False" in models[0].explain_plan()

    def test_the_plan_names_the_layer(self):
        model = Sequential([Input((4,)), MyDense(5, by_name, name="mine"), Dense(1)])
        model.compile("sgd", "mse")
        assert "layer 'mine' (MyDense) is user-written" in model.explain_plan()

    def test_a_frozen_one_passes_the_gradient_down(self):
        model = Sequential([Input((4,)), Dense(5), MyDense(5, by_name, trainable=False), Dense(1)])
        model.compile("sgd", "mse")
        before = model.get_weights()
        model.fit(X, Y, verbose=0)
        changed = [bool((a != b).any()) for a, b in zip(before, model.get_weights(), strict=True)]
        assert changed == [True, True, False, False, True, True]

    def test_a_weight_that_is_not_trained_stays(self):
        class Shift(Layer):
            def build(self, input_shape):
                self.add_weight("shift", (input_shape[-1],), "ones", trainable=False)

            def forward(self, x, training=False):
                return x + self.shift

            def backward(self, dy):
                return dy

        model = Sequential([Input((4,)), Shift(), Dense(1)])
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)
        assert (model.layers[0].shift == 1).all()
        assert model.layers[0].trainable_parameters == []
        assert model.count_params() == 9

    def test_a_scalar_weight(self):
        class Scale(Layer):
            def build(self, input_shape):
                self.scale = self.add_weight(initializer="ones")

            def forward(self, x, training=False):
                self.x = x
                return x * self.scale

            def backward(self, dy):
                self.dscale[...] = (dy * self.x).sum()
                return dy * self.scale

        model = Sequential([Input((1,)), Scale()])
        model.compile(SGD(0.1), "mse")
        model.fit(np.ones((64, 1)), np.full(64, 3.0), epochs=100, verbose=0)
        assert model.layers[0].scale == pytest.approx(3.0, abs=1e-3)

    def test_a_name_is_given_once(self):
        layer = Dense(2, name="d")
        layer(np.ones((1, 3)))
        for name in ("kernel", "units", "forward", "dkernel"):
            with pytest.raises(ValueError, match=f"Layer 'd' already has a `{name}`"):
                layer.add_weight(name, (2,))

    @pytest.mark.parametrize(
        ("method", "result", "message"),
        [
            (
                "forward",
                lambda x: x[:, :2],
                r"`forward` must return an array of shape \(32, 4\).*returned shape \(32, 2\)",
            ),
            ("forward", lambda x: None, r"`forward` must return.*It returned None: is its `return` missing"),
            ("backward", lambda x: x[:, :2], r"`backward` must return an array of shape \(32, 4\).*shape \(32, 2\)"),
            ("backward", lambda x: None, r"`backward` must return.*It returned None"),
        ],
    )
    def test_a_wrong_shape_is_named(self, method, result, message):
        class Wrong(Layer):
            def forward(self, x, training=False):
                return result(x) if method == "forward" else x

            def backward(self, dy):
                return result(dy)

        model = Sequential([Input((4,)), Dense(4), Wrong(name="wrong"), Dense(1)])
        model.compile("sgd", "mse")
        with pytest.raises(ValueError, match=f"Layer 'wrong' .Wrong.: {message}"):
            model.fit(X, Y, verbose=0)

    def test_what_must_be_defined_is_said(self):
        model = Sequential([Input((4,)), Layer(name="bare")])
        with pytest.raises(TypeError, match=r"Layer 'bare' \(Layer\) must define `forward"):
            model.predict(X, verbose=0)

    def test_another_float_type_or_order_from_a_layer_is_taken(self):
        class Double(Layer):
            def forward(self, x, training=False):
                return np.asfortranarray(2.0 * x.astype("float64"))

            def backward(self, dy):
                return np.asfortranarray(2.0 * dy.astype("float64"))

        model = Sequential([Input((4,)), Dense(3), Double(), Dense(1)])
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)
        assert model.predict(X, verbose=0).dtype == np.float32
