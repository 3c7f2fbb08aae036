"""The hard tanh: the sum itself, cut off at -1 and 1.

Source: https://keras.io/api/layers/activations/#hardtanh-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def hard_tanh(z: Scalar) -> Scalar:
    """z, but at least -1 and at most 1; NaN stays NaN."""
    T = type(z)
    if z < -1:
        return T(-1.0)
    return T(1.0) if z > 1 else z


@formula
def hard_tanh_backward(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    """dz = da where z was let through, at -1 and 1 themselves as well, as in Keras; else 0."""
    return da if -1 <= z <= 1 else type(da)(0.0)


class HardTanh(ActivationFunction):
    """z between -1 and 1, cut off at either end.

    Examples
    --------
    >>> HardTanh()([-4.0, 0.5, 4.0])
    array([-1. ,  0.5,  1. ], dtype=float32)
    """

    formulas = hard_tanh, hard_tanh_backward
    onnx = "Min(Max(z, -1.0), 1.0)"
    words = Words(
        "(-1 if {z} < -1 else 1 if {z} > 1 else {z})",
        "A tanh made of three straight lines: what is below -1 or above 1 is cut off.",
        "{da}·[-1 ≤ {z} ≤ 1]",
        "its slope is 1 where it let z through and 0 where it cut off",
    )
