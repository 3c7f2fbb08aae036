"""Models and weights on disk, in tinynet's own files: ``.npz``, arrays and one JSON description, no pickle.

Keras's files are read and written in `tinynet.interop`.
"""

from __future__ import annotations

from tinynet._registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from tinynet.saving.weights import load_weights, save_weights

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_weights",
    "register_keras_serializable",
    "save_weights",
]
