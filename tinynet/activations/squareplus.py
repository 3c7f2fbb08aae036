"""Squareplus: a smooth relu without exponentials.

Source: https://keras.io/api/layers/activations/#squareplus-function
"""

from __future__ import annotations

from tinynet._arguments import checked, number
from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula, sqrt


@formula
def squareplus(z: Scalar, b: Scalar) -> Scalar:
    """(z + √(z² + b))/2; below 0 as b/2 / (√(z² + b) - z), because a difference of near numbers loses its digits."""
    half = type(z)(0.5)
    root = sqrt(z * z + b)
    return half * (z + root) if z > 0 else half * b / (root - z)


@formula
def squareplus_backward(z: Scalar, a: Scalar, da: Scalar, b: Scalar) -> Scalar:
    """dz = da·(1 + z/√(z² + b))/2 = da·a/√(z² + b)"""
    return da * a / sqrt(z * z + b)


class Squareplus(ActivationFunction):
    """(z + √(z² + b))/2.

    Parameters
    ----------
    b : float above 0, default 4
        How far the bend reaches: at 0 the output is √b/2.

    Notes
    -----
    Barron, "Squareplus: A softplus-like algebraic rectifier", 2021.

    Examples
    --------
    >>> Squareplus()([0.0, 1.5])
    array([1., 2.], dtype=float32)
    """

    formulas = squareplus, squareplus_backward
    onnx = "0.5 * (z + Sqrt(z * z + b))"
    words = Words(
        "({z} + √({z}² + {b}))/2",
        "A relu without the corner, and without exponentials.",
        "{da}·{a}/√({z}² + {b})",
        "its slope is (1 + z/√(z² + b))/2, which is a/√(z² + b)",
    )

    @checked
    def __init__(self, b: float = 4.0) -> None:
        self.b = number("Squareplus", "b", b, 1e-12)
