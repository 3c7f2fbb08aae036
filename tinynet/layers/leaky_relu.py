"""The leaky rectified linear unit as a layer.

Source: https://keras.io/api/layers/activation_layers/leaky_relu/
"""

from __future__ import annotations

from typing import Unpack

import numpy as np

from tinynet._arguments import number
from tinynet.activations.leaky_relu import LeakyReLU as LeakyReLUFunction
from tinynet.layers.activation import Activation
from tinynet.layers.keywords import OfLayers


class LeakyReLU(Activation):
    """x where x ≥ 0, else negative_slope·x, as a layer.

    Parameters
    ----------
    negative_slope : float of at least 0, default 0.3
        The slope for negative inputs. Keras 2 called it `alpha`.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Examples
    --------
    >>> LeakyReLU(0.5)([[-1.0, 2.0]])
    array([[-0.5,  2. ]], dtype=float32)
    """

    _settled = ("activation",)
    fixed = ("dtype", "negative_slope")

    def __init__(self, negative_slope: float = 0.3, **options: Unpack[OfLayers]) -> None:
        words = "The negative_slope value of a Leaky ReLU layer cannot be None or negative value. Expected a float"
        slope = number("LeakyReLU", "negative_slope", negative_slope, 0.0, np.inf, words)
        super().__init__(LeakyReLUFunction(slope), **options)
        self.negative_slope = slope
