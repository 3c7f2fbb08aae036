"""The arguments of the perceptrons, checked when they are fitted: scikit-learn's rule for every estimator."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from tinynet._arguments import shown


class _Rule(NamedTuple):
    """What an argument may be: the test, and the words for it."""

    allows: Callable[[Any], bool]
    words: str


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _one_of(*names: str) -> _Rule:
    return _Rule(lambda value: isinstance(value, str) and value in names, f"one of {', '.join(map(repr, names))}")


_AT_LEAST_0 = _Rule(lambda value: _is_number(value) and 0 <= value < np.inf, "a number of at least 0")
_ABOVE_0 = _Rule(lambda value: _is_number(value) and 0 < value < np.inf, "a number above 0")
_SHARE = _Rule(lambda value: _is_number(value) and 0 <= value < 1, "a number in [0, 1)")
_COUNT = _Rule(lambda value: _is_whole(value) and value >= 1, "a whole number of at least 1")
_FLAG = _Rule(lambda value: isinstance(value, (bool, np.bool_)), "True or False")

RULES = {
    "alpha": _AT_LEAST_0,
    "batch_size": _Rule(
        lambda value: (isinstance(value, str) and value == "auto") or _COUNT.allows(value),
        "'auto' or a whole number of at least 1",
    ),
    "learning_rate": _one_of("constant", "invscaling", "adaptive"),
    "learning_rate_init": _ABOVE_0,
    "power_t": _AT_LEAST_0,
    "max_iter": _COUNT,
    "shuffle": _FLAG,
    "tol": _AT_LEAST_0,
    "verbose": _Rule(lambda value: isinstance(value, (bool, np.bool_)) or _is_whole(value), "True, False or a number"),
    "warm_start": _FLAG,
    "momentum": _Rule(lambda value: _is_number(value) and 0 <= value <= 1, "a number in [0, 1]"),
    "nesterovs_momentum": _FLAG,
    "early_stopping": _FLAG,
    "validation_fraction": _SHARE,
    "beta_1": _SHARE,
    "beta_2": _SHARE,
    "epsilon": _ABOVE_0,
    "n_iter_no_change": _Rule(
        lambda value: _COUNT.allows(value) or (_is_number(value) and value == np.inf), "a whole number of at least 1"
    ),
    "max_fun": _COUNT,
}


def check_arguments(estimator: Any) -> None:
    """Raise a ValueError for an argument that has no meaning."""
    name = type(estimator).__name__
    if not has_steps(estimator):
        raise ValueError(
            f"{name}: tinynet has no solver='lbfgs', because it trains in steps, batch by batch. Use solver='adam' "
            "(the default) or 'sgd', or an optimizer of tinynet's; scikit-learn's own class has 'lbfgs'."
        )
    for argument, rule in RULES.items():
        value = getattr(estimator, argument)
        if not rule.allows(value):
            raise ValueError(f"The {argument!r} parameter of {name} must be {rule.words}. Got {shown(value)} instead.")


def has_steps(estimator: Any) -> bool:
    """Return whether the solver trains in steps: all of tinynet's do."""
    return not (isinstance(estimator.solver, str) and estimator.solver == "lbfgs")
