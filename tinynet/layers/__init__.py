"""Layers, with Keras's names: each file is one, but for those that only give an activation a name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet._names import missing_from
from tinynet.layers.base import Layer as Layer
from tinynet.layers.reshaping import Input as Input
from tinynet.parts import collected

#: The layers' classes, by their names.
CLASSES = {name: cls for name, cls in collected(__name__, Layer).items() if name != "Activated"}
globals().update(CLASSES)

__all__ = ["Input", *CLASSES]

if TYPE_CHECKING:  # what editors are told
    from tinynet.layers.activation import Activation as Activation
    from tinynet.layers.activation import ReLU as ReLU
    from tinynet.layers.activation import Sigmoid as Sigmoid
    from tinynet.layers.activation import Softmax as Softmax
    from tinynet.layers.dense import Dense as Dense
    from tinynet.layers.dropout import Dropout as Dropout
    from tinynet.layers.kernel_layer import KernelLayer as KernelLayer
    from tinynet.layers.reshaping import Flatten as Flatten
    from tinynet.layers.reshaping import InputLayer as InputLayer
else:
    __getattr__ = missing_from(__name__, __all__)
