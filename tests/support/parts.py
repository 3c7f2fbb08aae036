"""The parts that the package's tables hold, with every option: a new part is found here by itself.

What a part can be made with is read from its signature. Options that are off by default (flags, and numbers that are 0)
are tried in all combinations, or where there are many each by itself and all together; numbers that are not 0 are
changed once, together, with all options on.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from tinynet import activations, constraints, losses, metrics, optimizers, regularizers
from tinynet._signatures import arguments

Options = dict[str, Any]
#: The tables of parts, each with its base class, whose own arguments are no options of a part.
TABLES: dict[type, dict[str, type]] = {
    activations.ActivationFunction: activations.CLASSES,
    losses.Loss: losses.CLASSES,
    metrics.Metric: metrics.CLASSES,
    optimizers.Optimizer: optimizers.CLASSES,
    regularizers.Regularizer: regularizers.CLASSES,
    constraints.Constraint: constraints.CLASSES,
}
#: What an option that is 0 by default is set to, where 0.25 would be an odd choice.
USUAL = {"label_smoothing": 0.1, "momentum": 0.6}

#: The activation that gives what a loss takes, where that is not any number, and no activation is fused with it.
OUTPUTS_OF = {"CategoricalGeneralizedCrossEntropy": "softmax", "KLDivergence": "softmax", "Poisson": "softplus"}

#: By what a learning rate is to be multiplied for a loss that is steep, so that no network diverges.
RATE_FOR = {"MeanAbsolutePercentageError": 0.001}

#: So many options that are off by default are not tried in all combinations.
MANY = 3

#: Options that say how arrays are laid out, and what not to count: not for the loops.
OF_ARRAYS = ("axis", "ignore_class", "from_sorted_ids")


def defaults(cls: type) -> Options:
    """Return the options of a part's class, with their defaults."""
    base = next(base for base in TABLES if issubclass(cls, base))
    taken = {n: p.default for c in reversed(cls.__mro__) if "__init__" in vars(c) for n, p in signature_of(c)}
    if issubclass(cls, metrics.Metric) and hasattr(cls, "loss_class"):
        return defaults(cls.loss_class)
    return {name: taken[name] for name in arguments(cls) if name not in (*arguments(base), *OF_ARRAYS)}


def signature_of(cls: type) -> Iterator[tuple[str, inspect.Parameter]]:
    """Yield a constructor's parameters."""
    yield from inspect.signature(vars(cls)["__init__"]).parameters.items()


def another(number: float) -> float:
    """Return a number that will do in place of a default that is not 0."""
    if isinstance(number, int):
        return number - 1
    return float(f"{0.75 * number if abs(number) > 1e-3 else 100 * number:.3g}")


def variants(cls: type) -> list[Options]:
    """Return the options that a part is to be tried with: none at first, all of them changed at last.

    Examples
    --------
    >>> variants(losses.Huber), variants(losses.MeanSquaredError)
    ([{}, {'delta': 0.75}], [{}])
    >>> variants(optimizers.RMSprop)[3:]
    [{'momentum': 0.6, 'centered': True}, {'rho': 0.675, 'momentum': 0.6, 'epsilon': 1e-05, 'centered': True}]
    """
    given = defaults(cls)
    on = {name: True if value is False else USUAL.get(name, 0.25) for name, value in given.items() if not value}
    changed = {name: on.get(name) or another(value) for name, value in given.items()}
    found = []
    for chosen in product((False, True), repeat=len(on)):
        if len(on) <= MANY or sum(chosen) in (0, 1, len(on)):
            found.append({name: value for (name, value), use in zip(on.items(), chosen, strict=True) if use})
    return [*found, *([changed] if len(changed) > len(on) else [])]


def every(table: dict[str, type]) -> list[tuple[type, Options]]:
    """Return every class of a table with every variant of its options."""
    return [(cls, options) for cls in table.values() for options in variants(cls)]


def describe(part: Any) -> str | None:
    """Return a test's id for a class, and for options."""
    if isinstance(part, type):
        return part.__name__
    if isinstance(part, dict):
        return "-".join(f"{name}={value:g}" for name, value in part.items()) or "default"
    return None


def targets_of(kind: str, shape: tuple[int, ...], units: int, rng: np.random.Generator, hard: bool = False) -> Any:
    """Return targets that a loss of the kind takes, for samples of `shape`: yes or no and one class if `hard`.

    Quantities are drawn from a normal distribution, so that none sits on a kink.
    """
    if kind == "classes":
        return rng.integers(0, units, shape).astype(np.float64)
    if kind == "distribution":
        y = np.eye(units)[rng.integers(0, units, shape)]
        return y if hard else 0.7 * y + 0.3 * rng.dirichlet(np.ones(units), shape)
    if kind == "probabilities":
        y = rng.random((*shape, units))
        return np.round(y) if hard else y
    return rng.standard_normal((*shape, units))
