"""The rectified linear unit with limits: what ReLU6 is, and Keras's `relu` and `ReLU` with arguments.

Source: https://keras.io/api/layers/activations/#relu6-function
"""

from __future__ import annotations

from tinynet._arguments import checked
from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def relu6(z: Scalar, max_value: Scalar, negative_slope: Scalar, threshold: Scalar) -> Scalar:
    """z between the threshold t and the maximum, at most the maximum, and below t the small share s·(z - t)."""
    if z > threshold:
        return max_value if z > max_value else z
    return type(z)(0.0) if negative_slope == 0 and z <= threshold else negative_slope * (z - threshold)


@formula
def relu6_backward(
    z: Scalar, a: Scalar, da: Scalar, max_value: Scalar, negative_slope: Scalar, threshold: Scalar
) -> Scalar:
    """dz = da between threshold and maximum, 0 above and da·s below: the slopes of the three straight pieces.

    At the corners themselves it is 0, as in Keras.
    """
    if z < threshold:
        return negative_slope * da
    return da if threshold < z < max_value else type(da)(0.0)


class ReLU6(ActivationFunction):
    """max(z, 0), but at most 6; with arguments, Keras's ``relu(x, negative_slope, max_value, threshold)``.

    Parameters
    ----------
    max_value : float, default 6
        The most that comes out; infinity for no limit.
    negative_slope : float, default 0
        What share of z - threshold comes out where z is not above the threshold.
    threshold : float, default 0
        What z has to be above to pass.

    Notes
    -----
    Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.

    Examples
    --------
    >>> ReLU6()([-1.0, 2.0, 7.0])
    array([0., 2., 6.], dtype=float32)
    """

    name = "relu6"
    formulas = relu6, relu6_backward
    onnx = "Where(z > threshold, Min(z, max_value), negative_slope * (z - threshold))"
    words = Words(
        "({max_value} if {z} > {max_value} else {z} if {z} > {threshold} else {negative_slope}·({z} - {threshold}))",
        "What is below the threshold is cut off, what is above the maximum is cut down to it; the rest passes.",
        "{da}·({negative_slope} if {z} < {threshold} else [{threshold} < {z} < {max_value}])",
        "its slope is 1 where z passed, 0 above the maximum, and the negative slope below the threshold",
    )

    #: How Keras's files write it: as the layer of that name.
    keras_form = {"module": "keras.layers", "class_name": "ReLU", "tinynet_class": "ReLU6"}  # noqa: RUF012

    @checked
    def __init__(self, max_value: float = 6.0, negative_slope: float = 0.0, threshold: float = 0.0) -> None:
        self.max_value, self.negative_slope, self.threshold = map(float, (max_value, negative_slope, threshold))
