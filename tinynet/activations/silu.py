"""The sigmoid linear unit, also called swish.

Source: https://keras.io/api/layers/activations/#silu-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.activations.sigmoid import sigmoid
from tinynet.formulas import Scalar, Words, formula


@formula
def silu(z: Scalar) -> Scalar:
    """z·σ(z), σ being the sigmoid."""
    return z * sigmoid(z)


@formula
def silu_backward(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    """dz = da·(σ + z·σ·(1 - σ)) = da·(σ + a·(1 - σ)), by the product rule."""
    s = sigmoid(z)
    return da * (s + a * (type(z)(1.0) - s))


class SiLU(ActivationFunction):
    """z·sigmoid(z).

    Notes
    -----
    Ramachandran, Zoph and Le, "Searching for activation functions", 2017, where it is called swish.

    Examples
    --------
    >>> SiLU()([-1.0, 2.0]).round(4)
    array([-0.2689,  1.7616], dtype=float32)
    """

    name = "silu"
    aliases = ("swish",)
    formulas = silu, silu_backward
    onnx = "z * Sigmoid(z)"
    words = Words(
        "{z}/(1 + e^(-{z}))",
        "The sum times its own sigmoid: nearly 0 where it is very negative, nearly itself where it is large.",
        "{da}·(σ({z}) + {a}·(1 - σ({z})))",
        "silu's slope, by the product rule, is σ(z) + z·σ(z)·(1 - σ(z))",
    )
