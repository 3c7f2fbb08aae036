"""Optimizers, with Keras's names: what is done with the gradient.

Each file is one optimizer: its formula, its class, and what the trace says of it.
Source: https://keras.io/api/optimizers/
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinynet._arguments import checked
from tinynet._names import lookup, missing_from
from tinynet.optimizers.base import Optimizer as Optimizer
from tinynet.parts import by_name, collected

#: The optimizers' classes, by their names.
CLASSES = {name: cls for name, cls in collected(__name__, Optimizer).items() if cls.formulas}
#: The same by the names that `compile` takes.
TABLE: dict[str, type[Optimizer]] = by_name(CLASSES, str.lower)
globals().update(CLASSES)

__all__ = ["Optimizer", "deserialize", "get", "serialize", *CLASSES]

if TYPE_CHECKING:  # what editors are told
    from tinynet.optimizers.adagrad import Adagrad as Adagrad
    from tinynet.optimizers.adam import Adam as Adam
    from tinynet.optimizers.adamw import AdamW as AdamW
    from tinynet.optimizers.rmsprop import RMSprop as RMSprop
    from tinynet.optimizers.sgd import SGD as SGD
else:
    __getattr__ = missing_from(__name__, __all__)


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
        return lookup("optimizer", identifier, TABLE)()
    if isinstance(identifier, dict) and isinstance(identifier.get("class_name"), str):
        return lookup("optimizer", identifier["class_name"], TABLE).from_config(identifier.get("config") or {})
    if inspect.isclass(identifier) and issubclass(identifier, Optimizer):
        return identifier()
    raise TypeError(
        f"optimizer: expected a name ({', '.join(map(repr, sorted(TABLE)))}) or an Optimizer. Received: {identifier!r}"
    )


def deserialize(config: Any, custom_objects: Mapping[str, type[Optimizer]] | None = None) -> Optimizer | None:
    """Return the optimizer that `serialize` was given: its class and numbers, without its slots.

    `custom_objects` are a user's own classes, by name.
    """
    name = config.get("class_name") if isinstance(config, dict) else None
    if custom_objects and isinstance(name, str) and name in custom_objects:
        return custom_objects[name].from_config(config.get("config") or {})
    return get(config)


@checked
def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Return what `deserialize` makes such an optimizer of, as Keras does.

    Examples
    --------
    >>> serialize(SGD(0.5))["config"]["learning_rate"]
    0.5
    """
    module = "tinynet.optimizers" if isinstance(optimizer, tuple(CLASSES.values())) else type(optimizer).__module__
    return {"module": module, "class_name": type(optimizer).__name__, "config": optimizer.get_config()}
