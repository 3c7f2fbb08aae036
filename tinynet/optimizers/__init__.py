"""Optimizers, with Keras's names: what is done with the gradient.

Each file is one optimizer: its formula, its class, and what the trace says of it.
Source: https://keras.io/api/optimizers/
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinynet._arguments import checked, shown
from tinynet._serialization import made, made_with, named, of_ones_own, written
from tinynet.optimizers.base import Optimizer as Optimizer
from tinynet.rooms import Classes, Named, aliases_of, furnish

#: The optimizers' classes, by their names.
CLASSES = Classes(__name__, Optimizer, lambda cls: cls.formulas)
#: The same by the names that `compile` takes.
TABLE = Named(CLASSES, lambda cls: (cls.__name__.lower(), *aliases_of(cls)), lambda cls: cls)
furnish(__name__, ["Optimizer", "deserialize", "get", "schedules", "serialize"], CLASSES)

if TYPE_CHECKING:  # what editors are told
    from tinynet.optimizers.adadelta import Adadelta as Adadelta
    from tinynet.optimizers.adagrad import Adagrad as Adagrad
    from tinynet.optimizers.adam import Adam as Adam
    from tinynet.optimizers.adamax import Adamax as Adamax
    from tinynet.optimizers.adamw import AdamW as AdamW
    from tinynet.optimizers.ftrl import Ftrl as Ftrl
    from tinynet.optimizers.lion import Lion as Lion
    from tinynet.optimizers.nadam import Nadam as Nadam
    from tinynet.optimizers.rmsprop import RMSprop as RMSprop
    from tinynet.optimizers.sgd import SGD as SGD


def get(identifier: Any) -> Optimizer | None:
    """Return the optimizer that a name, class, configuration or object stands for; None is none.

    Examples
    --------
    >>> get("RMSprop").learning_rate
    0.001
    >>> get({"class_name": "SGD", "config": {"learning_rate": 0.5}}).learning_rate
    0.5
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        return get(named("optimizer", identifier, TABLE))
    if isinstance(identifier, Mapping):
        return get(made("optimizer", identifier, TABLE))
    if inspect.isclass(identifier) and issubclass(identifier, Optimizer):
        return identifier()
    raise TypeError(
        f"optimizer: expected a name ({', '.join(map(repr, sorted(TABLE)))}) or an Optimizer. "
        f"Received: {shown(identifier)}"
    )


def deserialize(config: Any, custom_objects: Mapping[str, type[Optimizer]] | None = None) -> Optimizer | None:
    """Return the optimizer that `serialize` was given: its class and numbers, without its slots.

    `custom_objects` are a user's own classes of optimizers or schedules, by name.
    """
    optimizer: Optimizer | None = made_with(get, config, custom_objects)
    return optimizer


@checked
def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Return what `deserialize` makes such an optimizer of, in Keras's form.

    Examples
    --------
    >>> serialize(SGD(0.5))["config"]["learning_rate"]
    0.5
    """
    found: Any = written(optimizer, "optimizers", CLASSES)
    return of_ones_own(optimizer) if found is optimizer else found
