"""Models out of ONNX graphs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.interop import onnx
from tinynet.models.sequential import Sequential


def from_onnx(filepath: Any) -> Sequential:
    """Return the stack of layers that an ONNX file holds, with its weights, not compiled.

    Raises
    ------
    ValueError
        If the file holds anything else; see `tinynet.interop.onnx.read`.
    """
    layers, weights = onnx.read(filepath)
    model = Sequential(layers)
    for layer, given in zip(model.layers, weights, strict=True):
        layer.set_weights([_fitting(given[p.name], p.shape) for p in layer.parameters])
    return model


def _fitting(array: Any, shape: Any) -> Any:
    """Return a parameter without the axes of length 1 that ONNX ignores: (1, units) is a bias, too."""
    return np.reshape(array, shape) if np.size(array) == np.prod(shape) else array
