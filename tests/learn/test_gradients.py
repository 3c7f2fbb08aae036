"""The gradient check: it passes what is right, and flags what was planted wrong."""

from __future__ import annotations

import re

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import tinynet
from tinynet.layers import Activation, Dense, Flatten, Layer


class Affine(Layer):
    """A copy of the dense layer, written as a user would; the faults below are planted in subclasses."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units

    def build(self, input_shape):
        self.add_weight("kernel", (input_shape[-1], self.units))
        self.add_weight("bias", (self.units,), tinynet.initializers.RandomNormal(0, 0.5, seed=1))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def forward(self, x, training=False):
        self.x = x
        self.z = x @ self.kernel + self.bias
        self.a = self.function(self.z)
        return self.a

    def backward(self, dy):
        dz = dy * self.slope()
        self.weights(dz)
        return self.input(dz)

    def function(self, z):
        return np.tanh(z)

    def slope(self):
        return 1 - self.a**2

    def weights(self, dz):
        self.dkernel[...] = self.x.T @ dz
        self.dbias[...] = dz.sum(axis=0)

    def input(self, dz):
        return dz @ self.kernel.T


class Relu(Affine):
    def function(self, z):
        return np.maximum(z, 0)

    def slope(self):
        return self.a > 0


def fault(base=Affine, **methods):
    return type("Faulty", (base,), methods)


def _set(name, value):
    def weights(self, dz):
        Affine.weights(self, dz)
        getattr(self, name)[...] = value(self, dz)

    return weights


def _in_place(self, dy):
    dy *= self.slope()
    self.weights(dy)
    return self.input(dy)


def _piled(self, dz):
    self.dkernel[...] += self.x.T @ dz
    self.dbias[...] = dz.sum(axis=0)


def _remembers_changed(self, x, training=False):
    self.x = x
    self.z = x @ self.kernel + self.bias
    self.a = np.tanh(self.z)
    self.a *= 0.9  # what is returned is not what was remembered as tanh(z)
    return self.a


FAULTS = {
    "the kernel's gradient transposed": fault(weights=_set("dkernel", lambda s, dz: (s.x.T @ dz).T)),
    "the kernel's gradient negative": fault(weights=_set("dkernel", lambda s, dz: -(s.x.T @ dz))),
    "the bias's gradient negative": fault(weights=_set("dbias", lambda s, dz: -dz.sum(axis=0))),
    "1/N twice in the kernel": fault(weights=_set("dkernel", lambda s, dz: s.x.T @ dz / len(dz))),
    "1/N missing in the kernel": fault(weights=_set("dkernel", lambda s, dz: s.x.T @ dz * len(dz))),
    "the bias's gradient a mean": fault(weights=_set("dbias", lambda s, dz: dz.mean(axis=0))),
    "only the first row in the bias": fault(weights=_set("dbias", lambda s, dz: dz[0])),
    "only the last row in the kernel": fault(weights=_set("dkernel", lambda s, dz: np.outer(s.x[-1], dz[-1]))),
    "the bias summed over the wrong axis": fault(weights=_set("dbias", lambda s, dz: dz.sum(axis=1)[: dz.shape[1]])),
    "the kernel's gradient not written": fault(weights=_set("dkernel", lambda s, dz: 0)),
    "the bias's gradient not written": fault(weights=_set("dbias", lambda s, dz: 0)),
    "the kernel's gradient from the outputs": fault(weights=_set("dkernel", lambda s, dz: s.a.T @ dz)),
    "the kernel's gradient piling up": fault(weights=_piled),
    "one entry of the kernel's gradient off by 1 %": fault(
        weights=_set("dkernel", lambda s, dz: s.x.T @ dz * np.where(np.arange(dz.shape[1]) == 1, 1.01, 1.0))
    ),
    "the slope missing": fault(slope=lambda s: 1.0),
    "the slope from z instead of a": fault(slope=lambda s: 1 - s.z**2),
    "the slope of sigmoid": fault(slope=lambda s: s.a * (1 - s.a)),
    "the slope without the square": fault(slope=lambda s: 1 - s.a),
    "the slope twice": fault(slope=lambda s: (1 - s.a**2) ** 2),
    "the input's gradient with the kernel not transposed": fault(input=lambda s, dz: dz @ s.kernel),
    "the input's gradient negative": fault(input=lambda s, dz: -dz @ s.kernel.T),
    "the input's gradient zero": fault(input=lambda s, dz: np.zeros_like(s.x)),
    "the input's gradient through": fault(input=lambda s, dz: dz),
    "the input's gradient of another shape": fault(input=lambda s, dz: (dz @ s.kernel.T)[:1]),
    "nothing returned": fault(input=lambda s, dz: None),
    "backward writing into what it got": fault(backward=_in_place),
    "relu letting through what is positive after": fault(Relu, slope=lambda s: np.ones_like(s.a)),
    "relu letting through what is negative": fault(Relu, slope=lambda s: s.a <= 0),
    "relu from the input": fault(Relu, slope=lambda s: s.x[:, : s.units] > 0),
    "forward changing what backward uses": fault(forward=_remembers_changed),
}


def network(cls, seed=0):
    """A network in which the layer stands in the middle: its shapes are square, so that wrong shapes can hide."""
    tinynet.set_random_seed(seed)
    model = tinynet.Sequential([Dense(4, activation="tanh"), cls(4), Dense(2)])
    model.compile("sgd", "mse")
    rng = np.random.default_rng(seed)
    return model, rng.normal(size=(6, 3)), rng.normal(size=(6, 2))


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_flagged(name):
    check = tinynet.gradient_check(*network(FAULTS[name]))
    assert not check, name
    with pytest.raises(AssertionError):
        check.require()


@pytest.mark.parametrize("cls", [Affine, Relu])
@pytest.mark.parametrize("seed", range(5))
def test_the_true_layer_is_not_flagged(cls, seed):
    check = tinynet.gradient_check(*network(cls, seed))
    check.require()
    assert max(t.worst for t in check.tensors) < 1e-6


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    hidden=st.sampled_from(["relu", "tanh", "sigmoid", "linear", "softmax"]),
    head=st.sampled_from(
        [
            ("linear", "mse"),
            ("tanh", "mae"),
            ("sigmoid", "binary_crossentropy"),
            ("softmax", "binary_crossentropy"),
            ("softmax", "categorical_crossentropy"),
            ("sigmoid", "categorical_crossentropy"),
            ("softmax", "sparse_categorical_crossentropy"),
        ]
    ),
    weighted=st.booleans(),
)
def test_the_built_in_layers_pass_with_every_loss(seed, hidden, head, weighted):
    tinynet.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    activation, loss = head
    model = tinynet.Sequential([Flatten(), Dense(5, activation=hidden), Dense(3), Activation(activation)])
    model.compile("rmsprop", loss)
    labels = rng.integers(0, 3, 5)
    y = labels if loss.startswith("sparse") else np.eye(3)[labels]
    weights = rng.random(5) if weighted else None
    tinynet.gradient_check(model, rng.normal(size=(5, 2, 2)), y, sample_weight=weights, max_entries=20).require()


def test_the_model_stays_as_it_is():
    model, x, y = network(Affine)
    model.train_on_batch(x, y)
    memory = model.parameters[0].memory
    before = [memory.parameters.copy(), memory.gradients.copy(), model.optimizer.iterations]
    tinynet.gradient_check(model, x, y)
    assert np.array_equal(before[0], memory.parameters)
    assert np.array_equal(before[1], memory.gradients)
    assert before[2] == model.optimizer.iterations
    assert model.dtype == "float32"


def at_corners(layer):
    """A network and a row of zeros: whatever the kernel, every weighted sum of that row is at the corner of relu."""
    model = tinynet.Sequential([tinynet.Input((2,)), layer(3, "relu", False, "ones"), Dense(1)])
    model.compile("sgd", "mse")
    return model, np.array([[0.0, 0.0], [2.0, 1.0]]), [1.0, 1.0]


def test_a_kink_is_set_apart_and_explained():
    check = tinynet.gradient_check(*at_corners(Dense))
    check.require()
    assert sum(t.kinks for t in check.tensors) > 0
    assert "corner" in str(check)


def test_a_kink_does_not_hide_a_fault():
    class Wrong(Dense):
        def backward_sums(self, dz):
            return 1.5 * super().backward_sums(dz)

    assert not tinynet.gradient_check(*at_corners(Wrong))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("the kernel's gradient transposed", "transpose of what it should be"),
        ("the kernel's gradient negative", "sign is wrong"),
        ("1/N twice in the kernel", "6 times too small"),
        ("1/N missing in the kernel", "6 times too large"),
        ("the kernel's gradient not written", "zero everywhere"),
        ("the kernel's gradient piling up", "piles up"),
        ("backward writing into what it got", "wrote into the gradient"),
        ("the input's gradient of another shape", "must return an array of shape (6, 4)"),
    ],
)
def test_the_message_teaches(name, says):
    text = str(tinynet.gradient_check(*network(FAULTS[name])))
    assert says in " ".join(text.split())


def test_the_message_names_the_worst_entry_and_where_to_begin():
    text = " ".join(str(tinynet.gradient_check(*network(FAULTS["the slope missing"]))).split())
    assert "backprop says" in text
    assert "dense" in text
    assert re.search(r"First look at faulty\w*\.(kernel|bias)|First look at dense", text)
    assert "NOT passed" in text


def test_large_tensors_are_sampled_and_the_table_says_so():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Dense(20, activation="tanh"), Dense(2)])
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    check = model.gradient_check(rng.normal(size=(4, 30)), rng.normal(size=(4, 2)), max_entries=15)
    check.require()
    assert "15 of 600" in str(check)
