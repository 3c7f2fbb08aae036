"""Whatever is stacked, users' own layers, losses and optimizers too: the trace shows the step that is trained."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import example, given, settings

import tinynet
from tests.support.traced import OPTIMIZERS, Half
from tinynet.layers import Activation, Dense, Flatten, Layer
from tinynet.optimizers import Optimizer


class Scale(Layer):
    def build(self, input_shape):
        self.add_weight("scale", (input_shape[-1],), "ones")

    def forward(self, x, training=False):
        self.x = x
        return x * self.scale

    def backward(self, dy):
        self.dscale[...] = (self.x * dy).reshape(-1, dy.shape[-1]).sum(axis=0)
        return dy * self.scale


class Dropout(Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.rng = np.random.default_rng(5)

    def forward(self, x, training=False):
        if not training:
            return x
        self.mask = (self.rng.random(x.shape) > 0.5) * 2
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class Signed(Optimizer):
    slots = ("age",)

    def update(self, w, dw, slots, step):
        slots[0] += 1
        w -= self.learning_rate * np.sign(dw)


def test_user_written_parts_are_traced_by_their_results():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Dense(4, activation="relu"), Scale(), Dropout(), Dense(2)])
    model.compile(Signed(0.1), Half())
    x, y = np.random.default_rng(0).normal(size=(6, 3)), np.ones((6, 2))
    trace = tinynet.trace(model, x, y)
    value = model.train_on_batch(x, y)
    assert value == trace.loss  # the dropout drew the same mask: nothing was taken from its generator
    assert all(np.array_equal(a, b) for a, b in zip(trace.weights_after, model.get_weights(), strict=True))
    assert "user-written" in str(trace)
    assert (trace["age_scale2"] == 1).all()
    assert {"dscale2", "h2", "h3", "dh2"} <= set(trace.names)


PIECES = {
    "dense": lambda: Dense(3),
    "relu": lambda: Dense(4, activation="relu"),
    "softmax": lambda: Dense(3, activation="softmax", use_bias=False),
    "frozen": lambda: Dense(3, activation="tanh", trainable=False),
    "tanh": lambda: Activation("tanh"),
    "linear": lambda: Activation("linear"),
    "scale": lambda: Scale(),
    "flatten": lambda: Flatten(),
    "dropout": lambda: Dropout(),
}


@settings(max_examples=25, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(sorted(PIECES)), max_size=4),
    head=st.sampled_from(["linear", "relu", "sigmoid", "softmax", "sigmoid layer", "softmax layer", "scale"]),
    loss=st.sampled_from(["mse", "binary_crossentropy", "categorical_crossentropy", "half"]),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    deep=st.booleans(),
    weighted=st.booleans(),
    seed=st.integers(0, 1000),
)
@example(["dense", "flatten"], "linear", "mse", "sgd", True, False, 0)
@pytest.mark.filterwarnings("ignore:Layer")
def test_any_stack_of_layers_can_be_traced_shown_and_is_trained_to_the_same_bits(
    pieces, head, loss, optimizer, deep, weighted, seed
):
    tinynet.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    layers = [PIECES[name]() for name in pieces]
    if head.endswith("layer"):
        layers += [Dense(2), Activation(head.split()[0])]
    elif head == "scale":
        layers += [Dense(2), Scale()]
    else:
        layers += [Dense(2, activation=head)]
    model = tinynet.Sequential(layers)
    model.compile(OPTIMIZERS[optimizer](), Half() if loss == "half" else loss, compiled=False)
    x = rng.normal(size=(4, 2, 3) if deep else (4, 3))
    y = np.eye(2)[rng.integers(0, 2, (4, 2) if deep and "flatten" not in pieces else 4)]
    weights = rng.random(4) if weighted else None
    trace = model.trace(x, y, sample_weight=weights)
    value = model.train_on_batch(x, y, sample_weight=weights)
    assert np.array_equal(value, trace.loss, equal_nan=True)
    for traced, trained in zip(trace.weights_after, model.get_weights(), strict=True):
        assert np.array_equal(traced, trained, equal_nan=True)
    assert str(trace)
    assert trace.to_html()
    assert trace.to_svg()
    for place, step in enumerate(trace.steps):
        if np.isfinite(step.value).all() and step.value.any():
            assert trace.check(step.name, step.value).result == "exact"
            # A single number may be all rounding. To find out why a number is wrong takes a while.
            if step.value.size > 1 and place % 6 == seed % 6:
                assert trace.check(step.name, -7.5 * step.value).result == "wrong"
