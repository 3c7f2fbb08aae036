"""Random networks to trace, and their training step as a person computes it: in NumPy, in a float type and an order of
their own, without a look at the engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import tinynet
from tinynet import optimizers
from tinynet.layers import Dense
from tinynet.regularizers import L2


def _sigmoid(z: Any) -> Any:
    return np.where(z >= 0, 1 / (1 + np.exp(-abs(z))), np.exp(-abs(z)) / (1 + np.exp(-abs(z))))


def _softplus(z: Any) -> Any:
    return np.maximum(z, 0) + np.log1p(np.exp(-abs(z)))


_ERFC = np.vectorize(math.erfc, otypes=[float])


def _normal(z: Any) -> Any:
    return (_ERFC(-z / math.sqrt(2)) / 2).astype(z.dtype)


_Formula = Callable[..., Any]
#: By the activation's name: the output of the sums, and the slope by sum and output.
ACTIVATIONS: dict[str, tuple[_Formula, _Formula]] = {
    "linear": (lambda z: z, lambda z, a: np.ones_like(z)),
    "relu": (lambda z: np.maximum(z, 0), lambda z, a: (z > 0).astype(z.dtype)),
    "sigmoid": (_sigmoid, lambda z, a: a * (1 - a)),
    "tanh": (np.tanh, lambda z, a: 1 - a * a),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), lambda z, a: np.where(z > 0, 1, a + 1)),
    "softplus": (_softplus, lambda z, a: _sigmoid(z)),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z, a: 1 / (1 + abs(z)) ** 2),
    "silu": (lambda z: z * _sigmoid(z), lambda z, a: _sigmoid(z) * (1 + z * (1 - _sigmoid(z)))),
    "gelu": (
        lambda z: z * _normal(z),
        lambda z, a: _normal(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi),
    ),
}
#: The last layer's activation and the loss.
HEADS = (
    ("linear", "mse"),
    ("tanh", "mse"),
    ("linear", "mae"),
    ("sigmoid", "binary_crossentropy"),
    ("sigmoid", "mse"),
    ("softmax", "categorical_crossentropy"),
    ("softmax", "sparse_categorical_crossentropy"),
)
OPTIMIZERS: dict[str, Callable[[float], Any]] = {
    "sgd": optimizers.SGD,
    "momentum": lambda rate: optimizers.SGD(rate, momentum=0.9),
    "nesterov": lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "rmsprop": optimizers.RMSprop,
    "adam": optimizers.Adam,
    "adagrad": optimizers.Adagrad,
}


@dataclass
class Drawn:
    """A random network with its trace, and the choices that were made."""

    trace: Any
    activations: list[str]
    loss: str
    optimizer: str
    told: dict[str, Any] = field(default_factory=dict)


def drawn(seed: int) -> Drawn:
    """Draw a network, train it for a few steps, and trace the next one."""
    rng = np.random.default_rng(seed)
    tinynet.set_random_seed(seed)
    tinynet.backend.set_floatx(str(rng.choice(("float32", "float64"))))
    last, loss = HEADS[rng.integers(len(HEADS))]
    depth, n, inputs = int(rng.integers(0, 4)), int(rng.choice((1, 2, 3, 8, 32))), int(rng.integers(1, 13))
    hidden = [str(rng.choice(list(ACTIVATIONS))) for _ in range(depth)]
    outputs = int(rng.integers(2, 11)) if last == "softmax" else int(rng.choice((1, 1, 2, 3)))
    widths = [int(rng.choice((1, 2, 3, 4, 16, 64), p=(0.05, 0.2, 0.25, 0.2, 0.2, 0.1))) for _ in hidden]
    penalty = float(rng.choice((0.0, 0.0, 0.01)))
    layers = [
        Dense(w, a, kernel_regularizer=L2(penalty) if penalty else None) for w, a in zip(widths, hidden, strict=True)
    ]
    name, rate = str(rng.choice(list(OPTIMIZERS))), float(10.0 ** rng.integers(-4, 0))
    model = tinynet.Sequential([tinynet.Input((inputs,)), *layers, Dense(outputs, activation=last)])
    model.compile(OPTIMIZERS[name](rate), loss, compiled=False)
    scale = float(10.0 ** rng.choice((-2, -1, 0, 0, 0, 1, 2)))
    x = scale * rng.normal(size=(n, inputs))
    y: Any = rng.normal(size=(n, outputs))
    if loss == "binary_crossentropy":
        y = rng.integers(0, 2, (n, outputs))
    elif loss == "categorical_crossentropy":
        y = np.eye(outputs)[rng.integers(0, outputs, n)]
    elif loss == "sparse_categorical_crossentropy":
        y = rng.integers(0, outputs, n)
    for _ in range(int(rng.integers(0, 3))):
        model.train_on_batch(x, y)
    told = {
        "penalty": penalty,
        "n": n,
        "widths": [inputs, *widths, outputs],
        "scale": scale,
        "rate": rate,
        "dtype": model.dtype,
    }
    return Drawn(model.trace(x, y), [*hidden, last], loss, name, told)


def answers(net: Drawn, dtype: str, seed: int) -> Iterator[tuple[str, Any]]:
    """Yield each array of the step by its name, computed from the inputs on, in a float type and in another order."""
    t, rng = net.trace, np.random.default_rng(seed)
    number = float if rng.random() < 0.5 else np.dtype(dtype).type  # in which β and 1 - β are computed
    last = len(net.activations)
    order = rng.permutation(len(t["x"]))
    back = np.argsort(order)

    def given(name: str) -> Any:
        return np.asarray(t[name], dtype)

    def product(left: Any, right: Any) -> Any:
        """A matrix product, its terms in another order; sometimes added one after the other."""
        terms = rng.permutation(left.shape[1])
        if rng.random() < 0.3:
            total = np.zeros((len(left), right.shape[1]), dtype)
            for k in terms:
                total = total + left[:, k : k + 1] * right[k : k + 1]
            return total
        return left[:, terms] @ right[terms]

    x = a = given("x")[order]
    y = given("t" if "t" in t.names else "y").reshape(len(x), -1)[order]
    inputs, sums, outputs = [], [], []
    for i, activation in enumerate(net.activations, 1):
        inputs.append(a)
        z = product(a, given(f"W{i}")) + given(f"b{i}")
        yield f"z{i}", z[back]
        if activation == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            a = e / e.sum(axis=1, keepdims=True)
        else:
            a = ACTIVATIONS[activation][0](z).astype(dtype)
        sums.append(z)
        outputs.append(a)
        if activation != "linear":
            yield ("p" if i == last else f"a{i}"), a[back]
    p, z, n, k = outputs[-1], sums[-1], len(x), y.shape[1]
    losses, gradient = _loss(net.loss, y, p, z)
    yield "losses", losses[back]
    penalties = [(given(f"W{i}") ** 2).sum() for i in range(1, last)]
    yield "L", losses[rng.permutation(len(x))].sum() / n + (net.told["penalty"] * sum(penalties) if penalties else 0)
    fused = net.loss.endswith("crossentropy")
    gradient = gradient / n if net.loss.endswith("categorical_crossentropy") else gradient / (n * k)
    for i in range(last, 0, -1):
        if not (fused and i == last):
            if net.activations[i - 1] != "linear":
                yield ("dp" if i == last else f"da{i}"), gradient[back]
            gradient = gradient * ACTIVATIONS[net.activations[i - 1]][1](sums[i - 1], outputs[i - 1])
        gradient = gradient.astype(dtype)
        yield f"dz{i}", gradient[back]
        dW, db = product(inputs[i - 1].T, gradient), gradient[rng.permutation(len(x))].sum(axis=0)
        for name, g in ((f"W{i}", dW), (f"b{i}", db)):
            if f"d{name}_data" in t.names:
                yield f"d{name}_data", g
                g = g + 2 * net.told["penalty"] * given(name)
            yield f"d{name}", g
            yield from _update(net, name, g, given, number)
        if i > 1:
            gradient = product(gradient, given(f"W{i}").T)


def _loss(loss: str, y: Any, p: Any, z: Any) -> tuple[Any, Any]:
    """Return each row's loss, and its slope: by the sums for a cross-entropy, else by the outputs."""
    if loss == "mse":
        return ((p - y) ** 2).mean(axis=1), 2 * (p - y)
    if loss == "mae":
        return abs(p - y).mean(axis=1), np.sign(p - y)
    if loss == "binary_crossentropy":
        return (_softplus(z) - y * z).mean(axis=1), p - y
    shifted = z - z.max(axis=1, keepdims=True)
    return (np.log(np.exp(shifted).sum(axis=1)) - (y * shifted).sum(axis=1)), p - y


def _update(net: Drawn, name: str, g: Any, given: Any, number: Any) -> Iterator[tuple[str, Any]]:
    """Yield the accumulators of a parameter and its new value."""
    optimizer, w = net.trace.record.network.optimizer, given(name)
    rate, step = number(optimizer.learning_rate), int(optimizer.iterations)
    if net.optimizer == "sgd":
        new = w - rate * g
    elif net.optimizer in ("momentum", "nesterov"):
        mu = number(optimizer.momentum)
        m = mu * given(f"m_{name}_old") - rate * g
        yield f"m_{name}", m
        new = w + m if net.optimizer == "momentum" else w + (mu * m - rate * g)
    elif net.optimizer == "adam":
        b1, b2 = number(optimizer.beta_1), number(optimizer.beta_2)
        m, v = b1 * given(f"m_{name}_old") + (1 - b1) * g, b2 * given(f"v_{name}_old") + (1 - b2) * g * g
        yield f"m_{name}", m
        yield f"v_{name}", v
        alpha = rate * number(math.sqrt(1 - float(b2) ** step) / (1 - float(b1) ** step))
        new = w - alpha * m / (np.sqrt(v) + number(optimizer.epsilon))
    elif net.optimizer == "rmsprop":
        rho = number(optimizer.rho)
        v = rho * given(f"v_{name}_old") + (1 - rho) * g * g
        yield f"v_{name}", v
        new = w - rate * g / np.sqrt(v + number(optimizer.epsilon))
    else:
        slot = next(n for n in net.trace.tape.arrays if n.endswith(f"_{name}_old")).removesuffix("_old")
        v = given(f"{slot}_old") + g * g
        yield slot, v
        new = w - rate * g / np.sqrt(v + number(optimizer.epsilon))
    yield f"{name}_new", new


def wrongly_marked(seed: int) -> list[tuple[int, str, str, str]]:
    """Return which right answers to a random network are called wrong: seed, float type, name, the verdict's kind."""
    net, found = drawn(seed), []
    for dtype in ("float32", "float64"):
        for name, answer in answers(net, dtype, seed):
            if name not in net.trace.names or not np.isfinite([*np.ravel(answer), *np.ravel(net.trace[name])]).all():
                continue
            verdict = net.trace.check(name, answer)
            if not verdict:
                found.append((seed, dtype, name, verdict.kind))
    return found
