"""The exponential function.

Source: https://keras.io/api/layers/activations/#exponential-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, exp, formula


@formula
def exponential(z: Scalar) -> Scalar:
    """eᶻ"""
    return exp(z)


@formula
def exponential_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da·a: the exponential is its own slope."""
    return da * a


class Exponential(ActivationFunction):
    """eᶻ: above 0, and soon very large.

    Examples
    --------
    >>> Exponential()([0.0, 1.0]).round(4)
    array([1.    , 2.7183], dtype=float32)
    """

    formulas = exponential, exponential_backward
    onnx = "Exp(z)"
    words = Words(
        "e^{z}",
        "Makes any number positive: what is added to the sum multiplies the output, as rates and counts often do.",
        "{da}·{a}",
        "the exponential is its own slope",
    )
