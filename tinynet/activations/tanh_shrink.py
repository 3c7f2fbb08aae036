"""The tanh shrinkage: what tanh takes away.

Source: https://keras.io/api/layers/activations/#tanhshrink-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.activations.tanh import tanh, tanh_backward
from tinynet.formulas import Scalar, Words, formula


@formula
def tanh_shrink(z: Scalar) -> Scalar:
    """z - tanh(z)"""
    return z - tanh(z)


@formula
def tanh_shrink_backward(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    """dz = da - da·(1 - tanh²(z)): z has the slope 1, of which that of tanh is subtracted."""
    return da - tanh_backward(tanh(z), da)


class TanhShrink(ActivationFunction):
    """z - tanh(z): nearly nothing near 0, nearly z ± 1 far out.

    Examples
    --------
    >>> TanhShrink()([-3.0, 0.5]).round(4)
    array([-2.0049,  0.0379], dtype=float32)
    """

    formulas = tanh_shrink, tanh_shrink_backward
    onnx = "z - Tanh(z)"
    words = Words(
        "({z} - tanh({z}))",
        "What is near 0 nearly vanishes; what is far from it moves towards it by 1.",
        "{da}·tanh({z})²",
        "its slope is 1 less that of tanh, 1 - tanh²: what is left is tanh²",
    )
