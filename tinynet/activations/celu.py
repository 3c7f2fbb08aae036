"""The continuously differentiable exponential linear unit.

Source: https://keras.io/api/layers/activations/#celu-function
"""

from __future__ import annotations

from tinynet._arguments import checked, number
from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula
from tinynet.kernels.elementary import expm1_below_0


@formula
def celu(z: Scalar, alpha: Scalar) -> Scalar:
    """z where z > 0, else α·(e^(z/α) - 1): its slope is 1 on either side of 0, whatever α."""
    return z if z > 0 else alpha * expm1_below_0(z / alpha)


@formula
def celu_backward(a: Scalar, da: Scalar, alpha: Scalar) -> Scalar:
    """dz = da where a > 0, else da·e^(z/α); and e^(z/α) = a/α + 1."""
    return da if a > 0 else da * (a / alpha + type(a)(1.0))


class CELU(ActivationFunction):
    """z where z > 0, else alpha·(e^(z/alpha) - 1).

    Parameters
    ----------
    alpha : float above 0, default 1
        Very negative sums become -alpha.

    Notes
    -----
    Barron, "Continuously differentiable exponential linear units", 2017.

    Examples
    --------
    >>> CELU()([-1.0, 2.0]).round(4)
    array([-0.6321,  2.    ], dtype=float32)
    """

    name = "celu"
    formulas = celu, celu_backward
    onnx = "Celu(z, alpha=alpha)"
    words = Words(
        "({z} if {z} > 0 else {alpha}·(e^({z}/{alpha}) - 1))",
        "What is positive passes; what is negative levels off at -α, without a corner at 0.",
        "{da}·(1 if {a} > 0 else {a}/{alpha} + 1)",
        "celu's slope is 1 for z > 0; below it is e^(z/α), which is a/α + 1",
    )

    @checked
    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = number("CELU", "alpha", alpha, 1e-6)
