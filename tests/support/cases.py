"""The built-in parts and their options, for tests that run through all of them: from the package's tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinynet
from tests.support.parts import OUTPUTS_OF, Options, every, targets_of, variants
from tinynet import activations, losses, optimizers, regularizers
from tinynet.kernels import maps

Array = NDArray[Any]

SAMPLES, BATCH, INPUTS, UNITS = 21, 8, 5, 4
#: The names of all activations.
ACTIVATIONS = tuple(cls.name for cls in activations.CLASSES.values())
#: Those with options of their own, as (name, options).
ACTIVATIONS_WITH_OPTIONS = tuple((cls.name, options) for cls, options in every(activations.CLASSES) if options)
#: Every activation, with every option.
EVERY_ACTIVATION = (*((name, {}) for name in ACTIVATIONS), *ACTIVATIONS_WITH_OPTIONS)
#: The two loops.
LOOPS = ("compiled", "layers")


def activation(k: Any, name: str, options: Options) -> Any:
    """Return an activation with options, for a layer of either module."""
    if not options:
        return name
    if k is tinynet:
        return type(activations.get(name))(**options)
    return keras_function(k, name, options)


def keras_function(k: Any, name: str, options: Options) -> Callable[[Any], Any]:
    """Return Keras's function for an activation with options."""
    if name == "relu6" and options:  # with arguments it is Keras's relu
        name, options = "relu", {"max_value": 6.0, **options}
    function = getattr(k.activations, name)
    return lambda z: function(z, **options)


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
        return targets_of(losses.CLASSES[self.loss].targets, shape, self.units, rng, hard)  # type: ignore[no-any-return]


BCE, CCE, SPARSE = "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"


def heads_of(cls: type[losses.Loss]) -> list[Head]:
    """Return how a network may end in a loss: on logits, or on what its activation gives, fused with it and apart."""
    found = []
    for units in (3,) if maps.by_rows(cls.formulas[0]) else (1, 3):
        for options in variants(cls):
            if cls.fuses and not options.get("from_logits"):
                found += [Head(cls.fuses, cls.__name__, units, options, flatten) for flatten in (False, True)]
            else:
                found.append(Head(OUTPUTS_OF.get(cls.__name__, "linear"), cls.__name__, units, options))
    return found


#: Every loss with every option; the mean squared error comes first.
HEADS = (
    *heads_of(losses.MeanSquaredError),
    *(head for cls in losses.CLASSES.values() if cls is not losses.MeanSquaredError for head in heads_of(cls)),
    # Pairs that do not belong together: the loss is computed on the probabilities.
    Head("softmax", BCE),
    Head("sigmoid", CCE),
    Head("sigmoid", SPARSE),
    Head("sigmoid", "MeanSquaredError"),
    Head("softmax", "MeanAbsoluteError"),
)
PLAIN = Head("linear", "MeanSquaredError")

#: Every optimizer with every option, at ten times its usual rate.
OPTIMIZERS: tuple[tuple[str, Options], ...] = tuple(
    (cls.__name__, {"learning_rate": 10 * cls().learning_rate, **options})  # type: ignore[attr-defined]
    for cls, options in every(optimizers.CLASSES)
)
SGD: tuple[str, Options] = ("SGD", {"learning_rate": 0.1})
#: Every regularizer with every option.
REGULARIZERS = tuple((cls.__name__, options) for cls, options in every(regularizers.CLASSES))
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
    optimizer: tuple[str, Options] = SGD,
    body: Any = None,
    **compile_options: Any,
) -> Any:
    """Return a compiled model: `body` (a function of the module, default one tanh layer), then the head."""
    layers = body(k) if body else [k.layers.Dense(UNITS, activation="tanh")]
    model = k.Sequential([*layers, *head.layers(k)])
    name, options = optimizer
    model.compile(getattr(k.optimizers, name)(**options), head.make_loss(k), **compile_options)
    return model
