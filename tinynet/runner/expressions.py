"""What layers compute as expressions of NumPy's functions: on tapes whose gradients may be differentiated once more.

A layer's own formulas know its gradient, and not that of the gradient. Where a program asks for one within a block, as
networks do that solve differential equations, the layer is computed again by what `tinynet.tape` follows any number of
times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinynet import layers
from tinynet.tape import Taped, activated


def of_layer(layer: Any, given: list[Any], weights: Mapping[Any, Any], mask: Callable[[], Any]) -> Any:
    """Return what a layer makes of arrays on a tape, or None if that is no such expression.

    Parameters
    ----------
    layer : Layer
        The layer.
    given : list
        Its inputs.
    weights : mapping
        What stands for the parameters that are followed.
    mask : callable
        Returns what a layer that draws made of ones.
    """
    x = given[0]
    if type(layer) is layers.Dense:
        named = {name: weights.get(p, p.value) for name, p in layer._parameters.items()}
        z = np.matmul(x, named["kernel"])
        z = z + named["bias"] if layer.use_bias else z
        return activated(layer.activation, z) if isinstance(z, Taped) else None
    if not any(isinstance(each, Taped) for each in given):
        return None
    if type(layer) is layers.Dropout:  # the same entries as before
        return x * mask()
    if isinstance(layer, layers.Activation) and not isinstance(layer, layers.Softmax):
        return activated(layer.activation, x)
    if type(layer) in (layers.Flatten, layers.Reshape):
        return np.reshape(x, (len(x), *layer.compute_output_shape((None, *x.shape[1:]))[1:]))
    if type(layer) is layers.Concatenate:
        return np.concatenate(given, axis=layer.axis)
    if type(layer) in (layers.Add, layers.Subtract, layers.Multiply):
        function = {layers.Add: np.add, layers.Subtract: np.subtract, layers.Multiply: np.multiply}[type(layer)]
        found = function(given[0], given[1])
        for each in given[2:]:
            found = function(found, each)
        return found
    if type(layer) is layers.Rescaling:
        return x * layer.scale + layer.offset
    if type(layer).__name__ == "Operation":
        return layer._applied(given)
    return None
