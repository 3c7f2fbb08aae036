"""The hyperbolic tangent.

Source: https://keras.io/api/layers/activations/#tanh-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula
from tinynet.kernels.elementary import expm1_below_0


@formula
def tanh(z: Scalar) -> Scalar:
    """(eᶻ - e⁻ᶻ)/(eᶻ + e⁻ᶻ), from m = e⁻²ᶦᶻᶦ - 1 as ∓m/(2 + m), which is exact for small z as well."""
    T = type(z)
    m = expm1_below_0(T(-2.0) * abs(z))
    return (m if z < 0 else T(0.0) - m) / (T(2.0) + m)


@formula
def tanh_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da·(1 - a²)."""
    return da * (type(a)(1.0) - a * a)


class Tanh(ActivationFunction):
    """The hyperbolic tangent.

    Examples
    --------
    >>> Tanh()([-1.0, 2.0]).round(4)
    array([-0.7616,  0.964 ], dtype=float32)
    """

    formulas = tanh, tanh_backward
    onnx = "Tanh(z)"
    words = Words(
        "tanh({z})",
        "Squeezes any number between -1 and 1.",
        "{da}·(1 - {a}²)",
        "tanh's slope, written with its own output a, is 1 - a²",
    )
