"""The exponential linear unit as a layer.

Source: https://keras.io/api/layers/activation_layers/elu/
"""

from __future__ import annotations

from typing import Unpack

from tinynet._arguments import number
from tinynet.activations.elu import ELU as ELUFunction  # noqa: N811  Keras calls both so
from tinynet.layers.activation import Activation
from tinynet.layers.keywords import OfLayers


class ELU(Activation):
    """x where x > 0, else alpha·(eˣ - 1), as a layer.

    Parameters
    ----------
    alpha : float, default 1.0
        Where very negative inputs end: at -alpha.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Examples
    --------
    >>> ELU()([[0.0, 2.0]])
    array([[0., 2.]], dtype=float32)
    """

    _settled = ("activation",)
    fixed = ("dtype", "alpha")

    def __init__(self, alpha: float = 1.0, **options: Unpack[OfLayers]) -> None:
        factor = number("ELU", "alpha", alpha)
        super().__init__(ELUFunction(factor), **options)
        self.alpha = factor
