"""Whatever a configuration may hold written down in Keras's form, and made again: parts, functions, arrays, lists.

A layer of a user's that holds another one writes it into its own configuration with these two functions.

Source: https://keras.io/api/models/model_saving_apis/serialization_utils/
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import EllipsisType
from typing import Any

import numpy as np

from tinynet import activations, constraints, initializers, layers, losses, metrics, models, optimizers, regularizers
from tinynet._arguments import shown
from tinynet._registry import CustomObjectScope, get_custom_objects, get_registered_object
from tinynet._serialization import of_ones_own, plain, refuse_other_name, revived
from tinynet.activations.base import ActivationFunction
from tinynet.models.forms import MODELS
from tinynet.models.whole import from_description
from tinynet.optimizers import schedules

#: The kinds of parts: what they have in common, and the room that writes them and makes them again.
_ROOMS: dict[str, tuple[type, Any]] = {
    "optimizers.schedules": (schedules.LearningRateSchedule, schedules),
    "optimizers": (optimizers.Optimizer, optimizers),
    "activations": (ActivationFunction, activations),
    "constraints": (constraints.Constraint, constraints),
    "initializers": (initializers.Initializer, initializers),
    "losses": (losses.Loss, losses),
    "metrics": (metrics.Metric, metrics),
    "regularizers": (regularizers.Regularizer, regularizers),
    "layers": (layers.Layer, layers),
}
#: Lists within one another deeper than this hold themselves.
_DEEPEST = 100


def serialize_keras_object(obj: Any) -> Any:
    """Return anything that a configuration may hold in Keras's form, of which JSON has one.

    Parameters
    ----------
    obj : object
        A part, a model, a function that has a name, an array, a number, a string, a slice, None, or a list, tuple or
        dict of such.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        For a function without a name: code is never written.

    Examples
    --------
    >>> import tinynet
    >>> serialize_keras_object([0.5, None, tinynet.regularizers.L2(0.25)])[2]["config"]
    {'l2': 0.25}
    """
    return _written(obj, _DEEPEST)


def _written(obj: Any, depth: int) -> Any:
    if not depth:
        raise ValueError("serialize_keras_object: lists or dicts lie too deep in one another, or hold themselves.")
    if obj is None or isinstance(obj, (str, bool, int, float)):
        return obj
    if isinstance(obj, (list, tuple)):
        found = [_written(each, depth - 1) for each in obj]
        return tuple(found) if isinstance(obj, tuple) else found
    if isinstance(obj, Mapping):
        return {name: _written(each, depth - 1) for name, each in obj.items()}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode(errors="surrogateescape")}}
    if isinstance(obj, slice):
        parts = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return {"class_name": "__slice__", "config": _written(parts, depth - 1)}
    if isinstance(obj, EllipsisType):
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, (np.ndarray, np.generic)):
        return plain(obj)
    return _written(_of_part(obj), depth - 1)


def _of_part(obj: Any) -> Any:
    """Return a part, a model or a function in Keras's form; parts within it may still be as they are."""
    if isinstance(obj, models.Model):
        return obj.description()
    for kind, room in _ROOMS.values():
        if isinstance(obj, kind):
            found = room.serialize(obj)
            if isinstance(found, str):  # an activation by its name
                return {"module": "builtins", "class_name": "function", "config": found, "registered_name": "function"}
            return of_ones_own(obj) if found is obj else found
    if getattr(obj, "__name__", "") == "<lambda>":
        raise ValueError(
            "serialize_keras_object: a lambda has no name by which it could be found again, and code is never written: "
            "reading it would be arbitrary code execution. Define a function, and register it: "
            "tinynet.utils.register_keras_serializable()."
        )
    if hasattr(obj, "get_config") or inspect.isroutine(obj) or isinstance(obj, type):
        return of_ones_own(obj)
    if callable(obj) and isinstance(name := getattr(obj, "__name__", None), str):  # NumPy's functions are no routines
        return {"module": "builtins", "class_name": "function", "config": name, "registered_name": name}
    raise TypeError(f"serialize_keras_object: {shown(obj)} has no `get_config`, and JSON no form for it.")


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Return what `serialize_keras_object` (or Keras's) wrote down.

    Parameters
    ----------
    config : object
        What it returned.
    custom_objects : dict of str to class or function, optional
        Your own by their names.
    safe_mode : bool, default True
        Keras's: tinynet never runs code out of a configuration.

    Raises
    ------
    ValueError
        If it names something that there is not, or holds code.
    TypeError
        If it is no such configuration.

    Examples
    --------
    >>> import tinynet
    >>> deserialize_keras_object(serialize_keras_object({"layer": tinynet.layers.Dense(3)}))["layer"].units
    3
    """
    with CustomObjectScope(custom_objects):
        return _made(config, _DEEPEST)


def _made(config: Any, depth: int) -> Any:
    if not depth:
        raise ValueError("deserialize_keras_object: lists or dicts lie too deep in one another, or hold themselves.")
    if isinstance(config, str):
        own = get_registered_object(config)
        return config if own is None else own
    if isinstance(config, (list, tuple)):
        found = [_made(each, depth - 1) for each in config]
        return tuple(found) if isinstance(config, tuple) else found
    if not isinstance(config, Mapping):
        return config
    if "class_name" not in config or "config" not in config:
        return {name: _made(each, depth - 1) for name, each in config.items()}
    name, inner = config["class_name"], config["config"]
    if name == "function":
        return _function(config)
    if not isinstance(name, str) or not isinstance(inner, (Mapping, type(None))):
        raise TypeError(f"deserialize_keras_object: Expected 'config' to be a dict. Received: {shown(config)}")
    if name in ("__numpy__", "__tensor__"):
        return revived(config)
    if name == "__bytes__":
        return str((inner or {}).get("value", "")).encode(errors="surrogateescape")
    if name == "__slice__":
        return slice(*(_made((inner or {}).get(part), depth - 1) for part in ("start", "stop", "step")))
    return ... if name == "__ellipsis__" else _part(name, config)


def _function(config: Mapping[str, Any]) -> Any:
    """Return a function by its name: a user's own, whatever package it is registered for, an activation, or a loss."""
    name = config["config"]
    if not isinstance(name, str):
        raise TypeError(f"deserialize_keras_object: Expected 'config' to be a non-null str. Received: {shown(config)}")
    said = str(config.get("registered_name") or name)
    of_packages = [full for full in get_custom_objects() if full.endswith(f">{name}")]
    for full in ({said, name} - {"function"}, of_packages):
        own = next((found for each in full if (found := get_registered_object(each)) is not None), None)
        if own is not None:
            return own
    found = metrics.FUNCTIONS[name] if name in metrics.FUNCTIONS else activations.get(name)
    refuse_other_name("function", name, config, found)
    return found


def _part(name: str, config: Mapping[str, Any]) -> Any:
    """Return a part or a model: by its module, or else as the first room that has its name."""
    if name == "__lambda__":
        raise ValueError(
            "deserialize_keras_object: the configuration holds Python code, which is arbitrary code execution and "
            "never done. Make the function by its code, and pass it by its name in `custom_objects`."
        )
    own = get_registered_object(str(config.get("registered_name") or name))
    own = get_registered_object(name) if own is None else own
    module = str(config.get("module") or "")
    if name == "Sequential" and module and not {"name", "layers"} <= {*(config["config"] or ())}:  # Keras 2 has no name
        raise ValueError(
            "deserialize_keras_object: A Sequential model configuration must be a dictionary containing the 'name' and "
            f"'layers' keys. Received: {shown(config['config'])}"
        )
    if name in MODELS and own is None:
        return from_description(config)
    for place, (_, room) in _ROOMS.items():
        if f"{module}.".startswith((f"keras.{place}.", f"keras.src.{place}.", f"tinynet.{place}.")):
            return room.deserialize(config)
    for kind, room in _ROOMS.values():
        if (own is None and name in room.CLASSES) or (isinstance(own, type) and issubclass(own, kind)):
            return room.deserialize(config)
    if own is None:
        raise ValueError(
            f"deserialize_keras_object: Could not locate class {name!r}. If it is your own, pass custom_objects="
            f"{{{name!r}: {name}}}, or decorate it with tinynet.utils.register_keras_serializable()."
        )
    return own.from_config(config["config"]) if hasattr(own, "from_config") else own(**(config["config"] or {}))
