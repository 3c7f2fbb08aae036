"""The leaky rectified linear unit.

Source: https://keras.io/api/layers/activations/#leakyrelu-function
"""

from __future__ import annotations

from tinynet._arguments import checked
from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def leaky_relu(z: Scalar, negative_slope: Scalar) -> Scalar:
    """z where z ≥ 0, else s·z with a small slope s, so that no unit is ever dead."""
    return z if z >= 0 else negative_slope * z


@formula
def leaky_relu_backward(z: Scalar, a: Scalar, da: Scalar, negative_slope: Scalar) -> Scalar:
    """dz = da where z ≥ 0, else da·s: the slope at 0 is 1, as in Keras."""
    return da if z >= 0 else da * negative_slope


class LeakyReLU(ActivationFunction):
    """z where z ≥ 0, else negative_slope·z.

    Parameters
    ----------
    negative_slope : float, default 0.2
        The slope for negative sums.

    Examples
    --------
    >>> LeakyReLU()([-1.0, 2.0])
    array([-0.2,  2. ], dtype=float32)
    """

    name = "leaky_relu"
    formulas = leaky_relu, leaky_relu_backward
    onnx = "LeakyRelu(z, alpha=negative_slope)"
    words = Words(
        "({negative_slope}·{z} if {z} < 0 else {z})",
        "What is positive passes; of what is negative a small share does.",
        "{da}·({negative_slope} if {z} < 0 else 1)",
        "leaky relu's slope is 1 for z ≥ 0 and small, but never 0, below",
    )

    #: How Keras's files write it: as the layer of that name.
    keras_form = {"module": "keras.layers"}  # noqa: RUF012

    @checked
    def __init__(self, negative_slope: float = 0.2) -> None:
        self.negative_slope = float(negative_slope)
