"""Constraints: what weights are brought back to after each update.

Each file is one constraint.
Source: https://keras.io/api/layers/constraints/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tinynet._arguments import shown
from tinynet._serialization import made, made_with, named, written
from tinynet.constraints.base import Constraint as Constraint
from tinynet.rooms import Classes, Named, furnish, names_of

#: The constraints' classes, by their names.
CLASSES = Classes(__name__, Constraint, lambda cls: cls.why)
#: The same by the names that layers take.
TABLE = Named(CLASSES, names_of, lambda cls: cls)
furnish(__name__, ["Constraint", "deserialize", "get", "serialize"], CLASSES, TABLE)

if TYPE_CHECKING:  # what editors are told
    from tinynet.constraints.max_norm import MaxNorm as MaxNorm
    from tinynet.constraints.min_max_norm import MinMaxNorm as MinMaxNorm
    from tinynet.constraints.non_neg import NonNeg as NonNeg
    from tinynet.constraints.unit_norm import UnitNorm as UnitNorm

    max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm
    maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm


def get(identifier: Any) -> Callable[[Any], Any] | None:
    """Return the constraint that a name, class, object or function stands for; None is none.

    Examples
    --------
    >>> get("max_norm").max_value
    2.0
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        return get(named("constraint", identifier, TABLE))
    if isinstance(identifier, Mapping):
        return get(made("constraint", identifier, TABLE))
    if inspect.isclass(identifier) and issubclass(identifier, Constraint):
        return identifier()
    if callable(identifier) and not inspect.isclass(identifier):
        function: Callable[[Any], Any] = identifier
        return function
    raise TypeError(
        f"constraint: expected a name ({', '.join(map(repr, sorted(TABLE)))}), a Constraint, such as MaxNorm(2), or a "
        f"function of the weights. Received: {shown(identifier)}"
    )


def serialize(constraint: Callable[[Any], Any] | None) -> Any:
    """Return the class and numbers, in Keras's form, from which `deserialize` makes a constraint again.

    A user's own is returned as it is, unless it is registered (see `tinynet.utils.register_keras_serializable`).

    Examples
    --------
    >>> serialize(get("unit_norm"))
    {'module': 'keras.constraints', 'class_name': 'UnitNorm', 'config': {'axis': 0}, 'registered_name': None}
    """
    return written(constraint, "constraints", CLASSES)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Callable[[Any], Any] | None:
    """Return the constraint that `serialize` (or Keras's) described; `custom_objects` are a user's own, by name.

    Examples
    --------
    >>> deserialize({"class_name": "UnitNorm", "config": {"axis": 1}}).axis
    1
    """
    constraint: Callable[[Any], Any] | None = made_with(get, config, custom_objects)
    return constraint
