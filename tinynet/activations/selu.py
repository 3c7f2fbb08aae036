"""The scaled exponential linear unit.

Source: https://keras.io/api/layers/activations/#selu-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula
from tinynet.kernels.elementary import expm1_below_0

#: The fixed point of mean 0 and variance 1 has these numbers.
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


@formula
def selu(z: Scalar) -> Scalar:
    """λ·z where z > 0, else λ·α·(eᶻ - 1): with these λ and α mean 0 and variance 1 are kept from layer to layer."""
    T = type(z)
    return T(SCALE) * (z if z > 0 else T(ALPHA) * expm1_below_0(z))


@formula
def selu_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da·λ where a > 0, else da·λ·α·eᶻ; and λ·α·eᶻ = a + λ·α."""
    T = type(a)
    return da * (T(SCALE) if a > 0 else a + T(SCALE * ALPHA))


class SELU(ActivationFunction):
    """1.0507·z where z > 0, else 1.0507·1.6733·(eᶻ - 1).

    Notes
    -----
    Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", 2017.

    Examples
    --------
    >>> SELU()([-1.0, 2.0]).round(4)
    array([-1.1113,  2.1014], dtype=float32)
    """

    name = "selu"
    formulas = selu, selu_backward
    onnx = "Selu(z)"
    words = Words(
        "1.0507·({z} if {z} > 0 else 1.6733·(e^{z} - 1))",
        "An elu whose two numbers keep mean 0 and variance 1 from layer to layer.",
        "{da}·(1.0507 if {a} > 0 else {a} + 1.7581)",
        "selu's slope is λ for z > 0; below it is λ·α·e^z, which is a + λ·α",
    )
