"""The hard SiLU, also called hard swish.

Source: https://keras.io/api/layers/activations/#hardsilu-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.activations.hard_sigmoid import hard_sigmoid, hard_sigmoid_backward
from tinynet.formulas import Scalar, Words, formula


@formula
def hard_silu(z: Scalar) -> Scalar:
    """z·h(z), h being the hard sigmoid."""
    return z * hard_sigmoid(z)


@formula
def hard_silu_backward(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    """dz = da·(h + z·h'), by the product rule, h' being the slope of the hard sigmoid."""
    h = hard_sigmoid(z)
    return da * h + z * hard_sigmoid_backward(h, da)


class HardSiLU(ActivationFunction):
    """z·hard_sigmoid(z).

    Notes
    -----
    Howard et al., "Searching for MobileNetV3", 2019, where it is called h-swish.

    Examples
    --------
    >>> HardSiLU()([-4.0, 1.5, 4.0])
    array([-0.   ,  1.125,  4.   ], dtype=float32)
    """

    name = "hard_silu"
    aliases = ("hard_swish",)
    formulas = hard_silu, hard_silu_backward
    onnx = "HardSwish(z)"
    words = Words(
        "{z}·(0 if {z} ≤ -3 else {z}/6 + 1/2 if {z} < 3 else 1)",
        "silu with straight lines in place of the sigmoid: 0 below -3, itself above 3, a parabola in between.",
        "{da}·(0 if {z} ≤ -3 else {z}/3 + 1/2 if {z} < 3 else 1)",
        "its slope, by the product rule, is z/3 + 1/2 between -3 and 3; below it is 0 and above 1",
    )
