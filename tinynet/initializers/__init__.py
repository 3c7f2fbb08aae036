"""Initial weights: random numbers scaled so that signals neither fade nor grow from layer to layer.

Each file is one initializer.
Source: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tinynet._names import lookup, missing_from
from tinynet._types import Array
from tinynet.initializers.base import Initializer as Initializer
from tinynet.parts import by_name, collected, serialized

#: The initializers' classes, by their names.
CLASSES = {name: cls for name, cls in collected(__name__, Initializer).items() if cls is not Initializer}
#: The same by the names that layers take.
TABLE: dict[str, type[Initializer]] = by_name(CLASSES)
globals().update(CLASSES)
globals().update(TABLE)

__all__ = ["Initializer", "get", *CLASSES, *TABLE]

if TYPE_CHECKING:  # what editors are told
    from tinynet.initializers.constant import Constant as Constant
    from tinynet.initializers.glorot_normal import GlorotNormal as GlorotNormal
    from tinynet.initializers.glorot_uniform import GlorotUniform as GlorotUniform
    from tinynet.initializers.he_normal import HeNormal as HeNormal
    from tinynet.initializers.he_uniform import HeUniform as HeUniform
    from tinynet.initializers.ones import Ones as Ones
    from tinynet.initializers.random_normal import RandomNormal as RandomNormal
    from tinynet.initializers.random_uniform import RandomUniform as RandomUniform
    from tinynet.initializers.zeros import Zeros as Zeros

    constant, zeros, zero, ones, one = Constant, Zeros, Zeros, Ones, Ones
    random_normal, normal, random_uniform, uniform = RandomNormal, RandomNormal, RandomUniform, RandomUniform
    glorot_normal, glorot_uniform, he_normal, he_uniform = GlorotNormal, GlorotUniform, HeNormal, HeUniform
else:
    __getattr__ = missing_from(__name__, __all__)


def serialize(initializer: Callable[..., Array]) -> Any:
    """Return the class and arguments from which `get` recreates an initializer; a user's own is returned as it is.

    Examples
    --------
    >>> serialize(Constant(0.5))
    {'class_name': 'Constant', 'config': {'value': 0.5}}
    """
    return serialized(initializer, CLASSES)


def get(
    identifier: str | dict[str, Any] | Initializer | type[Initializer] | Callable[..., Array],
) -> Callable[..., Array]:
    """Return the initializer for a name, a class, an object or what `serialize` returned.

    Examples
    --------
    >>> get("he_normal")((2, 2)).shape
    (2, 2)
    """
    if isinstance(identifier, str):
        return lookup("initializer", identifier, TABLE)()
    if isinstance(identifier, dict):
        return lookup("initializer", identifier.get("class_name"), TABLE).from_config(identifier.get("config", {}))
    if inspect.isclass(identifier) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier) and not inspect.isclass(identifier):
        return identifier
    raise TypeError(f"Expected an initializer: a name, an Initializer or a callable. Received: {identifier!r}")
