"""The networks of the Keras chapters, and data of the same kind as theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.support.agreement import Array

BCE, CCE = "binary_crossentropy", "categorical_crossentropy"


def vectors(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return samples of 12 random numbers and random labels."""
    return rng.random((n, 12)), rng.integers(0, 2, (n, 1)).astype(np.float64)


def undecided(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return samples of 12 random numbers, each of them once with either label."""
    x = rng.random((n // 2, 12))
    order = rng.permutation(n)
    return np.concatenate([x, x])[order], (order < n // 2).astype(np.float64)[:, None]


def texts(n: int, rng: np.random.Generator, words: int, classes: int) -> tuple[Array, Array]:
    """Return multi-hot rows, one word in a hundred being there, and classes that depend on them."""
    x = (rng.random((n, words)) < 0.01).astype(np.float64)
    scores = x @ rng.standard_normal((words, classes))
    if classes == 1:
        return x, (scores[:, 0] > 0).astype(np.float64)
    return x, np.eye(classes)[scores.argmax(axis=1)]


def houses(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return 13 measurements a house, and prices."""
    x = rng.standard_normal((n, 13))
    return x, 22.5 + x @ rng.standard_normal(13) + rng.standard_normal(n)


def pictures(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return pictures that are brighter on one side, and which."""
    side = rng.integers(0, 2, n)
    x = 0.6 * rng.random((n, 20, 20))
    x[np.arange(n), :, 19 * side] += 0.4
    return x, np.eye(2)[side]


@dataclass(frozen=True)
class Classic:
    """A network of dense layers, its data, and how long it is trained."""

    units: tuple[int, ...]
    last: str | None
    loss: str
    data: Callable[[int, np.random.Generator], tuple[Array, Array]]
    samples: int
    batch: int
    epochs: int
    optimizer: str = "rmsprop"
    metric: str = "accuracy"
    flatten: bool = False
    fit: dict[str, Any] = field(default_factory=dict)

    def build(self, k: Any, optimizer: Any = None) -> Any:
        """Return the compiled model."""
        *hidden, outputs = self.units
        dense = k.layers.Dense
        model = k.Sequential(
            [
                *([k.layers.Flatten()] if self.flatten else []),
                *(dense(units, activation="relu") for units in hidden),
                dense(outputs, activation=self.last),
            ]
        )
        model.compile(optimizer or self.optimizer, self.loss, metrics=[self.metric])
        return model

    def made(self) -> tuple[Array, Array]:
        """Return the data."""
        return self.data(self.samples, np.random.default_rng(7))


CLASSICS = {
    "perceptron, 100 epochs": Classic((1,), "sigmoid", BCE, vectors, 1000, 30, 100),
    "perceptron": Classic((1,), "sigmoid", BCE, vectors, 1000, 64, 1000),
    "multilayer perceptron": Classic((64, 1), "sigmoid", BCE, vectors, 1000, 64, 1000),
    "deep perceptron": Classic((64, 64, 1), "sigmoid", BCE, undecided, 1000, 64, 1000),
    "imdb": Classic(
        (16, 16, 1),
        "sigmoid",
        BCE,
        lambda n, rng: texts(n, rng, 1000, 1),
        1200,
        256,
        20,
        fit={"validation_split": 0.25},
    ),
    "reuters": Classic(
        (64, 64, 46),
        "softmax",
        CCE,
        lambda n, rng: texts(n, rng, 1000, 46),
        900,
        256,
        20,
        fit={"validation_split": 0.25},
    ),
    "boston": Classic((64, 64, 1), None, "mse", houses, 404, 16, 100, metric="mae", fit={"validation_split": 0.25}),
    "pictures, sigmoid": Classic((300, 100, 2), "sigmoid", BCE, pictures, 200, 32, 30, "sgd", flatten=True),
    "pictures, softmax": Classic((300, 100, 2), "softmax", BCE, pictures, 200, 32, 30, "sgd", flatten=True),
}
