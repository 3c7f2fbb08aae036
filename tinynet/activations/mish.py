"""Mish: a smooth relu that dips below 0.

Source: https://keras.io/api/layers/activations/#mish-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.activations.sigmoid import sigmoid
from tinynet.activations.softplus import softplus
from tinynet.activations.tanh import tanh
from tinynet.formulas import Scalar, Words, formula


@formula
def mish(z: Scalar) -> Scalar:
    """z·tanh(softplus(z))"""
    return z * tanh(softplus(z))


@formula
def mish_backward(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    """dz = da·(t + z·(1 - t²)·σ(z)) with t = tanh(softplus(z)), by the product and the chain rule.

    1 - t² is the slope of tanh and σ that of softplus. Where t is 1 the second term is 0, however large z.
    """
    one = type(z)(1.0)
    t = tanh(softplus(z))
    rest = one - t * t
    return da * (t + z * rest * sigmoid(z)) if rest > 0 else da * t


class Mish(ActivationFunction):
    """z·tanh(log(1 + eᶻ)).

    Notes
    -----
    Misra, "Mish: A self regularized non-monotonic activation function", 2019.

    Examples
    --------
    >>> Mish()([-1.0, 2.0]).round(4)
    array([-0.3034,  1.944 ], dtype=float32)
    """

    formulas = mish, mish_backward
    onnx = "Mish(z)"
    words = Words(
        "{z}·tanh(log(1 + e^{z}))",
        "Nearly 0 where the sum is very negative, nearly itself where it is large, and smooth in between.",
        "{da}·({a}/{z} + {z}·(1 - ({a}/{z})²)·σ({z}))",
        "mish's slope, by the product and the chain rule; a/z is the tanh, and σ(z) the slope of log(1 + e^z)",
    )
