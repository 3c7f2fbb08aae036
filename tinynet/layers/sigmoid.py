"""The activation sigmoid as a layer."""

from __future__ import annotations

from typing import Unpack

from tinynet.layers.activation import Activation
from tinynet.layers.keywords import OfLayers


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ) as a layer.

    Examples
    --------
    >>> Sigmoid()([[0.0]])
    array([[0.5]], dtype=float32)
    """

    _settled = ("activation",)
    #: Keras has no such layer.
    keras_form = {"class_name": "Activation", "tinynet_class": "Sigmoid", "config": {"activation": "sigmoid"}}  # noqa: RUF012

    def __init__(self, **options: Unpack[OfLayers]) -> None:
        super().__init__("sigmoid", **options)
