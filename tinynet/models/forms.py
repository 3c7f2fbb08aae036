"""What a stack of layers may be made from, and what is said of Keras's other ways to make a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet._configurable import refuse_unknown
from tinynet.layers.base import Layer

_NO_LIST = (str, bytes, bytearray, memoryview, Mapping, np.ndarray)


def refuse_what_is_no_stack(cls: type, layers: Any, name: Any, unknown: Mapping[str, Any]) -> None:
    """Raise a TypeError for what is no list of layers, no name, or an argument that there is not."""
    wanted = "Sequential([Input((12,)), Dense(8), Dense(1)])"
    way = ""
    if {"inputs", "outputs"} & set(unknown):
        way = "Inputs and outputs are Keras's functional API."
    elif hasattr(cls, "call"):
        way = f"{cls.__name__} defines `call`, as Keras's subclassed models do."
    if way:
        raise TypeError(f"{way} tinynet has stacks: {wanted}.")
    if isinstance(layers, Layer):
        raise TypeError(f"{cls.__name__}: expected the layers as one list. Received: {shown(layers)}. Write {wanted}.")
    if layers is not None and (not isinstance(layers, Iterable) or isinstance(layers, _NO_LIST)):
        raise TypeError(f"{cls.__name__}: expected a list of layers. Received: {shown(layers)}. Write {wanted}.")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"{cls.__name__}: `name` must be a string. Received: {shown(name)}")
    refuse_unknown(cls, unknown)
