"""Regularizers: penalties for large weights, added to the loss.

Each file is one regularizer: its formulas, its class, and what the trace says of it.
Source: https://keras.io/api/layers/regularizers/
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinynet._arguments import shown
from tinynet._serialization import is_function, made, made_with, named, of_function, written
from tinynet.regularizers.base import Regularizer as Regularizer
from tinynet.rooms import Classes, Joined, Named, furnish, names_of

#: The regularizers' classes, by their names.
CLASSES = Classes(__name__, Regularizer, lambda cls: cls.formulas)
#: Those that are of whole matrices.
OTHERS = Classes(__name__, Regularizer, lambda cls: cls.of_matrices)
#: All by the names that layers take.
TABLE: Joined[type[Regularizer]] = Joined(
    Named(CLASSES, names_of, lambda cls: cls), Named(OTHERS, names_of, lambda cls: cls)
)
furnish(__name__, ["Regularizer", "deserialize", "get", "serialize"], CLASSES, OTHERS, TABLE)

if TYPE_CHECKING:  # what editors are told
    from tinynet.regularizers.l1 import L1 as L1
    from tinynet.regularizers.l1_l2 import L1L2 as L1L2
    from tinynet.regularizers.l2 import L2 as L2
    from tinynet.regularizers.orthogonal_regularizer import OrthogonalRegularizer as OrthogonalRegularizer

    l1, l2, l1_l2 = L1, L2, L1L2


def get(identifier: Any) -> Regularizer | None:
    """Return the regularizer that a name, class, object or plain function stands for; None is none.

    A plain function of the weights is differentiated by a tape, and trains in the layer loop.

    Examples
    --------
    >>> get("l2").l2
    0.01
    """
    if identifier is None or isinstance(identifier, Regularizer):
        return identifier
    if isinstance(identifier, str):
        return get(named("regularizer", identifier, TABLE))
    if isinstance(identifier, Mapping):
        return get(made("regularizer", identifier, TABLE))
    if inspect.isclass(identifier) and issubclass(identifier, Regularizer):
        return identifier()
    if is_function(identifier):
        from tinynet.regularizers.function_regularizer import FunctionRegularizer

        return FunctionRegularizer(identifier)
    raise TypeError(
        f"regularizer: expected a name ({', '.join(map(repr, sorted(TABLE)))}) or a Regularizer, such as L2(0.01), "
        f"or a function of the weights. Received: {shown(identifier)}"
    )


def serialize(regularizer: Regularizer | None) -> Any:
    """Return the class and numbers, in Keras's form, from which `deserialize` makes a regularizer again.

    A user's own is returned as it is, unless it is registered (see `tinynet.utils.register_keras_serializable`).

    Examples
    --------
    >>> serialize(get("l2"))
    {'module': 'keras.regularizers', 'class_name': 'L2', 'config': {'l2': 0.01}, 'registered_name': None}
    """
    from tinynet.regularizers.function_regularizer import FunctionRegularizer

    if isinstance(regularizer, FunctionRegularizer):
        return of_function(regularizer.function)
    return written(regularizer, "regularizers", {**CLASSES, **OTHERS})


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Regularizer | None:
    """Return the regularizer that `serialize` (or Keras's) described; `custom_objects` are a user's own, by name.

    Examples
    --------
    >>> deserialize({"class_name": "L2", "config": {"l2": 0.5}}).l2
    0.5
    """
    regularizer: Regularizer | None = made_with(get, config, custom_objects)
    return regularizer
