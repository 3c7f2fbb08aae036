"""Initial weights: random numbers scaled so that signals neither fade nor grow from layer to layer.

Each file is one initializer.
Source: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import shown
from tinynet._serialization import made, made_with, named, written
from tinynet._types import Array
from tinynet.initializers.base import Initializer as Initializer
from tinynet.initializers.base import Scaled
from tinynet.initializers.constant import Constant as Constant
from tinynet.rooms import Classes, Named, furnish, names_of

#: The initializers' classes, by their names.
CLASSES = Classes(__name__, Initializer, lambda cls: cls not in (Initializer, Scaled))
#: The same by the names that layers take.
TABLE = Named(CLASSES, names_of, lambda cls: cls)
furnish(__name__, ["Initializer", "deserialize", "get", "serialize"], CLASSES, TABLE)

if TYPE_CHECKING:  # what editors are told
    from tinynet.initializers.glorot_normal import GlorotNormal as GlorotNormal
    from tinynet.initializers.glorot_uniform import GlorotUniform as GlorotUniform
    from tinynet.initializers.he_normal import HeNormal as HeNormal
    from tinynet.initializers.he_uniform import HeUniform as HeUniform
    from tinynet.initializers.identity import Identity as Identity
    from tinynet.initializers.lecun_normal import LecunNormal as LecunNormal
    from tinynet.initializers.lecun_uniform import LecunUniform as LecunUniform
    from tinynet.initializers.ones import Ones as Ones
    from tinynet.initializers.orthogonal import Orthogonal as Orthogonal
    from tinynet.initializers.random_normal import RandomNormal as RandomNormal
    from tinynet.initializers.random_uniform import RandomUniform as RandomUniform
    from tinynet.initializers.truncated_normal import TruncatedNormal as TruncatedNormal
    from tinynet.initializers.variance_scaling import VarianceScaling as VarianceScaling
    from tinynet.initializers.zeros import Zeros as Zeros

    constant, zeros, zero, ones, one = Constant, Zeros, Zeros, Ones, Ones
    random_normal, normal, random_uniform, uniform = RandomNormal, RandomNormal, RandomUniform, RandomUniform
    glorot_normal, glorot_uniform, he_normal, he_uniform = GlorotNormal, GlorotUniform, HeNormal, HeUniform
    lecun_normal, truncated_normal, variance_scaling = LecunNormal, TruncatedNormal, VarianceScaling
    orthogonal, identity = Orthogonal, Identity


def serialize(initializer: Callable[..., Array] | None) -> Any:
    """Return the class and arguments, in Keras's form, from which `deserialize` makes an initializer again.

    A user's own is returned as it is, unless it is registered (see `tinynet.utils.register_keras_serializable`).

    Examples
    --------
    >>> serialize(Constant(0.5))
    {'module': 'keras.initializers', 'class_name': 'Constant', 'config': {'value': 0.5}, 'registered_name': None}
    """
    return written(initializer, "initializers", CLASSES)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Callable[..., Array]:
    """Return the initializer that `serialize` (or Keras's) described; `custom_objects` are a user's own, by name.

    Examples
    --------
    >>> deserialize({"class_name": "Constant", "config": {"value": 0.5}}).value
    0.5
    """
    initializer: Callable[..., Array] = made_with(get, config, custom_objects)
    return initializer


def get(
    identifier: str | Mapping[str, Any] | Initializer | type[Initializer] | Callable[..., Array] | Array | None,
) -> Callable[..., Array] | None:
    """Return the initializer for a name, a class, an object, an array of numbers or what `serialize` returned.

    None stays None: a layer then takes ``"glorot_uniform"``.

    Examples
    --------
    >>> get("he_normal")((2, 2)).shape
    (2, 2)
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        return get(named("initializer", identifier, TABLE))
    if isinstance(identifier, Mapping):
        return get(made("initializer", identifier, TABLE))
    if inspect.isclass(identifier) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier) and not inspect.isclass(identifier):
        return identifier
    if hasattr(identifier, "__array__") and np.ndim(identifier):
        return Constant(identifier)
    raise TypeError(
        f"Expected an initializer: a name, an Initializer, a callable or an array. Received: {shown(identifier)}"
    )
