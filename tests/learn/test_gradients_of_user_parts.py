"""The gradient check on losses, activations, layers and optimizers that users write."""

from __future__ import annotations

import numpy as np

import tinynet
from tinynet.activations import ActivationFunction
from tinynet.layers import Dense, Layer
from tinynet.losses import Loss
from tinynet.optimizers import Optimizer


class Huber(Loss):
    def forward(self, y, p):
        e = np.abs(p - y)
        return np.where(e < 1, 0.5 * e**2, e - 0.5).mean(axis=-1)

    def backward(self, y, p):
        return np.clip(p - y, -1, 1) / p.shape[-1]


class WrongHuber(Huber):
    def backward(self, y, p):
        return np.clip(p - y, -1, 1)


class Softsign(ActivationFunction):
    name = "softsign"

    def forward(self, z):
        z /= 1 + np.abs(z)

    def backward(self, a, da):
        da *= (1 - np.abs(a)) ** 2


class Noise(Layer):
    def __init__(self, own=True, **options):
        super().__init__(**options)
        self.rng = np.random.default_rng(0)
        self.own = own

    def forward(self, x, training=False):
        self.mask = self.rng.random(x.shape) > 0.3
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


def compiled(loss="mse", optimizer="sgd", layers=()):
    tinynet.set_random_seed(2)
    model = tinynet.Sequential([tinynet.Input((3,)), Dense(4, activation=Softsign()), *layers, Dense(2)])
    model.compile(optimizer, loss)
    rng = np.random.default_rng(2)
    return model, rng.normal(size=(5, 3)), 3 * rng.normal(size=(5, 2))


def test_user_written_losses_and_activations_are_checked():
    tinynet.gradient_check(*compiled(Huber())).require()
    check = tinynet.gradient_check(*compiled(WrongHuber()))
    assert not check
    assert "2 times what it should be" in " ".join(str(check).split())


def test_a_random_layer_draws_the_same_for_every_slope():
    layer = Noise()
    model, x, y = compiled(layers=[layer])
    state = layer.rng.bit_generator.state
    tinynet.gradient_check(model, x, y).require()
    assert layer.rng.bit_generator.state == state


def test_a_layer_that_cannot_be_repeated_is_named_as_the_reason():
    class Counting(Layer):
        calls = 0

        def forward(self, x, training=False):
            self.calls += 1
            return x * self.calls

        def backward(self, dy):
            return dy * self.calls

    check = tinynet.gradient_check(*compiled(layers=[Counting()]))
    assert not check
    assert "two different losses" in " ".join(str(check).split())


class Plain(Optimizer):
    def update(self, w, dw, slots, step):
        w -= self.learning_rate * dw


class Uphill(Optimizer):
    def update(self, w, dw, slots, step):
        w += self.learning_rate * dw


class Rebinding(Optimizer):
    def update(self, w, dw, slots, step):
        w = w - self.learning_rate * dw


class Dividing(Optimizer):
    slots = ("v",)

    def update(self, w, dw, slots, step):
        with np.errstate(all="ignore"):
            w -= self.learning_rate * dw / np.sqrt(slots[0])
        slots[0][...] += dw * dw


def test_a_user_written_optimizer_is_tried_too():
    tinynet.gradient_check(*compiled(optimizer=Plain(0.1))).require()
    for wrong, says in ((Uphill, "uphill"), (Rebinding, "changed no weight"), (Dividing, "infinite or NaN")):
        check = tinynet.gradient_check(*compiled(optimizer=wrong(0.1)))
        assert not check.ok
        assert says in str(check)
