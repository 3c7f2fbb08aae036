"""Layers, with Keras's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet._names import missing_from
from tinynet.layers.activation import Activation, ReLU, Sigmoid, Softmax
from tinynet.layers.base import Layer
from tinynet.layers.dense import Dense
from tinynet.layers.reshaping import Flatten, Input, InputLayer

__all__ = ["Activation", "Dense", "Flatten", "Input", "InputLayer", "Layer", "ReLU", "Sigmoid", "Softmax"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)
