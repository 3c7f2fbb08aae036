"""The logistic sigmoid.

Source: https://keras.io/api/layers/activations/#sigmoid-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, exp, formula


@formula
def sigmoid(z: Scalar) -> Scalar:
    """1 / (1 + e⁻ᶻ), computed from e⁻ᶦᶻᶦ ≤ 1 so that nothing overflows: for z < 0 it is eᶻ / (1 + eᶻ)."""
    T = type(z)
    e = exp(-abs(z))
    return (e if z < 0 else T(1.0)) / (T(1.0) + e)


@formula
def sigmoid_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da·a·(1 - a): the derivative of 1/(1 + e⁻ᶻ) is e⁻ᶻ/(1 + e⁻ᶻ)² = a·(1 - a)."""
    return da * a * (type(a)(1.0) - a)


class Sigmoid(ActivationFunction):
    """1 / (1 + e⁻ᶻ).

    Examples
    --------
    >>> Sigmoid()([0.0])
    array([0.5], dtype=float32)
    """

    formulas = sigmoid, sigmoid_backward
    onnx = "Sigmoid(z)"
    words = Words(
        "1/(1 + e^(-{z}))",
        "Squeezes any number between 0 and 1.",
        "{da}·{a}·(1 - {a})",
        "sigmoid's slope, written with its own output a, is a·(1 - a): at most ¼, and nearly 0 at both ends",
    )
