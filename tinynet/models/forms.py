"""What a stack of layers may be made from, and what is said of Keras's other ways to make a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import signature
from typing import Any, TypeVar

import numpy as np

from tinynet import layers as layers_
from tinynet._arguments import shown
from tinynet._configurable import refuse_unknown
from tinynet._names import own_name
from tinynet._serialization import made, made_with
from tinynet.layers.base import Layer

T = TypeVar("T")

#: The classes of models that there are, by Keras's names.
MODELS: dict[str, type] = {}

_NO_LIST = (str, bytes, bytearray, memoryview, Mapping, np.ndarray)


def refuse_what_is_no_stack(cls: type, layers: Any, name: Any, unknown: Mapping[str, Any]) -> None:
    """Raise a TypeError for what is no list of layers, no name, or an argument that there is not."""
    wanted = "Sequential([Input((12,)), Dense(8), Dense(1)])"
    if {"inputs", "outputs"} & set(unknown):
        raise TypeError(f"{cls.__name__}: inputs and outputs are for Model(inputs=..., outputs=...). Write {wanted}.")
    if hasattr(cls, "call"):
        raise TypeError(
            f"{cls.__name__} defines `call`, and a Sequential calls its layers one after the other. Derive it from "
            "Model, or leave `call` out."
        )
    if isinstance(layers, Layer):
        raise TypeError(f"{cls.__name__}: expected the layers as one list. Received: {shown(layers)}. Write {wanted}.")
    if layers is not None and (not isinstance(layers, Iterable) or isinstance(layers, _NO_LIST)):
        raise TypeError(f"{cls.__name__}: expected a list of layers. Received: {shown(layers)}. Write {wanted}.")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"{cls.__name__}: `name` must be a string. Received: {shown(name)}")
    refuse_unknown(cls, unknown)


def refuse_several_arguments(layer: Any) -> None:
    """Raise a ValueError for a user's layer whose `call` needs more than its input, which is all that there is."""
    own = getattr(layer, "_original", layer)
    if not getattr(own, "by_call", False):
        return
    takes = [*signature(type(own).call).parameters.values()][1:]
    needed = [p.name for p in takes if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
    if len(needed) > 1:
        raise ValueError(
            "Layers added to a Sequential can only have a single required positional argument, the input tensor. Layer "
            f"'{layer.name}' ({type(own).__name__}) has multiple required positional arguments: {needed}. Give the "
            "others a default, such as training=False."
        )


def within_model(layer: Any) -> dict[str, Any]:
    """Return a layer's description as an entry of a model's, which says by itself what shape the input has."""
    if hasattr(layer, "description"):
        found: dict[str, Any] = layer.description()
    else:
        found = {name: value for name, value in layers_.serialize(layer).items() if name != "build_config"}
        found["config"] = {name: value for name, value in found["config"].items() if name != "input_shape"}
        if layer.by_operator:
            found["by_operator"] = True
    # A user's `get_config` may leave the name out, by which files find weights.
    return found if "name" in found["config"] else {**found, "name": layer.name}


def described_layers(cls: type, config: Mapping[str, Any]) -> Sequence[Any]:
    """Return the descriptions of the layers in a model's configuration, or raise a ValueError."""
    found: Any = config.get("layers")
    if not isinstance(found, (list, tuple)) or not all(map(_describes_layer, found)):
        raise ValueError(
            f'{cls.__name__}.from_config: `config` must hold the "layers", each a dict of its "class_name" and '
            f"its \"config\", as `get_config` returns them (Expected a dictionary containing a 'config' key.). "
            f"Received: {shown(config)}"
        )
    return found


def called_with(cls: Callable[..., T], config: Mapping[str, Any]) -> T:
    """Return what a user's class makes of its own configuration, or raise a TypeError if it does not take that."""
    try:
        return cls(**config)
    except TypeError as error:
        raise TypeError(
            f"{getattr(cls, '__name__', cls)}.from_config: Unable to revive model from config: `__init__` must take "
            f"what `get_config` gives, {[*config]}. Or define `from_config`. {error}"
        ) from error


def part_of(entry: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the layer, or the model, that an entry of a model's configuration describes; it is not built."""
    beside = ("build_config", "compile_config", "by_operator", "name")
    plain = {name: value for name, value in entry.items() if name not in beside}
    if entry["class_name"] in MODELS:
        return made_with(lambda config: made("model", config, MODELS), plain, custom_objects)
    found = layers_.deserialize(plain, custom_objects)
    if entry.get("by_operator") is True:
        found.by_operator = True
    if "name" in entry and "name" not in entry["config"]:
        found.name = own_name(type(found).__name__, entry["name"], in_paths=True) or found.name
    return found


def _describes_layer(entry: Any) -> bool:
    """Return whether an entry of a configuration is the class and the arguments of a layer."""
    return isinstance(entry, Mapping) and isinstance(entry.get("class_name"), str) and "config" in entry
