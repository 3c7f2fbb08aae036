"""Optimizers, with Keras's names.

Source: https://keras.io/api/optimizers/
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from tinynet._names import lookup, missing_from
from tinynet.optimizers.adam import Adam
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.rmsprop import RMSprop
from tinynet.optimizers.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer", "RMSprop", "get"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)

_TABLE: dict[str, type[Optimizer]] = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}


def get(identifier: Any) -> Optimizer:
    """Return the optimizer that a name, class or object stands for.

    Examples
    --------
    >>> get("RMSprop").learning_rate
    0.001
    """
    if isinstance(identifier, str):
        return lookup("optimizer", identifier, _TABLE)()
    if isinstance(identifier, Optimizer):
        return identifier
    if inspect.isclass(identifier) and issubclass(identifier, Optimizer):
        return identifier()
    raise TypeError(
        f"optimizer: expected a name ({', '.join(map(repr, sorted(_TABLE)))}) or an Optimizer. Received: {identifier!r}"
    )
