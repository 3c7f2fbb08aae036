"""The exponential linear unit.

Source: https://keras.io/api/layers/activations/#elu-function
"""

from __future__ import annotations

from tinynet._arguments import checked
from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula
from tinynet.kernels.elementary import expm1_below_0


@formula
def elu(z: Scalar, alpha: Scalar) -> Scalar:
    """z where z > 0, else α·(eᶻ - 1), as one function: the difference of two numbers near 1 would lose its digits."""
    return z if z > 0 else alpha * expm1_below_0(z)


@formula
def elu_backward(z: Scalar, a: Scalar, da: Scalar, alpha: Scalar) -> Scalar:
    """dz = da where z > 0, else da·α·eᶻ; and α·eᶻ = a + α."""
    return da if z > 0 else da * (a + alpha)


class ELU(ActivationFunction):
    """z where z > 0, else alpha·(eᶻ - 1).

    Parameters
    ----------
    alpha : float, default 1
        Very negative sums become -alpha.

    Notes
    -----
    Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential linear units", 2016.

    Examples
    --------
    >>> ELU()([-1.0, 2.0]).round(4)
    array([-0.6321,  2.    ], dtype=float32)
    """

    name = "elu"
    formulas = elu, elu_backward
    onnx = "Elu(z, alpha=alpha)"
    words = Words(
        "({z} if {z} > 0 else {alpha}·(e^{z} - 1))",
        "What is positive passes; what is negative levels off at -α.",
        "{da}·(1 if {z} > 0 else {a} + {alpha})",
        "elu's slope is 1 for z > 0; below it is α·e^z, which is a + α",
    )

    #: How Keras's files write it: as the layer of that name.
    keras_form = {"module": "keras.layers"}  # noqa: RUF012

    @checked
    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = float(alpha)
