"""The logarithm of the sigmoid.

Source: https://keras.io/api/layers/activations/#logsigmoid-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.activations.softplus import softplus, softplus_backward
from tinynet.formulas import Scalar, Words, formula


@formula
def log_sigmoid(z: Scalar) -> Scalar:
    """log σ(z) = -log(1 + e⁻ᶻ), which is softplus turned about the origin."""
    return -softplus(-z)


@formula
def log_sigmoid_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da·(1 - σ(z)) = da·(1 - eᵃ): both signs of the turned softplus cancel, its output being -a."""
    return softplus_backward(-a, da)


class LogSigmoid(ActivationFunction):
    """log(sigmoid(z)): below 0, without ever rounding the sigmoid to 0.

    Examples
    --------
    >>> LogSigmoid()([0.0, -100.0]).round(4)
    array([  -0.6931, -100.    ], dtype=float32)
    """

    formulas = log_sigmoid, log_sigmoid_backward
    onnx = "Neg(Softplus(Neg(z)))"
    words = Words(
        "-log(1 + e^(-{z}))",
        "The logarithm of a probability: 0 where it is certain, as low as the sum where it is unlikely.",
        "{da}·(1 - e^{a})",
        "its slope is 1 - σ(z), and σ(z) is e^a",
    )
