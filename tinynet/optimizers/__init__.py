"""Optimizers, with Keras's names: what is done with the gradient.

Each file is one optimizer: its formula, its class, and what the trace says of it.
Source: https://keras.io/api/optimizers/
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from tinynet._names import lookup, missing_from
from tinynet.optimizers.base import Optimizer as Optimizer
from tinynet.parts import by_name, collected

#: The optimizers' classes, by their names.
CLASSES = {name: cls for name, cls in collected(__name__, Optimizer).items() if cls.formulas}
#: The same by the names that `compile` takes.
TABLE: dict[str, type[Optimizer]] = by_name(CLASSES, str.lower)
globals().update(CLASSES)

__all__ = ["Optimizer", "get", *CLASSES]

if TYPE_CHECKING:  # what editors are told
    from tinynet.optimizers.adagrad import Adagrad as Adagrad
    from tinynet.optimizers.adam import Adam as Adam
    from tinynet.optimizers.adamw import AdamW as AdamW
    from tinynet.optimizers.rmsprop import RMSprop as RMSprop
    from tinynet.optimizers.sgd import SGD as SGD
else:
    __getattr__ = missing_from(__name__, __all__)


def get(identifier: Any) -> Optimizer:
    """Return the optimizer that a name, class or object stands for.

    Examples
    --------
    >>> get("RMSprop").learning_rate
    0.001
    """
    if isinstance(identifier, str):
        return lookup("optimizer", identifier, TABLE)()
    if isinstance(identifier, Optimizer):
        return identifier
    if inspect.isclass(identifier) and issubclass(identifier, Optimizer):
        return identifier()
    raise TypeError(
        f"optimizer: expected a name ({', '.join(map(repr, sorted(TABLE)))}) or an Optimizer. Received: {identifier!r}"
    )
