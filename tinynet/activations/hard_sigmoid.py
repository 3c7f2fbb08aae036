"""The hard sigmoid: three straight pieces.

Source: https://keras.io/api/layers/activations/#hardsigmoid-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def hard_sigmoid(z: Scalar) -> Scalar:
    """z/6 + 1/2, but at least 0 and at most 1. Written so that NaN stays NaN."""
    T = type(z)
    if z <= -3:
        return T(0.0)
    return T(1.0) if z >= 3 else (z + T(3.0)) / T(6.0)


@formula
def hard_sigmoid_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da/6 where a is between 0 and 1, else 0; 0 at the corners as well, as in Keras."""
    T = type(da)
    return da / T(6.0) if 0 < a < 1 else T(0.0)


class HardSigmoid(ActivationFunction):
    """z/6 + 1/2, between 0 and 1: a sigmoid of straight lines.

    Notes
    -----
    As in Keras 3. In Keras 2 it was 0.2·z + 0.5.

    Examples
    --------
    >>> HardSigmoid()([-4.0, 0.0, 1.5])
    array([0.  , 0.5 , 0.75], dtype=float32)
    """

    formulas = hard_sigmoid, hard_sigmoid_backward
    onnx = "HardSigmoid(z, alpha=0.16666666666666666, beta=0.5)"
    words = Words(
        "(0 if {z} ≤ -3 else {z}/6 + 1/2 if {z} < 3 else 1)",
        "A sigmoid made of three straight lines: 0, then rising, then 1.",
        "{da}·[0 < {a} < 1]/6",
        "its slope is 1/6 where the line rises and 0 where it is flat",
    )
