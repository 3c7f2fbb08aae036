"""The built-in parts and their options, for tests that run through all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SAMPLES, BATCH, INPUTS, UNITS = 21, 8, 5, 4
ACTIVATIONS = ("linear", "relu", "sigmoid", "softmax", "tanh")


@dataclass(frozen=True)
class Head:
    """How a network ends: the last activation and the loss."""

    activation: str
    loss: str
    units: int = 3
    options: dict[str, Any] = field(default_factory=dict)
    flatten: bool = False
    """A Flatten on top keeps activation and loss apart: the loss is computed on the probabilities."""

    def __str__(self) -> str:
        options = "".join(f"-{k}={v}" for k, v in self.options.items())
        return f"{self.activation}-{self.loss}-{self.units}{options}{'-apart' if self.flatten else ''}"

    def layers(self, k: Any) -> list[Any]:
        """Return the last layers."""
        return [k.layers.Dense(self.units, activation=self.activation), *([k.layers.Flatten()] if self.flatten else [])]

    def make_loss(self, k: Any) -> Any:
        """Return the loss."""
        return getattr(k.losses, self.loss)(**self.options)

    def targets(self, shape: tuple[int, ...], rng: np.random.Generator, hard: bool = False) -> Array:
        """Return targets for samples of `shape`: labels if `hard`, else probabilities where the loss takes them."""
        if self.loss == "SparseCategoricalCrossentropy":
            return rng.integers(0, self.units, shape).astype(np.float64)
        if self.loss == "CategoricalCrossentropy":
            y = np.eye(self.units)[rng.integers(0, self.units, shape)]
            return y if hard else 0.7 * y + 0.3 * rng.dirichlet(np.ones(self.units), shape)
        if self.loss == "BinaryCrossentropy":
            y = rng.random((*shape, self.units))
            return np.round(y) if hard else y
        return rng.standard_normal((*shape, self.units))


SMOOTH: dict[str, Any] = {"label_smoothing": 0.1}
LOGITS: dict[str, Any] = {"from_logits": True}
BCE, CCE, SPARSE = "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"
HEADS = (
    *(Head("linear", loss, units) for loss in ("MeanSquaredError", "MeanAbsoluteError") for units in (1, 3)),
    *(
        Head(activation, BCE, units, options, flatten)
        for units in (1, 3)
        for smoothing in ({}, SMOOTH)
        for activation, options, flatten in (
            ("sigmoid", smoothing, False),
            ("sigmoid", smoothing, True),
            ("linear", LOGITS | smoothing, False),
        )
    ),
    *(
        Head(activation, CCE, 3, options, flatten)
        for smoothing in ({}, SMOOTH)
        for activation, options, flatten in (
            ("softmax", smoothing, False),
            ("softmax", smoothing, True),
            ("linear", LOGITS | smoothing, False),
        )
    ),
    Head("softmax", SPARSE),
    Head("softmax", SPARSE, flatten=True),
    Head("linear", SPARSE, 3, LOGITS),
    # Pairs that do not belong together: the loss is computed on the probabilities.
    Head("softmax", BCE),
    Head("sigmoid", CCE),
    Head("sigmoid", SPARSE),
    Head("sigmoid", "MeanSquaredError"),
    Head("softmax", "MeanAbsoluteError"),
)

OPTIMIZERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SGD", {"learning_rate": 0.1}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "nesterov": True}),
    ("RMSprop", {"learning_rate": 0.01}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "epsilon": 1e-5, "momentum": 0.6}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True}),
    ("RMSprop", {"learning_rate": 0.01, "momentum": 0.6, "centered": True}),
    ("Adam", {"learning_rate": 0.01}),
    ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-5, "amsgrad": True}),
)
CLIPS: tuple[dict[str, float], ...] = ({}, {"clipnorm": 0.05}, {"clipvalue": 0.01}, {"global_clipnorm": 0.1})
DECAYS: tuple[dict[str, float], ...] = ({}, {"weight_decay": 0.02})


def describe(part: Any) -> str:
    """Return a test's id for a part."""
    if isinstance(part, tuple) and len(part) == 2:
        name, options = part
        return "-".join([name, *(f"{k}={v}" for k, v in options.items() if k != "learning_rate")])
    if isinstance(part, dict):
        return "-".join(f"{k}={v}" for k, v in part.items()) or "none"
    return str(part)


def samples(seed: int = 0, n: int = SAMPLES, shape: tuple[int, ...] = (INPUTS,)) -> Array:
    """Return samples from a continuous distribution, so that none sits on a kink."""
    return np.random.default_rng(seed).standard_normal((n, *shape))


def network(
    k: Any,
    head: Head,
    optimizer: tuple[str, dict[str, Any]] = OPTIMIZERS[0],
    body: Any = None,
    **compile_options: Any,
) -> Any:
    """Return a compiled model: `body` (a function of the module, default one tanh layer), then the head."""
    layers = body(k) if body else [k.layers.Dense(UNITS, activation="tanh")]
    model = k.Sequential([*layers, *head.layers(k)])
    name, options = optimizer
    model.compile(getattr(k.optimizers, name)(**options), head.make_loss(k), **compile_options)
    return model
