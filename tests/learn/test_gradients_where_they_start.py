"""The gradient check finds what is right only where a parameter starts, and what a penalty or a draw hides."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.initializers import Constant
from tinynet.layers import BatchNormalization, Dense, Dropout, Layer
from tinynet.regularizers import L1L2, Regularizer


class Formula(Layer):
    """y = f(x, w) with one parameter for each feature; a fault is planted in one of its slopes."""

    start = 1.0

    def build(self, input_shape):
        self.add_weight("w", input_shape[-1:], Constant(self.start))

    def forward(self, x, training=False):
        self.x = x
        return self.function(x, self.w)

    def backward(self, dy):
        self.dw[...] = (dy * self.slope_w(self.x, self.w)).sum(axis=0)
        return dy * self.slope_x(self.x, self.w)


class Scale(Formula):
    def function(self, x, w):
        return x * w

    def slope_w(self, x, w):
        return x

    def slope_x(self, x, w):
        return w


class Shift(Formula):
    start = 0.0

    def function(self, x, w):
        return x * (1 + w**2) + w

    def slope_w(self, x, w):
        return 2 * w * x + 1

    def slope_x(self, x, w):
        return 1 + w**2


class Power(Formula):
    start = 2.0

    def function(self, x, w):
        return np.abs(x) ** w

    def slope_w(self, x, w):
        return np.abs(x) ** w * np.log(np.abs(x))

    def slope_x(self, x, w):
        return w * np.abs(x) ** (w - 1) * np.sign(x)


class Swish(Formula):
    def function(self, x, w):
        return x / (1 + np.exp(-w * x))

    def slope_w(self, x, w):
        s = 1 / (1 + np.exp(-w * x))
        return x * x * s * (1 - s)

    def slope_x(self, x, w):
        s = 1 / (1 + np.exp(-w * x))
        return s + x * w * s * (1 - s)


def swish_without_w(self, x, w):
    s = 1 / (1 + np.exp(-x))
    return s + x * s * (1 - s)


FAULTS = {
    "a factor that starts at 1 forgotten": (Scale, {"slope_x": lambda self, x, w: np.ones_like(x)}),
    "its square in its place": (Scale, {"slope_x": lambda self, x, w: w**2}),
    "divided by it": (Scale, {"slope_w": lambda self, x, w: x / w}),
    "swish with its factor forgotten": (Swish, {"slope_x": swish_without_w}),
    "a summand that starts at 0 forgotten": (Shift, {"slope_w": lambda self, x, w: np.ones_like(x)}),
    "a square that starts at 0 forgotten": (Shift, {"slope_x": lambda self, x, w: 1.0}),
    "an exponent taken for its first value": (Power, {"slope_x": lambda self, x, w: 2 * x}),
}


def checked(*layers, loss="mse"):
    tinynet.set_random_seed(3)
    model = tinynet.Sequential([tinynet.Input((3,)), Dense(4, activation="tanh"), *layers, Dense(2)])
    model.compile("sgd", loss)
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    before = [array.copy() for array in model.get_weights()]
    check = tinynet.gradient_check(model, x, y)
    assert all(map(np.array_equal, model.get_weights(), before)), "the model stays as it is"
    return check


@pytest.mark.parametrize("base", [Scale, Shift, Power, Swish])
def test_a_right_layer_passes_wherever_its_parameter_starts(base):
    checked(base()).require()


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("frozen", [False, True])
def test_what_is_right_only_where_a_parameter_starts_is_flagged(name, frozen):
    base, methods = FAULTS[name]
    layer = type("Faulty", (base,), methods)(trainable=not frozen)
    assert not checked(layer) or (frozen and "slope_w" in methods), name  # what is not trained has no gradient


def test_parameters_stay_where_a_move_would_leave_their_range():
    class Arc(Scale):
        def function(self, x, w):
            return x * np.arcsin(w)

        def slope_w(self, x, w):
            return x / np.sqrt(np.maximum(1 - w**2, 1e-300))

        def slope_x(self, x, w):
            return np.arcsin(w)

    class Halfway(Arc):
        start = 0.5

    checked(Halfway()).require()
    text = str(checked(Arc(trainable=False)))
    assert "not finite" not in text


class Quadratic(Regularizer):
    def __call__(self, w):
        return float(0.1 * (w**2).sum())

    def gradient(self, w):
        return 0.2 * w


class Forgotten(Quadratic):
    def gradient(self, w):
        return np.zeros_like(w)


class Twice(Quadratic):
    def gradient(self, w):
        return 0.4 * w


PENALISED = ["kernel_regularizer", "bias_regularizer", "activity_regularizer"]


@pytest.mark.parametrize("argument", PENALISED)
@pytest.mark.parametrize("penalty", [L1L2(0.02, 0.03), Quadratic()])
def test_a_penalty_is_part_of_the_slope(argument, penalty):
    checked(Dense(4, activation="tanh", **{argument: penalty})).require()


@pytest.mark.parametrize("argument", PENALISED)
@pytest.mark.parametrize("penalty", [Forgotten, Twice])
def test_a_penalty_with_a_wrong_slope_is_flagged_on_a_bias_of_zeros_too(argument, penalty):
    assert not checked(Dense(4, activation="tanh", **{argument: penalty()}))


class Mask(Layer):
    """A dropout as a learner writes it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.rng = np.random.default_rng(1)

    def forward(self, x, training=False):
        self.mask = self.rng.random(x.shape) > 0.4
        return x * self.mask / 0.6

    def backward(self, dy):
        return dy * self.mask / 0.6


class DrawsAgain(Mask):
    def backward(self, dy):
        return dy * (self.rng.random(dy.shape) > 0.4) / 0.6


class ForgetsTheScale(Mask):
    def backward(self, dy):
        return dy * self.mask


@pytest.mark.parametrize("layers", [[Dropout(0.4)], [Mask()], [BatchNormalization(), Dropout(0.3, seed=1)]])
def test_a_random_layer_draws_the_same_mask_for_every_loss(layers):
    checked(*layers).require()


@pytest.mark.parametrize("layer", [DrawsAgain, ForgetsTheScale])
def test_a_random_layer_with_another_mask_on_the_way_back_is_flagged(layer):
    check = checked(layer())
    assert not check
    assert not any("two different losses" in problem for problem in check.problems)


def test_corrections_that_count_as_constants_are_left_out():
    model = tinynet.Sequential([tinynet.Input((3,)), Dense(2), BatchNormalization(renorm=True), Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(5, 3))
    assert model.gradient_check(x, x[:, :1]).ok
    assert model.layers[1].renorm
