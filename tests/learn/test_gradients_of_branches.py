"""`gradient_check` of networks with branches, several inputs or outputs, and layers that are called twice."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights
from tinynet.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    GlobalAveragePooling1D,
    Layer,
)

X = np.random.default_rng(0).normal(size=(6, 4))
Y = X[:, :1]


def called_twice():
    inputs = tinynet.Input((4,))
    shared = Dense(4, "tanh", kernel_regularizer="l2", activity_regularizer="l2", name="shared")
    ends = Concatenate()([shared(inputs), shared(Dense(4)(inputs)), inputs])
    return tinynet.Model(inputs, Dense(1)(ends)), "mse", X, Y


def several_inputs_and_outputs():
    one, other = tinynet.Input((4,)), tinynet.Input((3,))
    hidden, normal = Dense(5, "tanh")(one), BatchNormalization()(Dense(5)(other))
    ends = [Dense(3, "softmax", name="p")(Dropout(0.3)(hidden * normal)), Dense(1, "sigmoid", name="q")(hidden)]
    losses = ["sparse_categorical_crossentropy", "binary_crossentropy"]
    return tinynet.Model([one, other], ends), losses, [X, X[:, :3]], [np.arange(6) % 3, np.arange(6) % 2]


def words_beside_numbers():
    words, numbers = tinynet.Input((3,)), tinynet.Input((4,))
    pooled = GlobalAveragePooling1D()(Embedding(9, 2)(words))
    x = [np.arange(18).reshape(6, 3) % 9, X]
    return tinynet.Model([words, numbers], Dense(1)(Concatenate()([pooled, Dense(2)(numbers)]))), "mse", x, Y


def of_operations():
    inputs = tinynet.Input((4,))
    pairs = np.reshape(Dense(6, "tanh")(inputs), (-1, 2, 3))
    products = np.matmul(pairs, np.transpose(np.reshape(Dense(6)(inputs), (-1, 2, 3)), (0, 2, 1)))
    return tinynet.Model(inputs, Dense(1)(np.exp(products[:, 0]) / (np.square(products[..., 1]) + 1))), "mse", X, Y


@pytest.mark.parametrize("build", [called_twice, several_inputs_and_outputs, words_beside_numbers, of_operations])
def test_backprop_through_branches_is_right(build):
    model, loss, x, y = build()
    model.compile("sgd", loss)
    before = model.get_weights()
    check = model.gradient_check(x, y)
    check.require()
    assert {f"{layer.name}.kernel" for layer in model.layers if isinstance(layer, Dense)} <= {
        t.name for t in check.tensors
    }
    assert check.tensors[-1].name == "x"
    assert_same_weights(model.get_weights(), before)


class Wrong(Layer):
    def forward(self, x, training=False):
        self.x = x
        return x * x

    def backward(self, dy):
        return dy * self.x


def test_a_wrong_derivative_on_one_branch_is_found():
    inputs = tinynet.Input((4,))
    model = tinynet.Model(
        inputs, Dense(1)(Add()([Wrong()(Dense(3, name="behind")(inputs)), Dense(3, name="beside")(inputs)]))
    )
    model.compile("sgd", "mse")
    check = model.gradient_check(X, Y)
    assert {tensor.name: tensor.ok for tensor in check.tensors if "kernel" in tensor.name} == {
        "behind.kernel": False,
        "beside.kernel": True,
        f"{model.layers[-1].name}.kernel": True,
    }
