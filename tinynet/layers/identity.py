"""Identity: a layer that does nothing.

Source: https://keras.io/api/layers/core_layers/identity/
"""

from __future__ import annotations

from typing import Unpack

from tinynet.layers.activation import Activation
from tinynet.layers.keywords import OfLayers


class Identity(Activation):
    """Give what comes along as it is: a place holder where a layer is wanted.

    Parameters
    ----------
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Examples
    --------
    >>> Identity()([[1.0, -2.0]])
    array([[ 1., -2.]], dtype=float32)
    """

    _settled = ("activation",)

    def __init__(self, **options: Unpack[OfLayers]) -> None:
        super().__init__("linear", **options)
