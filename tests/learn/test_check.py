"""`trace.check`: what is right passes, and each kind of mistake is named."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import tinynet
from tests.support.by_hand import wrongly_marked
from tinynet.layers import Activation, BatchNormalization, Dense

HEADS = [
    ("linear", "mse"),
    ("sigmoid", "binary_crossentropy"),
    ("softmax", "categorical_crossentropy"),
    ("tanh", "mse"),
]


def example(seed):
    """A random network of two or three layers and its trace."""
    rng = np.random.default_rng(seed)
    tinynet.set_random_seed(seed)
    last, loss = HEADS[seed % len(HEADS)]
    widths = rng.integers(2, 6, 2)
    if seed % 3 == 0:
        widths[:] = widths[0]  # equal widths, where wrong shapes cannot give a mistake away
    hidden = ["sigmoid", "tanh", "relu"][seed % 5 % 3]
    layers = [Dense(int(w), activation=hidden) for w in widths[: 1 + seed % 2]]
    model = tinynet.Sequential([*layers, Dense(3, activation=last)])
    model.compile(tinynet.optimizers.SGD(0.1), loss)
    n = int(rng.integers(2, 7))
    y = np.eye(3)[rng.integers(0, 3, n)]
    return model.trace(rng.normal(size=(n, int(widths[0]))), y), hidden, n


def slope(name, a):
    return {"relu": (a > 0) * 1.0, "sigmoid": a * (1 - a), "tanh": 1 - a**2}[name]


def mistakes(trace, hidden, n):
    """Make every kind of mistake by hand, as a learner would: kind, name, array."""
    t = trace
    W2, dz2, dz1, x, a1, z1 = (t[k] for k in ("W2", "dz2", "dz1", "x", "a1", "z1"))
    dW1, dW2, db1 = t["dW1"], t["dW2"], t["db1"]
    da1 = dz2 @ W2.T
    yield "transposed", "dW1", dW1.T
    yield "transposed", "dW2", (dz2.T @ a1)
    yield "batch not summed", "db1", dz1
    yield "batch not summed", "dW1", x[:, :, None] * dz1[:, None, :]
    yield "batch not summed", "dW2", a1[:, :, None] * dz2[:, None, :]
    yield "missing 1/N", "dW1", x.T @ (dz1 * n)
    yield "missing 1/N", "dW2", a1.T @ (dz2 * n)
    yield "missing 1/N", "dz2", dz2 * n
    yield "missing 1/N", "db1", db1 * n
    yield "1/N twice", "dW2", a1.T @ dz2 / n
    yield "missing derivative", "dW1", x.T @ da1
    yield "missing derivative", "dz1", da1
    yield "missing derivative", "db1", da1.sum(axis=0)
    yield "sign", "dW2", -dW2
    yield "sign", "dz2", -dz2
    yield "sign", "dW1", -dW1
    yield "x for z", "dW2", z1.T @ dz2
    if hidden != "relu":
        yield "x for z", "dz1", da1 * slope(hidden, z1)
        yield "x for z", "dW1", x.T @ (da1 * slope(hidden, z1))
    yield "layer after", "dW1", dW2
    yield "layer after", "db1", t["db2"]


def test_each_kind_of_mistake_is_named_on_random_networks():
    right, all_of = Counter(), Counter()
    for seed in range(60):
        trace, hidden, n = example(seed)
        for kind, name, wrong in mistakes(trace, hidden, n):
            truth = trace[name]
            if wrong.shape == truth.shape and np.allclose(wrong, truth, rtol=1e-3, atol=1e-3 * np.abs(truth).max()):
                continue  # here the mistake makes no difference
            if not wrong.any():
                continue  # every unit is dead
            verdict = trace.check(name, wrong)
            assert verdict.result == "wrong"
            all_of[kind] += 1
            right[kind] += verdict.kind == kind
    assert len(all_of) >= 8
    for kind, count in all_of.items():
        assert count >= 20, kind
        assert right[kind] >= 0.95 * count, (kind, right[kind], count)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_right_is_exact_however_it_was_computed(seed):
    trace, hidden, _ = example(seed)
    x, a1, dz2 = (trace[k].astype(float) for k in ("x", "a1", "dz2"))
    assert trace.check("dW2", np.einsum("ni,nj->ij", a1, dz2)).result == "exact"
    for step in trace.steps:
        verdict = trace.check(step.name, step.value.tolist())
        assert verdict.result == "exact" or not step.value.any()
        assert verdict
    if len([s for s in trace.steps if s.name.startswith("dW")]) == 2:
        dz1 = (dz2 @ trace["W2"].T) * slope(hidden, a1)
        assert trace.check("dW1", x.T @ dz1).result == "exact"


@pytest.mark.parametrize("digits", [4, 5])
def test_a_rounded_answer_is_close(digits):
    trace, _, _ = example(2)
    for rounded in (
        np.round(trace["dW2"].astype(float), digits),
        [[float(f"{v:.{digits}g}") for v in row] for row in trace["dW2"]],
    ):
        verdict = trace.check("dW2", rounded)
        assert (verdict.result, bool(verdict)) == ("close", True)


def test_an_answer_that_is_off_by_more_than_rounding_is_wrong():
    trace, _, _ = example(2)
    assert not trace.check("dW2", trace["dW2"] + 3e-4 * np.abs(trace["dW2"]).max())


def test_a_mistake_in_an_earlier_step_is_found_there():
    trace, hidden, _ = example(1)
    da2 = trace["dz3"] @ trace["W3"].T
    dz1 = (da2 @ trace["W2"].T) * slope(hidden, trace["a1"])  # the second layer's derivative is missing
    verdict = trace.check("dW1", trace["x"].T @ dz1)
    assert verdict.kind == "missing derivative"
    assert "Already in dz2" in verdict.message


def test_two_mistakes_at_once_are_both_named():
    trace, _, _ = example(4)
    verdict = trace.check("dW1", -(trace["x"].T @ (trace["dz2"] @ trace["W2"].T)))
    assert verdict.kind == "missing derivative, sign"


def test_the_other_mistakes_it_knows():
    trace, _, _ = example(6)
    old_and_new = trace["dz2"] @ trace["W2_new"].T
    assert trace.check("da1", old_and_new).kind == "updated weights"
    assert trace.check("z1", trace["x"] @ trace["W1"]).result in ("exact", "close")  # the bias is zero
    trace, _, _ = example(0)
    assert trace.check("dz2" if "dz3" not in trace.names else "dz3", trace.steps[-1].value).result == "wrong"
    assert trace.check("dW1", np.zeros((9, 9))).message.startswith("dW1: wrong. It has shape (9, 9)")
    factor = trace.check("dW1", 0.37 * trace["dW1"])
    assert (factor.kind, "0.37 times" in factor.message) == ("constant factor", True)
    unknown = trace.check("dW1", trace["dW1"] + np.arange(trace["dW1"].size).reshape(trace["dW1"].shape))
    assert unknown.kind == ""
    assert "The largest error is at" in unknown.message


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_no_right_answer_to_a_random_network_is_called_wrong(first):
    assert [wrong for seed in range(first, first + 10) for wrong in wrongly_marked(seed)] == []


#: Seeds of networks where rounding does much: saturated units, sums that cancel, numbers below float32's smallest.
@pytest.mark.parametrize("seed", [457, 831, 1861, 4250, 5234, 5157, 5944, 7675, 7851])
def test_a_right_answer_is_not_called_wrong_where_rounding_does_much(seed):
    assert wrongly_marked(seed) == []


def test_where_a_gradient_is_nothing_but_rounding_a_weight_that_stays_is_right():
    """What normalization subtracts cancels the bias before it: its gradient is 0, up to the order of the sum."""
    tinynet.utils.set_random_seed(1)
    model = tinynet.Sequential([tinynet.Input((4,)), Dense(3), BatchNormalization(), Activation("relu"), Dense(1)])
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    trace = model.trace(rng.normal(size=(8, 4)), rng.normal(size=(8, 1)))
    assert trace["db1"].any()
    for name in ("db1", "b1_new"):
        assert trace.check(name, np.zeros(3)).result == "exact"
        assert trace.check(name, np.full(3, 1e-3)).result == "wrong"
    assert trace.check("W1_new", trace["W1"]).kind == "not updated"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rate", [1e-3, 1e-5])
def test_however_small_the_rate_a_wrong_step_is_not_lost_in_the_weights_rounding(dtype, rate):
    tinynet.backend.set_floatx(dtype)
    tinynet.set_random_seed(2)
    model = tinynet.Sequential([tinynet.Input((4,)), Dense(6, activation="tanh"), Dense(3)])
    model.compile(tinynet.optimizers.SGD(rate), "mse")
    rng = np.random.default_rng(2)
    trace = model.trace(rng.normal(size=(6, 4)), rng.normal(size=(6, 3)))
    w, gradient = trace["W1"].astype(float), trace["dW1"].astype(float)
    for number in (np.float32, np.float64):
        assert trace.check("W1_new", (w - rate * gradient).astype(number))
        assert trace.check("W1_new", number(w) - number(rate) * number(gradient))
    one_left = np.where(np.arange(24).reshape(4, 6) == np.abs(gradient).argmax(), w, w - rate * gradient)
    for wrong in (w, w - 0.5 * rate * gradient, w - 0.8 * rate * gradient, w + rate * gradient, one_left):
        assert trace.check("W1_new", wrong).result == "wrong"
