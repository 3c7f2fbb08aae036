"""Wrong answers as people give them: none passes, nearly all are named, and a hint gives none away."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tinynet
from tinynet import optimizers
from tinynet.layers import Dense, Dropout

N, INPUTS, UNITS, OUTPUTS = 5, 3, 4, 3


def traced(hidden="sigmoid", head=("softmax", "categorical_crossentropy"), optimizer=None, steps=3, around=None):
    """Return a trace of a network with inputs, hidden and output units of different numbers, a few steps old."""
    tinynet.backend.set_floatx("float64")
    tinynet.set_random_seed(1)
    rng = np.random.default_rng(1)
    outputs = OUTPUTS if head[0] != "sigmoid" else 1
    layers = [*(around or [Dense(UNITS, activation=hidden)]), Dense(outputs, activation=head[0])]
    model = tinynet.Sequential([tinynet.Input((INPUTS,)), *layers])
    model.compile(optimizer or optimizers.SGD(0.03), head[1], compiled=False)
    x = rng.normal(size=(N, INPUTS))
    y = np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, N)] if outputs > 1 else rng.integers(0, 2, (N, 1))
    y = rng.normal(size=(N, OUTPUTS)) if head[1] == "mse" else y
    for _ in range(steps):
        model.train_on_batch(x, y)
    return model.trace(x, y)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


#: Name of the array, how a learner got it wrong, and which kinds say so.
BACKWARD = {
    "sign": ("dW2", lambda t: -t["dW2"], "sign"),
    "targets minus prediction": ("dz2", lambda t: (t["y"] - t["p"]) / N, "sign"),
    "no mean": ("dz2", lambda t: t["p"] - t["y"], "missing 1/N"),
    "mean twice": ("dW2", lambda t: t["a1"].T @ t["dz2"] / N, "1/N twice"),
    "mean over outputs as well": ("dz2", lambda t: t["dz2"] / OUTPUTS, "constant factor"),
    "root of N": ("dW1", lambda t: t["dW1"] * np.sqrt(N), "constant factor"),
    "N minus 1": ("dW1", lambda t: t["dW1"] * N / (N - 1), "constant factor|row missing"),
    "twice": ("dW1", lambda t: 2 * t["dW1"], "constant factor"),
    "half": ("db1", lambda t: t["db1"] / 2, "constant factor"),
    "log to the base 2": ("losses", lambda t: t["losses"] / np.log(2), "constant factor"),
    "log to the base 10": ("losses", lambda t: t["losses"] / np.log(10), "constant factor"),
    "rate in the gradient": ("dW2", lambda t: 0.03 * t["dW2"], "constant factor"),
    "transposed": ("dW2", lambda t: t["dz2"].T @ t["a1"], "transposed"),
    "batch not summed in db": ("db1", lambda t: t["dz1"], "batch not summed"),
    "mean in db": ("db1", lambda t: t["dz1"].mean(axis=0), "1/N twice"),
    "batch not summed": ("dW1", lambda t: t["x"][:, :, None] * t["dz1"][:, None, :], "batch not summed"),
    "first row": ("dW1", lambda t: np.outer(t["x"][0], t["dz1"][0]), "batch not summed"),
    "sum over units": ("db1", lambda t: t["dz1"].sum(axis=1), "wrong axis"),
    "a row missing": ("dW1", lambda t: t["x"][1:].T @ t["dz1"][1:], "row missing"),
    "a row missing in the middle": ("db2", lambda t: np.delete(t["dz2"], 2, axis=0).sum(axis=0), "row missing"),
    "no slope": ("dz1", lambda t: t["da1"], "missing derivative"),
    "no slope, seen later": ("dW1", lambda t: t["x"].T @ t["da1"], "missing derivative"),
    "one minus a": ("dz1", lambda t: t["da1"] * (1 - t["a1"]), "missing factor"),
    "a alone": ("dz1", lambda t: t["da1"] * t["a1"], "missing factor"),
    "one plus a": ("dz1", lambda t: t["da1"] * t["a1"] * (1 + t["a1"]), "sign"),
    "slope of the sum": ("dz1", lambda t: t["da1"] * t["z1"] * (1 - t["z1"]), "x for z"),
    "the slope alone": ("dz1", lambda t: t["a1"] * (1 - t["a1"]), "slope alone"),
    "tanh's slope": ("dz1", lambda t: t["da1"] * (1 - t["a1"] ** 2), "another slope"),
    "relu's slope": ("dz1", lambda t: t["da1"] * (t["z1"] > 0), "another slope|mask"),
    "slope twice": ("dz1", lambda t: t["da1"] * (t["a1"] * (1 - t["a1"])) ** 2, "extra derivative"),
    "slope with cross-entropy": ("dz2", lambda t: t["dz2"] * t["p"] * (1 - t["p"]), "extra derivative"),
    "sum for input": ("dW2", lambda t: t["z1"].T @ t["dz2"], "x for z"),
    "output for input": ("dW2", lambda t: t["p"].T @ t["dz2"], "output for input|shape"),
    "new weights": ("da1", lambda t: t["dz2"] @ t["W2_new"].T, "updated weights"),
    "targets forgotten": ("dz2", lambda t: t["p"] / N, "targets forgotten|missing term"),
    "targets forgotten, seen later": (
        "dW1",
        lambda t: t["x"].T @ back(t, t["p"] / N),
        "targets forgotten|missing term",
    ),
    "one minus y": ("dz2", lambda t: (t["p"] - (1 - t["y"])) / N, "1 - y"),
    "decision": ("dz2", lambda t: (np.eye(OUTPUTS)[t["p"].argmax(1)] - t["y"]) / N, "decision for probability"),
    "targets reversed": ("dz2", lambda t: (t["p"] - t["y"][::-1]) / N, "permuted"),
    "targets' columns shifted": ("dW2", lambda t: t["a1"].T @ (t["p"] - np.roll(t["y"], 1, 1)) / N, "permuted"),
    "logits for probabilities": ("dz2", lambda t: (t["z2"] - t["y"]) / N, "x for z"),
    "layer after": ("db1", lambda t: t["dz2"].sum(axis=0), "shape|layer after"),
    "squared": ("dW1", lambda t: t["dW1"] ** 2, "squared"),
    "absolute": ("dW1", lambda t: np.abs(t["dW1"]), "absolute"),
    "normalised": ("dW1", lambda t: t["dW1"] / np.linalg.norm(t["dW1"]), "normalised"),
    "columns reversed": ("dW1", lambda t: t["dW1"][:, ::-1], "permuted"),
    "reshaped for transposed": ("dW1", lambda t: t["dW1"].T.reshape(t["dW1"].shape), "permuted"),
    "zeros": ("dW1", lambda t: np.zeros_like(t["dW1"]), "zeros"),
    "NaN": ("dW1", lambda t: t["dW1"] * np.nan, "NaN"),
    "None": ("dW1", lambda t: None, "None"),
    "the weights": ("dW1", lambda t: t["W1"], "another array"),
    "probabilities without the sum": ("p", lambda t: np.exp(t["z2"]), "missing factor|not divided"),
    "probabilities of columns": ("p", lambda t: np.exp(t["z2"]) / np.exp(t["z2"]).sum(axis=0), "wrong axis"),
    "sigmoid for softmax": ("p", lambda t: 1 / (1 + np.exp(-t["z2"])), "another activation"),
    "no bias": ("z1", lambda t: t["x"] @ t["W1"], "bias missing"),
    "no bias, seen later": ("a1", lambda t: 1 / (1 + np.exp(-(t["x"] @ t["W1"]))), "bias missing"),
    "sum of losses": ("L", lambda t: t["losses"].sum(), "missing 1/N"),
    "no minus": ("losses", lambda t: -t["losses"], "sign"),
    "sign and no mean": ("dz2", lambda t: t["y"] - t["p"], "sign.*missing 1/N|missing 1/N.*sign"),
    "no slope and no mean": ("dW1", lambda t: N * t["x"].T @ t["da1"], "missing derivative, missing 1/N"),
    "no slope and one row": ("db1", lambda t: t["da1"][0], "batch not summed, missing derivative"),
    "no slope, sum for input": (
        "dW1",
        lambda t: t["x"].T @ ((-t["dz2"]) @ t["W2"].T),
        "missing derivative.*sign|sign.*missing derivative",
    ),
    "rows apart": ("dW1", lambda t: t["x"][::-1].T @ t["dz1"], "permuted"),
    "rows of the gradient shifted": ("dW2", lambda t: t["a1"].T @ np.roll(t["dz2"], 1, 0), "permuted"),
    "another row alone": ("dW1", lambda t: np.outer(t["x"][2], t["dz1"][2]), "batch not summed"),
    "the first rows": ("dW1", lambda t: t["x"][:3].T @ t["dz1"][:3], "row missing"),
    "the last rows, their mean": ("db1", lambda t: t["dz1"][2:].sum(0) * N / (N - 2), "row missing"),
    "the largest of the rows": ("db1", lambda t: t["dz1"].max(axis=0), "batch not summed"),
    "begun": ("dW1", lambda t: t["dW1"] * (np.arange(INPUTS)[:, None] == 0), "some entries"),
    "root": ("dW1", lambda t: np.sqrt(np.abs(t["dW1"])), "extra root"),
    "cubed": ("dW1", lambda t: t["dW1"] ** 3, "squared"),
    "sign alone": ("dW1", lambda t: np.sign(t["dW1"]), "sign alone"),
    "ones": ("dW1", lambda t: np.ones_like(t["dW1"]), "same everywhere"),
    "complex": ("dW1", lambda t: t["dW1"] + 1j, "no numbers"),
    "text": ("dW1", lambda t: [[str(v) for v in row] for row in t["dW1"]], "no numbers"),
    "a word": ("dW1", lambda t: "gradient", "no numbers"),
    "ragged": ("dW1", lambda t: [[1.0, 2.0], [3.0]], "no numbers"),
    "None in lists": ("dW1", lambda t: [[None] * UNITS] * INPUTS, "None"),
    "masked": ("dW1", lambda t: np.ma.masked_array(t["dW1"], mask=True), "NaN"),
    "the step": ("dW1", lambda t: t["W1"] - t["W1_new"], "constant factor|another array"),
    "bias subtracted": ("z1", lambda t: t["x"] @ t["W1"] - t["b1"], "sign"),
    "bias twice": ("z2", lambda t: t["a1"] @ t["W2"] + 2 * t["b2"], "bias twice"),
    "divided by the slope": ("dz1", lambda t: t["da1"] / (t["a1"] * (1 - t["a1"])), "divided"),
    "one minus z²": ("dz1", lambda t: t["da1"] * (1 - t["z1"] ** 2), "another slope"),
    "one plus a², seen later": ("dW1", lambda t: t["x"].T @ (t["da1"] * (1 + t["a1"] ** 2)), "another slope"),
    "softsign's slope": ("dz1", lambda t: t["da1"] / (1 + np.abs(t["z1"])) ** 2, "another slope"),
    "softplus's slope": ("dz1", lambda t: t["da1"] / (1 + np.exp(-t["a1"])), "another slope|"),
    "leaky slope": ("dz1", lambda t: t["da1"] * np.where(t["z1"] > 0, 1, 0.01), "another slope"),
    "elu's slope": ("dz1", lambda t: t["da1"] * np.where(t["z1"] > 0, 1, np.exp(t["z1"])), "another slope"),
    "gradient's own sign": ("dz1", lambda t: t["da1"] * (t["da1"] > 0), "mask"),
    "probabilities decided": ("p", lambda t: np.eye(OUTPUTS)[t["p"].argmax(1)], "decision for probability"),
    "one minus probability": ("p", lambda t: 1 - t["p"], "1 - x"),
    "probabilities of the negative": ("p", lambda t: softmax(-t["z2"]), "sign"),
    "no exponential": ("p", lambda t: t["z2"] / t["z2"].sum(1, keepdims=True), "missing function"),
    "sum over all": ("p", lambda t: np.exp(t["z2"]) / np.exp(t["z2"]).sum(), "wrong axis"),
    "powers of 2": ("p", lambda t: softmax(t["z2"] * np.log(2)), "another base"),
    "root of the loss": ("L", lambda t: np.sqrt(t["L"]), "extra root"),
    "half an entry": ("dW1", lambda t: t["dW1"] * (1 - 0.5 * (np.arange(12).reshape(3, 4) == 5)), "some entries"),
}


def back(t, dz2):
    """Return the gradient of the first sums from one of the second."""
    return (dz2 @ t["W2"].T) * t["a1"] * (1 - t["a1"])


RELU = {
    "mask of the gradient": ("dz1", lambda t: t["da1"] * (t["da1"] > 0), "mask"),
    "mask turned round": ("dz1", lambda t: t["da1"] * (t["z1"] < 0), "mask"),
    "leaky": ("dz1", lambda t: t["da1"] * np.where(t["z1"] > 0, 1, 0.01), "mask|another slope"),
    "value for mask": ("dz1", lambda t: t["da1"] * t["a1"], "mask"),
    "sum for mask": ("dz1", lambda t: t["da1"] * t["z1"], "mask|another slope|x for z"),
    "no mask": ("dz1", lambda t: t["da1"], "missing derivative"),
    "the mask alone": ("dz1", lambda t: (t["z1"] > 0) * 1.0, "slope alone"),
    "no 2": ("dz2", lambda t: (t["z2"] - t["y"]) / (N * OUTPUTS), "missing 2|constant factor"),
    "no mean over outputs": ("dz2", lambda t: 2 * (t["z2"] - t["y"]) / N, "missing 1/K|constant factor"),
    "no mean at all": ("dz2", lambda t: 2 * (t["z2"] - t["y"]), "missing 1/N.*|missing 1/K.*|constant.*"),
    "absolute error": ("dz2", lambda t: np.sign(t["z2"] - t["y"]) / (N * OUTPUTS), "another loss|"),
    "not squared": ("losses", lambda t: (t["z2"] - t["y"]).mean(axis=1), "missing square"),
    "summed over outputs": ("losses", lambda t: ((t["z2"] - t["y"]) ** 2).sum(axis=1), "constant factor"),
    "negative kept": ("a1", lambda t: t["z1"], "another array|mask"),
}

ROWS = {
    "diagonal alone": ("dz2", lambda t: t["dp"] * t["p"] * (1 - t["p"]), "elementwise"),
    "no shift": ("dz2", lambda t: t["p"] * t["dp"], "missing term"),
    "no factor": ("dz2", lambda t: t["dp"] - (t["dp"] * t["p"]).sum(1, keepdims=True), "missing factor"),
    "other axis": ("dz2", lambda t: t["p"] * (t["dp"] - (t["dp"] * t["p"]).sum(0)), "wrong axis"),
    "no Jacobian": ("dz2", lambda t: t["dp"], "missing derivative"),
    "no Jacobian, seen later": ("dW2", lambda t: t["a1"].T @ t["dp"], "missing derivative"),
    "sum without the outputs": ("dz2", lambda t: t["p"] * (t["dp"] - t["dp"].sum(1, keepdims=True)), "missing factor"),
}


def adam(t, lr=0.01, b1=0.9, b2=0.999, eps=1e-7, step=4, first=True, second=True, root=np.sqrt, W="W1", g=None):
    """Return a weight after a step of Adam, as a book has it, or with a mistake."""
    g = t[f"d{W}"] if g is None else g
    m = b1 * t[f"m_{W}_old"] + (1 - b1) * g
    v = b2 * t[f"v_{W}_old"] + (1 - b2) * g**2
    m, v = m / (1 - b1**step if first else 1), v / (1 - b2**step if second else 1)
    return t[W] - lr * m / (root(v) + eps)


def rmsprop(t, lr=0.01, rho=0.9, power=2, root=lambda v: np.sqrt(v + 1e-7), old=False, W="W1"):
    """Return a weight after a step of RMSprop, or with a mistake."""
    v = rho * t[f"v_{W}_old"] + (1 - rho) * t[f"d{W}"] ** power
    return t[W] - lr * t[f"d{W}"] / root(t[f"v_{W}_old"] if old else v)


UPDATES = {
    "adam: not updated": ("adam", lambda t: t["W1"].copy(), "not updated"),
    "adam: as in a book": ("adam", adam, "epsilon"),
    "adam: uphill": ("adam", lambda t: 2 * t["W1"] - t["W1_new"], "sign"),
    "adam: no correction": ("adam", lambda t: adam(t, first=False, second=False), "no bias correction"),
    "adam: one mean corrected": ("adam", lambda t: adam(t, second=False), "bias correction"),
    "adam: the other mean corrected": ("adam", lambda t: adam(t, first=False), "bias correction"),
    "adam: counted from 0": ("adam", lambda t: adam(t, step=3), "bias correction"),
    "adam: no root": (
        "adam",
        lambda t: adam(t, second=False, first=False, root=lambda v: v),
        "no bias correction, missing root|missing root, no bias correction",
    ),
    "adam: shares swapped": ("adam", lambda t: adam(t, b1=0.1, b2=0.999), "swapped.*"),
    "adam: no rate": ("adam", lambda t: t["W1"] + (t["W1_new"] - t["W1"]) / 0.01, "no rate|rate"),
    "adam: twice the rate": ("adam", lambda t: adam(t, lr=0.02), ".*rate"),
    "adam: plain descent": ("adam", lambda t: t["W1"] - 0.01 * t["dW1"], "another optimizer"),
    "adam: the step alone": ("adam", lambda t: t["W1"] - t["W1_new"], "no old weight|another array"),
    "rmsprop: not updated": ("rmsprop", lambda t: t["W1"] + 0.0, "not updated"),
    "rmsprop: no root": ("rmsprop", lambda t: rmsprop(t, root=lambda v: v + 1e-7), "missing root"),
    "rmsprop: rho swapped": ("rmsprop", lambda t: rmsprop(t, rho=0.1), "swapped"),
    "rmsprop: old accumulator": ("rmsprop", lambda t: rmsprop(t, old=True), "old accumulator"),
    "rmsprop: uphill": ("rmsprop", lambda t: rmsprop(t, lr=-0.01), "sign"),
    "rmsprop: half the rate": ("rmsprop", lambda t: rmsprop(t, lr=0.005), "rate"),
    "rmsprop: plain descent": ("rmsprop", lambda t: t["W1"] - 0.01 * t["dW1"], "another optimizer|missing factor"),
    "rmsprop: no rate": ("rmsprop", lambda t: rmsprop(t, lr=1.0), "no rate|rate"),
    "tiny: epsilon outside": ("tiny", lambda t: rmsprop(t, root=lambda v: np.sqrt(v) + 1e-7), "epsilon"),
    "tiny: no epsilon": ("tiny", lambda t: rmsprop(t, root=np.sqrt), "missing term|epsilon"),
    "momentum: sign of the momentum": (
        "momentum",
        lambda t: t["W1"] - (0.9 * t["m_W1_old"] - 0.03 * t["dW1"]),
        "sign",
    ),
    "momentum: momentum's sign alone": (
        "momentum",
        lambda t: t["W1"] + (-0.9 * t["m_W1_old"] - 0.03 * t["dW1"]),
        "sign",
    ),
    "momentum: forgotten": ("momentum", lambda t: t["W1"] - 0.03 * t["dW1"], "missing term|another optimizer"),
    "momentum: nesterov": (
        "momentum",
        lambda t: t["W1"] + 0.9 * t["m_W1"] - 0.03 * t["dW1"],
        "another optimizer",
    ),
    "momentum: shares": (
        "momentum",
        lambda t: t["W1"] + 0.1 * t["m_W1_old"] - 0.03 * t["dW1"],
        "swapped",
    ),
    "sgd: not updated": ("sgd", lambda t: t["W1"] + 0.0, "not updated"),
    "sgd: half a step": ("sgd", lambda t: t["W1"] - 0.5e-3 * t["dW1"], "rate"),
    "sgd: uphill": ("sgd", lambda t: t["W1"] + 1e-3 * t["dW1"], "sign"),
    "sgd: no rate": ("sgd", lambda t: t["W1"] - t["dW1"], "no rate|rate"),
    "sgd: a decay besides": ("sgd", lambda t: t["W1_new"] + 1e-4 * t["W1"], "decay"),
    "sgd: the mean forgotten": ("sgd", lambda t: t["W1"] - 1e-3 * N * t["dW1"], "missing 1/N|rate"),
    "sgd: rounded away": ("sgd", lambda t: np.round(t["W1_new"], 2), "too few digits"),
    "sgd: transposed gradient": ("sgd", lambda t: t["W1"] - 1e-3 * t["dW1"].T.reshape(3, 4), ".*"),
}
UPDATES |= {
    "adam: fresh accumulators": ("adam", lambda t: fresh(t, 4), "accumulators forgotten"),
    "adam: fresh accumulators, first step": ("adam", lambda t: fresh(t, 1), "accumulators forgotten|sign alone"),
    "adam: shares exchanged": ("adam", lambda t: adam(t, b1=0.999, b2=0.9), "swapped"),
    "adam: both shares swapped": ("adam", lambda t: adam(t, b1=0.1, b2=0.001), "swapped"),
    "adam: epsilon inside": ("adam", lambda t: adam(t, root=lambda v: np.sqrt(v + 1e-7), eps=0), "epsilon"),
    "adam: no root, as in a book": ("adam", lambda t: adam(t, root=lambda v: v), "missing root"),
    "adam: the gradient's sign": ("adam", lambda t: t["W1"] - 0.01 * np.sign(t["dW1"]), "sign alone"),
    "adam: the gradient not averaged": ("adam", lambda t: adam(t, g=N * t["dW1"]), "missing 1/N"),
    "rmsprop: another rho": ("rmsprop", lambda t: rmsprop(t, rho=0.99), "another number"),
    "rmsprop: adding up": (
        "rmsprop",
        lambda t: t["W1"] - 0.01 * t["dW1"] / np.sqrt(t["v_W1_old"] + t["dW1"] ** 2 + 1e-7),
        "missing factor|another optimizer",
    ),
    "sgd: normalised": ("sgd", lambda t: t["W1"] - 1e-3 * t["dW1"] / np.linalg.norm(t["dW1"]), "normalised|rate"),
    "sgd: transposed": ("sgd", lambda t: t["W1_new"].T, "transposed"),
    "adamw: no decay": ("adamw", lambda t: adam(t), "missing decay|missing term"),
    "adamw: coupled": ("adamw", lambda t: adam(t, g=t["dW1"] + 0.05 * t["W1"]), "decay"),
    "adamw: decay without the rate": ("adamw", lambda t: adam(t) - 0.05 * t["W1"], "no rate|decay"),
    "clipped: not": ("clipped", lambda t: t["W1"] - 0.1 * t["dW1"], "clipping missing|missing factor|rate"),
    "clipped: by value": ("clipped", lambda t: t["W1"] - 0.1 * np.clip(t["dW1"], -0.01, 0.01), "another clipping"),
    "clipped values: not": ("clipped values", lambda t: t["W1"] - 0.1 * t["dW1"], "clipping missing|mask"),
}
#: The same of other arrays of an update.
SLOTS = {
    "adam: v not updated": ("adam", "v_W1", lambda t: t["v_W1_old"], "not updated"),
    "adam: v from the start": ("adam", "v_W1", lambda t: 0.001 * t["dW1"] ** 2, "accumulators forgotten|missing term"),
    "adam: shares of m swapped": ("adam", "m_W1", lambda t: 0.1 * t["m_W1_old"] + 0.9 * t["dW1"], "swapped"),
    "adam: v not squared": ("adam", "v_W1", lambda t: 0.999 * t["v_W1_old"] + 0.001 * t["dW1"], "missing square"),
    "rmsprop: root of v": ("rmsprop", "v_W1", lambda t: np.sqrt(t["v_W1"]), "extra root"),
    "clipped: by the largest": ("clipped", "clipped_dW1", lambda t: 0.01 * t["dW1"] / abs(t["dW1"]).max(), ".+"),
    "penalty: forgotten": ("penalty", "dW1", lambda t: t["dW1_data"], "missing penalty"),
    "penalty: its sign": ("penalty", "dW1", lambda t: 2 * t["dW1_data"] - t["dW1"], "sign"),
    "penalty and slope": ("penalty", "dW1", lambda t: t["x"].T @ t["da1"], "missing penalty, missing derivative"),
    "penalty: not in the loss": ("penalty", "L", lambda t: t["losses"].mean(), "missing penalty"),
    "penalty and mean: not in the loss": ("penalty", "L", lambda t: t["losses"].sum(), "missing penalty, missing 1/N"),
    "first: not updated": ("first", "b1_new", lambda t: t["b1"], "not updated"),
    "first: uphill": ("first", "b1_new", lambda t: -t["b1_new"], "sign"),
    "first: twice the rate": ("first", "b1_new", lambda t: 2 * t["b1_new"], "rate"),
    "first: no rate": ("first", "b1_new", lambda t: -t["db1"], "no rate|rate|.*"),
    "dropout: not averaged": ("dropout", "dW1", lambda t: N * t["dW1"], "missing 1/N"),
    "dropout: not averaged, seen in v": (
        "dropout",
        "v_W1",
        lambda t: 0.9 * t["v_W1_old"] + 0.1 * (N * t["dW1"]) ** 2,
        "missing 1/N",
    ),
}


def fresh(t, step):
    """Return a weight after Adam's step from accumulators that are 0."""
    m, v = 0.1 * t["dW1"], 0.001 * t["dW1"] ** 2
    return t["W1"] - 0.01 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)


OPTIMIZERS = {
    "adam": lambda: optimizers.Adam(0.01),
    "rmsprop": lambda: optimizers.RMSprop(0.01),
    "tiny": lambda: optimizers.RMSprop(0.01),
    "momentum": lambda: optimizers.SGD(0.03, momentum=0.9),
    "sgd": lambda: optimizers.SGD(0.001),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.05),
    "clipped": lambda: optimizers.SGD(0.1, clipnorm=0.01),
    "clipped values": lambda: optimizers.SGD(0.1, clipvalue=0.01),
}
#: What stands around the hidden layer.
AROUND = {
    "penalty": lambda: [Dense(UNITS, "sigmoid", kernel_regularizer="l2")],
    "dropout": lambda: [Dense(UNITS, "sigmoid"), Dropout(0.5)],
}


def answers():
    """Return the trace, the name, the wrong answer and the kinds for each case, by its name."""
    found = {}
    for cases, trace in (
        (BACKWARD, traced()),
        (RELU, traced("relu", ("linear", "mse"))),
        (ROWS, traced(head=("softmax", "mse"))),
    ):
        found |= {name: (trace, at, wrong(trace), kinds) for name, (at, wrong, kinds) in cases.items()}
    traces = {name: traced(optimizer=make()) for name, make in OPTIMIZERS.items()}
    traces["first"] = traced(optimizer=optimizers.SGD(0.1), steps=0)
    traces |= {name: traced(optimizer=optimizers.RMSprop(0.01), around=make()) for name, make in AROUND.items()}
    found |= {name: (traces[which], "W1_new", wrong(traces[which]), k) for name, (which, wrong, k) in UPDATES.items()}
    found |= {name: (traces[which], at, wrong(traces[which]), k) for name, (which, at, wrong, k) in SLOTS.items()}
    return found


@pytest.fixture(scope="module")
def wrong_answers():
    return answers()


@pytest.fixture(scope="module")
def marked(wrong_answers):
    return {name: (trace.check(at, wrong), kinds) for name, (trace, at, wrong, kinds) in wrong_answers.items()}


def test_no_wrong_answer_passes(marked):
    assert [name for name, (verdict, _) in marked.items() if verdict] == []


def test_nearly_all_wrong_answers_are_named_for_what_they_are(marked):
    unnamed = {name: v.kind for name, (v, kinds) in marked.items() if not re.fullmatch(kinds, v.kind) or not v.kind}
    assert len(marked) > 150
    assert len(unnamed) <= 0.05 * len(marked), unnamed


def test_the_first_hint_holds_no_number_and_says_where_to_look(wrong_answers):
    for place, (name, (trace, at, wrong, _)) in enumerate([*wrong_answers.items()][::3]):
        hint = str(trace.check(at, wrong, hint=1))
        assert not re.search(r"\d", hint.removeprefix(f"{at}: wrong.")), (name, hint)
        assert len(hint) > len(f"{at}: wrong."), name
        if place % 5 == 0:
            assert str(trace.check(at, wrong, hint=0)) == f"{at}: wrong.", name
            assert len(hint) <= len(str(trace.check(at, wrong, hint=2))) + 60, name


def test_only_the_last_hint_tells_the_number():
    trace = traced()
    given = trace["dW1"] + 0.1 * np.arange(INPUTS * UNITS).reshape(INPUTS, UNITS)
    told = [str(trace.check("dW1", given, hint=hint)) for hint in range(4)]
    right = f"{trace['dW1'][-1, -1]:.4g}"
    assert [trace.step("dW1").formula in text for text in told] == [False, False, True, True]
    assert [right in text for text in told] == [False, False, False, True]
    assert told[0] == "dW1: wrong."


@pytest.mark.parametrize("hint", [-1, None, "more"])
def test_a_hint_is_a_whole_number(hint):
    with pytest.raises((ValueError, TypeError), match="`hint` must be a whole number"):
        traced().check("dW1", 0, hint=hint)
