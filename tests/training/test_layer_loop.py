"""What the layer loop does by itself: networks that end in nothing, notes for users' parts, gradients of inputs."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import two_classes
from tinynet.activations import ActivationFunction
from tinynet.kernels.samples import count
from tinynet.layers import Activation, Add, Dense, Flatten, Input
from tinynet.optimizers import SGD
from tinynet.training.graph_loop import GraphLoop
from tinynet.training.preparation import network_of

X, Y = two_classes(6)


@pytest.mark.parametrize("make", [lambda x: x, Flatten()], ids=["no layers", "one that does nothing"])
def test_a_network_that_computes_nothing_hands_its_samples_on(make):
    inputs = Input((4,))
    model = tinynet.Model(inputs, make(inputs))
    model.compile("sgd", "mse", compiled=False)
    assert model.evaluate(X, 2 * X, verbose=0) == pytest.approx(np.mean(X**2), rel=1e-6)
    assert model.predict(X, verbose=0).tolist() == X.tolist()


class Halved(ActivationFunction):
    """A user's activation that keeps what it was given."""

    def forward(self, z):
        self.given = z.copy()
        z /= 2

    def backward(self, a, da):
        da /= 2


@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_what_a_users_activation_keeps_of_a_batch_is_in_no_copy(shape):
    x = np.ones((6, *shape), "float32")
    model = tinynet.Sequential([Input(shape), Dense(5), Activation(Halved()), Dense(1)])
    model.compile("sgd", "mse", compiled=False)
    model.fit(x, np.ones((6, *shape[:-1], 1)), verbose=0)
    assert "given" in vars(model.layers[1].activation)
    assert "given" not in model.layers[1].activation.__getstate__()


@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_the_gradient_of_one_input_has_its_shape(shape):
    inputs = Input(shape)
    doubled = Add()([inputs, inputs])
    model = tinynet.Model(inputs, doubled)
    model.compile("sgd", "mse", compiled=False)
    loop = GraphLoop(network_of(model, shape, (*shape,)))
    x = np.arange(2.0 * np.prod(shape), dtype="float32").reshape(2, *shape)
    assert count(x) == 2
    loop.forward(x, training=True)
    slope = np.random.default_rng(0).normal(size=x.shape).astype("float32")
    found = loop.input_gradient(slope)
    assert found.shape == x.shape
    np.testing.assert_array_equal(found, 2 * slope)


def test_a_layer_that_is_called_twice_learns_by_both_calls():
    tinynet.set_random_seed(0)
    inputs, shared = Input((4,)), Dense(4, use_bias=False)
    model = tinynet.Model(inputs, shared(shared(inputs)))
    model.compile(SGD(0.5), "mse")
    kernel, y = np.array(shared.kernel), np.ones_like(X)
    a = X @ kernel
    slope = 2 * (a @ kernel - y) / y.size
    gradient = a.T @ slope + X.T @ (slope @ kernel.T)
    model.train_on_batch(X, y)
    np.testing.assert_allclose(shared.kernel, kernel - 0.5 * gradient, rtol=1e-5, atol=1e-6)
