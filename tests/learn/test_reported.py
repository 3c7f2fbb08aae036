"""The gradient check at corners, and with numbers that are none: as reported."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet import initializers
from tinynet.activations import ActivationFunction
from tinynet.layers import Dense, Input, Layer

X = np.random.default_rng(0).normal(size=(8, 3))
Y = np.random.default_rng(1).normal(size=(8, 1))


def checked(*layers, x=X, y=Y):
    model = tinynet.Sequential([Input(x.shape[1:]), *layers])
    model.compile("sgd", "mse")
    return model.gradient_check(x, y)


def constant(*values):
    return lambda shape, dtype=None: np.array(values, dtype).reshape(shape)


def with_a_row_of_zeros():
    x = X.copy()
    x[3] = 0
    return x


CORNERS = {
    "relu(x) - relu(-x) at 0": lambda: checked(
        Dense(2, "relu", kernel_initializer=constant(1, -1)),
        Dense(1, kernel_initializer=constant(1, -1)),
        x=np.zeros((1, 1)),
        y=np.ones((1, 1)),
    ),
    "one row of zeros": lambda: checked(Dense(5, "relu"), Dense(1), x=with_a_row_of_zeros()),
    "a kernel of zeros": lambda: checked(Dense(5, "relu", kernel_initializer="zeros"), Dense(1)),
    "all zeros": lambda: checked(Dense(5, "relu"), Dense(4, "leaky_relu"), Dense(1), x=np.zeros((4, 3)), y=Y[:4]),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_units_that_are_at_their_corners_at_once_are_no_alarm(corner):
    check = CORNERS[corner]()
    assert check.ok, str(check)


class Bent(ActivationFunction):
    """relu with a slope that is wrong where it lets through."""

    def forward(self, z):
        return np.maximum(z, 0)

    def backward(self, a, da):
        return 0.9 * da * (a > 0)


class Doubled(Layer):
    def forward(self, x, training=False):
        return 2 * x

    def backward(self, dy):
        return dy


@pytest.mark.parametrize("wrong", [lambda: Dense(5, activation=Bent()), Doubled], ids=["activation", "layer"])
def test_a_wrong_gradient_is_found_at_corners_too(wrong):
    assert not checked(Dense(5, "relu"), wrong(), Dense(1), x=with_a_row_of_zeros()).ok


def test_a_gradient_that_is_nan_is_never_excused_as_a_corner():
    class Root(ActivationFunction):
        def forward(self, z):
            return np.abs(z)

        def backward(self, z, a, da):
            return da * z / np.abs(z)

    with np.errstate(invalid="ignore"):
        assert not checked(Dense(2, activation=Root(), kernel_initializer="zeros"), Dense(1)).ok


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["x", "weight"])
def test_a_loss_that_is_not_finite_is_called_that_and_not_random(value, where):
    model = tinynet.Sequential([Input((3,)), Dense(2), Dense(1, kernel_initializer=initializers.Ones())])
    model.compile("sgd", "mse")
    x = X.copy()
    if where == "x":
        x[2, 1] = value
    else:
        model.layers[0].kernel[0, 0] = value
    try:
        said = str(model.gradient_check(x, Y))
    except ValueError as error:
        said = str(error)
    assert "random" not in said
    assert "not finite" in said or "missing" in said or "NaN" in said
