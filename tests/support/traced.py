"""Small networks to trace, with every loss and optimizer, and the numbers of a trace computed once more."""

from __future__ import annotations

import math
import re

import numpy as np

import tinynet
from tinynet.layers import Dense
from tinynet.optimizers import SGD, Adadelta, Adam, Adamax, Ftrl, Lion, Nadam, RMSprop

OPTIMIZERS = {
    "sgd": lambda: SGD(0.1),
    "momentum": lambda: SGD(0.1, momentum=0.9),
    "nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: RMSprop(0.01),
    "rmsprop centered": lambda: RMSprop(0.01, centered=True),
    "rmsprop momentum": lambda: RMSprop(0.01, momentum=0.5),
    "rmsprop both": lambda: RMSprop(0.01, momentum=0.5, centered=True),
    "adam": lambda: Adam(0.01),
    "amsgrad": lambda: Adam(0.01, amsgrad=True),
    "adadelta": lambda: Adadelta(0.5, epsilon=0.01),
    "adamax": lambda: Adamax(0.01),
    "nadam": lambda: Nadam(0.01),
    "lion": lambda: Lion(0.01),
    "ftrl": lambda: Ftrl(0.1, -0.7, 0.1, 0.01, 0.1, 0.1, 0.3),
    "clipnorm": lambda: SGD(0.1, clipnorm=0.01),
    "clipvalue": lambda: RMSprop(0.1, clipvalue=0.001),
    "global_clipnorm": lambda: SGD(0.1, global_clipnorm=0.01),
    "decay": lambda: SGD(0.1, weight_decay=0.1, momentum=0.5),
}
LOSSES = {
    "mse": ("linear", 2, lambda rng, n: rng.normal(size=(n, 2))),
    "mae": ("tanh", 2, lambda rng, n: rng.normal(size=(n, 2))),
    "binary_crossentropy": ("sigmoid", 1, lambda rng, n: rng.integers(0, 2, n)),
    "categorical_crossentropy": ("softmax", 3, lambda rng, n: np.eye(3)[rng.integers(0, 3, n)]),
    "sparse_categorical_crossentropy": ("softmax", 3, lambda rng, n: rng.integers(0, 3, n)),
}


class Half(tinynet.losses.Loss):
    """½Σ(p - y)², as the worked example has it."""

    def forward(self, y, p):
        return 0.5 * ((p - y) ** 2).sum(axis=-1)

    def backward(self, y, p):
        return p - y


def small(loss="sparse_categorical_crossentropy", optimizer="sgd", hidden="relu", n=5, seed=0, **compile_options):
    rng = np.random.default_rng(seed)
    tinynet.set_random_seed(seed)
    last, units, targets = LOSSES[loss]
    model = tinynet.Sequential([Dense(4, activation=hidden), Dense(units, activation=last)])
    model.compile(OPTIMIZERS[optimizer](), loss, compiled=False, **compile_options)
    x, y = rng.normal(size=(n, 3)), targets(rng, n)
    model.train_on_batch(x, y)  # so that the optimizer's accumulators are not all zero
    return model, x, y


def mazur():
    tinynet.backend.set_floatx("float64")
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(2, activation="sigmoid"), Dense(2, activation="sigmoid")])
    model.set_weights([[[0.15, 0.25], [0.20, 0.30]], [0.35, 0.35], [[0.40, 0.50], [0.45, 0.55]], [0.60, 0.60]])
    model.compile(SGD(0.5), Half(), compiled=False)
    return model, [[0.05, 0.10]], [[0.01, 0.99]]


#: What formulas in numbers may call.
KNOWN = {
    "abs": abs,
    "clip": lambda x, limit: min(max(x, -limit), limit),
    "cosh": np.cosh,
    "exp": np.exp,
    "log": np.log,
    "max": max,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "Φ": lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2))),
    "φ": lambda z: np.exp(-z * z / 2) / math.sqrt(2 * math.pi),
    "σ": lambda z: 1 / (1 + np.exp(-z)),
}


def evaluated(text, trace):
    text = re.sub(r"(?<![\w.])e\^(\([^()]*(?:\([^()]*\)[^()]*)?\)|[\d.e+-]+?(?=[ )]|$))", r"exp(\1)", text)
    text = re.sub(r"log (\([^()]*\)|[\d.]+(?:e[+-]?\d+)?)", r"log(\1)", text).replace("²", "**2")
    text = re.sub(r"√([\d.]+(?:e[+-]?\d+)?)", r"sqrt(\1)", text).replace("√", "sqrt")
    text = re.sub(r"\|(.*?)\|", r"abs(\1)", text).replace("·", "*").replace("[", "(").replace("]", ")")
    text = text.replace("≤", "<=").replace("≥", ">=").replace("±", "")
    text = text.replace("^", "**")
    return float(eval(text, {"__builtins__": {}}, KNOWN))


def large():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Dense(256, activation="relu"), Dense(10, activation="softmax")])
    model.compile("rmsprop", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    return model.trace(rng.random((128, 784)), rng.integers(0, 10, 128))
