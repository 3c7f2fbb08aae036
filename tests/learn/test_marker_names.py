"""More wrong answers by people, each with its name, and right answers in forms of their own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.learn.test_marker import adam
from tests.support.traced import OPTIMIZERS
from tinynet import activations, losses, optimizers
from tinynet.layers import Dense

N = 7


def network(sizes, activations, loss, optimizer, targets="numbers", penalty=None, weighted=False):
    """Return a trace of a network that is a few steps old."""
    tinynet.backend.set_floatx("float64")
    tinynet.set_random_seed(3)
    rng = np.random.default_rng(3)
    layers = [Dense(n, a) for n, a in zip(sizes[1:], activations, strict=True)]
    if penalty:
        layers[0] = Dense(sizes[1], activations[0], kernel_regularizer=penalty)
    model = tinynet.Sequential([tinynet.Input((sizes[0],)), *layers])
    model.compile(optimizer, loss, compiled=False)
    x, last = rng.normal(size=(N, sizes[0])), sizes[-1]
    y = {
        "numbers": lambda: rng.normal(size=(N, last)),
        "answers": lambda: rng.integers(0, 2, (N, 1)),
        "classes": lambda: np.eye(last)[rng.integers(0, last, N)],
        "labels": lambda: rng.integers(0, last, N),
    }[targets]()
    weights = rng.uniform(0.2, 3, N) if weighted else None
    for _ in range(3):
        model.train_on_batch(x, y, sample_weight=weights)
    return model.trace(x, y, sample_weight=weights)


NETWORKS: dict[str, Callable[[], Any]] = {
    "numbers": lambda: network([4, 5, 3], ["tanh", "linear"], "mse", optimizers.SGD(0.05), penalty="l2"),
    "weighted": lambda: network([3, 4, 2], ["sigmoid", "linear"], "mse", optimizers.SGD(0.05), weighted=True),
    "answers": lambda: network(
        [3, 4, 4, 1], ["relu", "relu", "sigmoid"], "binary_crossentropy", optimizers.Adam(0.01), "answers"
    ),
    "classes": lambda: network(
        [4, 5, 4, 3],
        ["sigmoid", "tanh", "softmax"],
        "categorical_crossentropy",
        optimizers.RMSprop(0.01),
        "classes",
    ),
    "logits": lambda: network(
        [3, 4, 3],
        ["relu", "linear"],
        losses.CategoricalCrossentropy(from_logits=True),
        optimizers.AdamW(0.01, weight_decay=0.1),
        "classes",
    ),
    "labels": lambda: network(
        [4, 4, 4], ["softsign", "softmax"], "sparse_categorical_crossentropy", optimizers.Adagrad(0.1), "labels"
    ),
    "momentum": lambda: network([3, 4, 2], ["tanh", "linear"], "mse", optimizers.SGD(0.02, momentum=0.9)),
    "adamax": lambda: network([3, 4, 2], ["tanh", "linear"], "mse", optimizers.Adamax(0.01)),
    "adadelta": lambda: network([3, 4, 2], ["gelu", "linear"], "mse", optimizers.Adadelta(0.5, epsilon=0.01)),
    "nadam": lambda: network([3, 4, 2], ["tanh", "linear"], "mse", optimizers.Nadam(0.01)),
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def through_softmax(t, gradient):
    return t["p"] * (gradient - (gradient * t["p"]).sum(1, keepdims=True))


def first(t, dz2, W2="W2"):
    """Return the gradient of the first weights of two ReLU layers from that of the last sums."""
    return t["x"].T @ (((dz2 @ t["W3"].T) * (t["z2"] > 0)) @ t[W2].T * (t["z1"] > 0))


def of_classes(t, dz3, second=None, W3="W3", W2="W2"):
    """Return the gradient of the first weights of the three layers from that of the last sums."""
    second = 1 - t["a2"] ** 2 if second is None else second
    return t["x"].T @ (((dz3 @ t[W3].T) * second) @ t[W2].T * t["a1"] * (1 - t["a1"]))


def of_labels(t, z1, activation=lambda z: z / (1 + abs(z))):
    """Return the gradient of the second weights from the first sums on."""
    a1 = activation(z1)
    scores = np.exp(a1 @ t["W2"] + t["b2"])
    return a1.T @ (scores / scores.sum(1, keepdims=True) - t["t"]) / N


#: The network, the array's name, how a learner got it wrong, and which kinds say so.
CASES = {
    # sums and products
    "product of sums": ("numbers", "dW2", lambda t: np.outer(t["a1"].sum(0), t["dz2"].sum(0)), "summed too early"),
    "product of means": ("numbers", "dW2", lambda t: np.outer(t["a1"].mean(0), t["dz2"].mean(0)), "summed too early"),
    "square of the mean": ("numbers", "losses", lambda t: (t["z2"] - t["y"]).mean(1) ** 2, "summed too early"),
    "mean over the rows": ("numbers", "losses", lambda t: ((t["z2"] - t["y"]) ** 2).mean(0), "wrong axis"),
    "terms not summed": ("numbers", "losses", lambda t: (t["z2"] - t["y"]) ** 2, "not summed"),
    "in the other order": ("labels", "dW1", lambda t: t["dz1"].T @ t["x"], "transposed"),
    "neither transposed": ("labels", "z2", lambda t: t["a1"] @ t["W2"].T + t["b2"], "transposed"),
    "mean over the inputs": ("numbers", "z1", lambda t: t["x"] @ t["W1"] / 4 + t["b1"], "mean for sum"),
    "new weights, forward": ("numbers", "z1", lambda t: t["x"] @ t["W1_new"] + t["b1_new"], "updated weights"),
    "rows of the bias, in the update": (
        "momentum",
        "b1_new",
        lambda t: t["b1"] + 0.9 * t["m_b1_old"] - 0.02 * t["dz1"],
        "batch not summed",
    ),
    # what goes in
    "targets for the gradient": ("numbers", "da1", lambda t: t["y"] @ t["W2"].T, "x for z"),
    "sizes of the inputs": ("numbers", "dW2", lambda t: np.abs(t["a1"]).T @ t["dz2"], "absolute"),
    "squares of the inputs": ("numbers", "dW2", lambda t: (t["a1"] ** 2).T @ t["dz2"], "squared"),
    "the mask for the output": ("answers", "dW2", lambda t: (t["z1"] > 0).T @ t["dz2"], "mask"),
    "labels not one-hot": ("labels", "dz2", lambda t: (t["p"] - t["y"].reshape(-1, 1)) / N, "x for z"),
    "absolute error, seen later": ("answers", "dW1", lambda t: first(t, abs(t["p"] - t["y"]) / N), "absolute"),
    "the bias's gradient": ("numbers", "W2_new", lambda t: t["W2"] - 0.05 * t["db2"], "x for z"),
    "true and false": ("numbers", "dW1", lambda t: t["dW1"] > 0, "no numbers"),
    "clipped for no reason": ("numbers", "dW2", lambda t: np.clip(t["dW2"], -0.05, 0.05), "clipped"),
    # slopes
    "root of the slope": ("weighted", "dz1", lambda t: t["da1"] * np.sqrt(t["a1"] * (1 - t["a1"])), "another slope"),
    "rest of the slope": ("weighted", "dz1", lambda t: t["da1"] * (1 - t["a1"] * (1 - t["a1"])), "another slope"),
    "slope added": ("numbers", "dz1", lambda t: t["da1"] + 1 - t["a1"] ** 2, "added"),
    "largest slope": ("weighted", "dz1", lambda t: t["da1"] / 4, "missing derivative, constant factor"),
    "slope for the output": ("numbers", "a1", lambda t: 1 - t["a1"] ** 2, "slope for value"),
    "tanh twice": ("numbers", "a1", lambda t: np.tanh(t["a1"]), "applied twice"),
    "smaller for larger": ("answers", "a1", lambda t: np.minimum(t["z1"], 0), "mask"),
    "softsign's slope alone": ("labels", "dz1", lambda t: 1 / (1 + abs(t["z1"])) ** 2, "slope alone"),
    "a factor twice": ("weighted", "dz1", lambda t: t["da1"] * t["a1"] ** 2 * (1 - t["a1"]), "factor twice"),
    "gelu's second term": (
        "adadelta",
        "dz1",
        lambda t: t["da1"] * t["z1"] * np.exp(-(t["z1"] ** 2) / 2) / math.sqrt(2 * math.pi),
        "missing term",
    ),
    "softmax, sums not divided": (
        "classes",
        "p",
        lambda t: np.exp(t["z3"] - t["z3"].max(1, keepdims=True)),
        "missing factor",
    ),
    # in every layer
    "no slope anywhere": ("answers", "dW1", lambda t: t["x"].T @ (t["da2"] @ t["W2"].T), "missing derivative"),
    "new weights everywhere": (
        "classes",
        "dW1",
        lambda t: of_classes(t, t["dz3"], W3="W3_new", W2="W2_new"),
        "updated weights",
    ),
    "slopes exchanged": (
        "classes",
        "dW1",
        lambda t: t["x"].T @ (((t["da2"] * t["a2"] * (1 - t["a2"])) @ t["W2"].T) * (1 - t["a1"] ** 2)),
        "another slope",
    ),
    # the loss
    "long way, without the slope": ("classes", "dz3", lambda t: -t["y"] / t["p"] / N, "missing derivative"),
    "long way, the diagonal": ("classes", "dz3", lambda t: -t["y"] * (1 - t["p"]) / N, "elementwise"),
    "another loss's way": (
        "classes",
        "dW1",
        lambda t: of_classes(t, 2 * (t["p"] - t["y"]) * t["p"] * (1 - t["p"]) / N),
        "another loss",
    ),
    "sigmoid for softmax": ("classes", "dz3", lambda t: (sigmoid(t["z3"]) - t["y"]) / N, "another activation"),
    "exponentials alone": ("classes", "dz3", lambda t: (np.exp(t["z3"]) - t["y"]) / N, "missing factor"),
    "half of the long way": ("answers", "dz3", lambda t: -t["y"] / t["p"] / N, "missing derivative, missing term"),
    "logits: the sums": ("logits", "dz2", lambda t: (t["z2"] - t["y"]) / N, "x for z"),
    "logits: decided": ("logits", "dz2", lambda t: (np.eye(3)[t["p"].argmax(1)] - t["y"]) / N, "decision.*"),
    "logits: slope again": ("logits", "dz2", lambda t: through_softmax(t, t["p"] - t["y"]) / N, "extra derivative"),
    "logits: diagonal again": ("logits", "dz2", lambda t: t["dz2"] * t["p"] * (1 - t["p"]), "extra derivative"),
    "logits: no slope": ("logits", "dz2", lambda t: -t["y"] / t["p"] / N, "missing derivative"),
    "logits: sigmoid": ("logits", "p", lambda t: sigmoid(t["z2"]), "another activation"),
    "targets turned in the loss": (
        "answers",
        "losses",
        lambda t: -((1 - t["y"]) * np.log(t["p"]) + t["y"] * np.log(1 - t["p"]))[:, 0],
        "1 - y",
    ),
    "largest loss": ("weighted", "L", lambda t: t["losses"].max(), "batch not summed"),
    "first loss": ("weighted", "L", lambda t: t["losses"][0], "batch not summed"),
    "weights forgotten": ("weighted", "L", lambda t: t["losses"].mean(), "missing weights"),
    "divided by the weights": (
        "weighted",
        "L",
        lambda t: (t["losses"] * t["w"]).sum() / t["w"].sum(),
        "divided by weights",
    ),
    "weights twice": ("weighted", "dz2", lambda t: t["dz2"] * t["w"][:, None], "factor twice"),
    "half a penalty": ("numbers", "L", lambda t: t["L"] - 0.005 * (t["W1"] ** 2).sum(), "penalty's share"),
    "a penalty besides": ("numbers", "L", lambda t: t["L"] + 0.01 * (t["W2"] ** 2).sum(), "another penalty"),
    "another penalty": ("numbers", "dW1", lambda t: t["dW1_data"] + 0.01 * np.sign(t["W1"]), "another penalty"),
    "no bias, seen in the gradient": ("labels", "dW2", lambda t: of_labels(t, t["x"] @ t["W1"]), "bias missing"),
    "another activation, seen in the gradient": (
        "labels",
        "dW2",
        lambda t: of_labels(t, t["z1"], np.tanh),
        "another activation",
    ),
    # updates
    "one entry updated": (
        "momentum",
        "W1_new",
        lambda t: np.where(np.arange(12).reshape(3, 4) == 5, t["W1_new"], t["W1"]),
        "some entries",
    ),
    "turned": ("momentum", "W1_new", lambda t: -t["W1_new"], "sign"),
    "the rate twice": ("momentum", "m_W1", lambda t: 0.9 * t["m_W1_old"] - 4e-4 * t["dW1"], "rate"),
    "a mean": ("momentum", "W1_new", lambda t: t["W1"] + 0.9 * t["m_W1_old"] - 0.002 * t["dW1"], "factor besides"),
    "another's mean": ("momentum", "m_W1", lambda t: 0.9 * t["m_W1_old"] + 0.1 * t["dW1"], "another optimizer"),
    "book's mean, no share": ("answers", "m_W1", lambda t: 0.9 * t["m_W1_old"] + t["dW1"], "missing factor"),
    "book's mean, sign": ("answers", "m_W1", lambda t: 0.9 * t["m_W1_old"] - 0.1 * t["dW1"], "sign"),
    "the other share": ("answers", "m_W1", lambda t: 0.999 * t["m_W1_old"] + 0.001 * t["dW1"], "another number"),
    "corrected too early": ("answers", "v_W1", lambda t: t["v_W1"] / (1 - 0.999**4), "bias correction"),
    "sizes for squares": ("classes", "v_W1", lambda t: 0.9 * t["v_W1_old"] + 0.1 * abs(t["dW1"]), "missing square"),
    "both accumulators old": (
        "answers",
        "W1_new",
        lambda t: t["W1"] - 0.01 * t["m_W1_old"] / (1 - 0.9**4) / (np.sqrt(t["v_W1_old"] / (1 - 0.999**4)) + 1e-7),
        "old accumulator",
    ),
    "corrections multiply": (
        "answers",
        "W1_new",
        lambda t: t["W1"] - 0.01 * t["m_W1"] * (1 - 0.9**4) / (np.sqrt(t["v_W1"] * (1 - 0.999**4)) + 1e-7),
        "bias correction",
    ),
    "uphill and not corrected": (
        "answers",
        "W1_new",
        lambda t: 2 * t["W1"] - adam(t, first=False, second=False),
        "(?=.*sign)(?=.*correction).*",
    ),
    "no slope and not corrected": (
        "answers",
        "W2_new",
        lambda t: adam(t, first=False, second=False, W="W2", g=t["a1"].T @ t["da2"]),
        "(?=.*missing derivative)(?=.*correction).*",
    ),
    "another's step from these means": (
        "answers",
        "W1_new",
        lambda t: t["W1"] - 0.01 * t["dW1"] / np.sqrt(t["v_W1"] + 1e-7),
        "another optimizer",
    ),
    "another's sum": ("labels", "s_W1", lambda t: 0.9 * t["s_W1_old"] + 0.1 * t["dW1"] ** 2, "another optimizer"),
    "decay twice": ("logits", "W1_new", lambda t: adam(t) - 0.002 * t["W1"], "decay"),
    "decay last": ("logits", "W1_new", lambda t: adam(t) * (1 - 0.001), "decay"),
    "a decay besides": ("answers", "W1_new", lambda t: adam(t) - 1e-4 * t["W1"], "decay"),
    "a coupled decay besides": ("answers", "W1_new", lambda t: adam(t, g=t["dW1"] + 0.01 * t["W1"]), "decay"),
    "both roots": (
        "adadelta",
        "W1_new",
        lambda t: t["W1"] - 0.5 * (t["d_W1_old"] + 0.01) * t["dW1"] / (t["v_W1"] + 0.01),
        "missing root",
    ),
    "new for old": (
        "adadelta",
        "W1_new",
        lambda t: t["W1"] - 0.5 * np.sqrt(t["d_W1"] + 0.01) * t["dW1"] / np.sqrt(t["v_W1"] + 0.01),
        "new accumulator",
    ),
    "least for largest": ("adamax", "u_W1", lambda t: np.minimum(0.999 * t["u_W1_old"], abs(t["dW1"])), "mask"),
    "sum for largest": ("adamax", "u_W1", lambda t: 0.999 * t["u_W1_old"] + abs(t["dW1"]), "sum for largest"),
    "root of the divisor": (
        "adamax",
        "W1_new",
        lambda t: t["W1"] - 0.01 / (1 - 0.9**4) * t["m_W1"] / (np.sqrt(t["u_W1"]) + 1e-7),
        "extra root",
    ),
    "adam for nadam": ("nadam", "W1_new", adam, "another optimizer"),
    "adam for nadam, not corrected": (
        "nadam",
        "W1_new",
        lambda t: adam(t, first=False, second=False),
        "another optimizer, no bias correction",
    ),
    # two at once
    "the penalty alone": ("numbers", "dW1", lambda t: 0.02 * t["W1"], "missing term"),
    "turned targets and sign": (
        "logits",
        "dW1",
        lambda t: -t["x"].T @ (((t["p"] - 1 + t["y"]) / N) @ t["W2"].T * (t["z1"] > 0)),
        "1 - y, sign|sign, 1 - y",
    ),
    "slope of another and one row": (
        "classes",
        "db1",
        lambda t: (t["da1"] * (1 - t["a1"] ** 2))[0],
        "(?=.*another slope)(?=.*batch not summed).*",
    ),
    "decided and not averaged": (
        "answers",
        "dW1",
        lambda t: first(t, (t["p"] > 0.5) - t["y"]),
        "(?=.*decision)(?=.*1/N).*",
    ),
}


@pytest.fixture(scope="module")
def traces():
    return {name: make() for name, make in NETWORKS.items()}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_answer_is_named_for_what_it_is(traces, case):
    which, name, wrong, kinds = CASES[case]
    verdict = traces[which].check(name, wrong(traces[which]))
    assert verdict.result == "wrong"
    assert re.fullmatch(kinds, verdict.kind), (verdict.kind, str(verdict))


def slope_of_sigmoid(t):
    return sigmoid(t["z1"]) * (1 - sigmoid(t["z1"]))


#: What learners take for an activation's slope, whichever it is, and the kinds that say so.
SLOPES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "none": ("dz1", lambda t: t["da1"], "missing derivative"),
    "none, seen later": ("dW1", lambda t: t["x"].T @ t["da1"], "missing derivative"),
    "none, and no mean": ("dW1", lambda t: N * t["x"].T @ t["da1"], "missing derivative, missing 1/N"),
    "none, and the sign": ("dz1", lambda t: -t["da1"], "missing derivative, sign|sign, missing derivative"),
    "alone": ("dz1", lambda t: t["dz1"] / t["da1"], "slope alone"),
    "twice": ("dz1", lambda t: t["dz1"] ** 2 / t["da1"], "extra derivative|constant factor"),
    "the output": ("dz1", lambda t: t["da1"] * t["a1"], "mask|another slope|missing .*|x for z"),
    "sigmoid's": (
        "dz1",
        lambda t: t["da1"] * slope_of_sigmoid(t),
        "another slope|missing .*|x for z",
    ),
    "tanh's": ("dz1", lambda t: t["da1"] * (1 - np.tanh(t["z1"]) ** 2), "another slope|missing .*|x for z"),
    "relu's": ("dz1", lambda t: t["da1"] * (t["z1"] > 0), "another slope|mask|missing .*"),
}


#: Activations with a slope of their own for each number.
ELEMENTWISE = sorted({a.name for a in activations.TABLE.values()} - {"linear", "softmax", "log_softmax"})


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_a_wrong_slope_of_any_activation_is_named(activation):
    trace = network([3, 5, 2], [activation, "linear"], "mse", optimizers.SGD(0.05))
    for case, (name, wrong, kinds) in SLOPES.items():
        given, right = wrong(trace), trace[name]
        if not np.allclose(given, right, rtol=1e-4, atol=1e-6 * np.abs(right).max()):  # else it is its slope
            verdict = trace.check(name, given)
            assert verdict.result == "wrong", case
            assert re.fullmatch(kinds, verdict.kind), (case, verdict.kind)


#: What learners make of a step, whatever the optimizer; of its rate where one has it.
STEPS: dict[str, tuple[Callable[[Any, float], Any], str]] = {
    "none": (lambda t, rate: t["W1"], "not updated"),
    "uphill": (lambda t, rate: 2 * t["W1"] - t["W1_new"], "sign"),
    "twice": (lambda t, rate: 2 * t["W1_new"] - t["W1"], ".*rate|.*rate.*|decay.*"),
    "half": (lambda t, rate: (t["W1"] + t["W1_new"]) / 2, ".*rate.*|decay.*"),
    "plain": (
        lambda t, rate: t["W1"] - rate * t["dW1"],
        "another.*|missing .*|clipping missing.*",
    ),
    "in part": (lambda t, rate: np.where(np.arange(12).reshape(3, 4) < 2, t["W1_new"], t["W1"]), "some entries"),
    "transposed": (lambda t, rate: t["W1_new"].T, "transposed"),
    "zeros": (lambda t, rate: 0 * t["W1"], "zeros"),
}


@pytest.mark.parametrize("optimizer", sorted(set(OPTIMIZERS) - {"sgd"}))
def test_a_wrong_step_of_any_optimizer_is_named(optimizer):
    made = OPTIMIZERS[optimizer]()
    trace = network([3, 4, 2], ["tanh", "linear"], "mse", made)
    for case, (wrong, kinds) in STEPS.items():
        verdict = trace.check("W1_new", wrong(trace, float(made.learning_rate)))
        assert verdict.result == "wrong", case
        assert re.fullmatch(kinds, verdict.kind), (case, verdict.kind)


FORMS: dict[str, Callable[[Any], Any]] = {
    "lists": lambda a: a.tolist(),
    "tuples": lambda a: tuple(map(tuple, a.tolist())),
    "columns first": np.asfortranarray,
    "objects": lambda a: a.astype(object),
    "float16": lambda a: a.astype(np.float16),
    "float32": lambda a: a.astype(np.float32),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_right_answer_may_have_any_form(traces, form):
    for which in ("numbers", "classes"):
        for name in ("z1", "a1", "dW1", "dW2", "dz1"):
            assert traces[which].check(name, FORMS[form](traces[which][name]))


def test_a_bias_may_be_a_row_or_a_column_and_the_loss_an_array(traces):
    trace = traces["classes"]
    for shape in ((-1,), (1, -1), (-1, 1)):
        assert trace.check("db1", trace["db1"].reshape(shape))
    assert trace.check("L", trace["L"].reshape(1, 1))


def test_float16_does_not_hide_a_mistake(traces):
    trace = traces["classes"]
    assert trace.check("dW1", (-trace["dW1"]).astype(np.float16)).result == "wrong"
    assert not trace.check("W1_new", trace["W1"].astype(np.float16)), "a step that is rounded away is none"
