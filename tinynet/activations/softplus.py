"""Softplus: a smooth ReLU.

Source: https://keras.io/api/layers/activations/#softplus-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.activations.relu import relu
from tinynet.formulas import Scalar, Words, exp, formula
from tinynet.kernels.elementary import expm1_below_0, log1p_to_1


@formula
def softplus(z: Scalar) -> Scalar:
    """log(1 + eᶻ) = max(z, 0) + log(1 + e⁻ᶦᶻᶦ), in which nothing overflows."""
    return relu(z) + log1p_to_1(exp(-abs(z)))


@formula
def softplus_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da·σ(z); and σ(z) = eᶻ/(1 + eᶻ) = 1 - e⁻ᵃ, because eᵃ = 1 + eᶻ."""
    return da * (type(a)(0.0) - expm1_below_0(-a))


class Softplus(ActivationFunction):
    """log(1 + eᶻ).

    Examples
    --------
    >>> Softplus()([0.0]).round(4)
    array([0.6931], dtype=float32)
    """

    formulas = softplus, softplus_backward
    onnx = "Softplus(z)"
    words = Words(
        "log(1 + e^{z})",
        "A relu without the corner.",
        "{da}·(1 - e^(-{a}))",
        "softplus's slope is the sigmoid of z, which is 1 - e^(-a)",
    )
