"""Softsign: like tanh, with slower tails.

Source: https://keras.io/api/layers/activations/#softsign-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def softsign(z: Scalar) -> Scalar:
    """z/(1 + |z|)"""
    return z / (type(z)(1.0) + abs(z))


@formula
def softsign_backward(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    """dz = da/(1 + |z|)². With a it would be da·(1 - |a|)², which loses its digits far out, where |a| is nearly 1."""
    far = type(z)(1.0) + abs(z)
    return da / (far * far)


class Softsign(ActivationFunction):
    """z/(1 + |z|): between -1 and 1.

    Notes
    -----
    Turian, Bergstra and Bengio, "Quadratic features and deep architectures for chunking", 2009.

    Examples
    --------
    >>> Softsign()([1.0, -3.0])
    array([ 0.5 , -0.75], dtype=float32)
    """

    formulas = softsign, softsign_backward
    onnx = "Softsign(z)"
    words = Words(
        "{z}/(1 + |{z}|)",
        "Squeezes any number between -1 and 1, more gently than tanh.",
        "{da}/(1 + |{z}|)²",
        "softsign's slope is 1/(1 + |z|)²",
    )
