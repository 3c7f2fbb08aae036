"""The Gaussian error linear unit.

Source: https://keras.io/api/layers/activations/#gelu-function
"""

from __future__ import annotations

from tinynet._arguments import checked
from tinynet.activations.base import ActivationFunction
from tinynet.activations.tanh import tanh
from tinynet.formulas import Scalar, Words, erfc, exp, formula

SQRT_HALF, DENSITY_AT_0 = 0.7071067811865476, 0.3989422804014327
#: √(2/π), and the coefficient of the approximation.
SQRT_2_PI, CUBIC = 0.7978845608028654, 0.044715


@formula
def gelu(z: Scalar, approximate: Scalar) -> Scalar:
    """z·Φ(z), Φ(z) = erfc(-z/√2)/2 being the probability that a standard normal number is below z.

    The approximation is Φ(z) ≈ (1 + tanh(√(2/π)·(z + 0.044715·z³)))/2.
    """
    T = type(z)
    if approximate != 0:
        return T(0.5) * z * (T(1.0) + tanh(T(SQRT_2_PI) * (z + T(CUBIC) * z * z * z)))
    return T(0.5) * z * erfc(-z * T(SQRT_HALF))


@formula
def gelu_backward(z: Scalar, a: Scalar, da: Scalar, approximate: Scalar) -> Scalar:
    """dz = da·(Φ(z) + z·φ(z)), by the product rule, φ being the normal density, e^(-z²/2)/√(2π).

    For the approximation φ is (1 - t²)/2 times the slope of what is inside the tanh t; where t is ±1 it is 0, however
    large that slope.
    """
    T = type(z)
    if approximate != 0:
        t = tanh(T(SQRT_2_PI) * (z + T(CUBIC) * z * z * z))
        inside = T(SQRT_2_PI) * (T(1.0) + T(3.0 * CUBIC) * z * z)
        rest = T(1.0) - t * t
        return da * T(0.5) * (T(1.0) + t + (z * rest * inside if rest > 0 else T(0.0)))
    below = T(0.5) * erfc(-z * T(SQRT_HALF))
    return da * (below + z * T(DENSITY_AT_0) * exp(T(-0.5) * z * z))


class GELU(ActivationFunction):
    """z·Φ(z), Φ being the normal distribution function.

    Parameters
    ----------
    approximate : bool, default False
        Whether Φ is approximated by a tanh.

    Notes
    -----
    Hendrycks and Gimpel, "Gaussian error linear units (GELUs)", 2016.

    Examples
    --------
    >>> GELU()([-1.0, 2.0]).round(4)
    array([-0.1587,  1.9545], dtype=float32)
    """

    name = "gelu"
    formulas = gelu, gelu_backward
    onnx = "Gelu(z, approximate='tanh') if approximate else Gelu(z)"
    words = Words(
        "{z}·Φ({z})",
        "The sum times the probability that a normal number is below it.",
        "{da}·(Φ({z}) + {z}·φ({z}))",
        "gelu's slope, by the product rule, is Φ(z) + z·φ(z)",
    )

    @checked
    def __init__(self, approximate: bool = False) -> None:
        self.approximate = bool(approximate)
