"""The soft shrinkage: every sum moves towards 0.

Source: https://keras.io/api/layers/activations/#softshrink-function
"""

from __future__ import annotations

from tinynet._arguments import checked
from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def soft_shrink(z: Scalar, threshold: Scalar) -> Scalar:
    """z moved towards 0 by the threshold t: z - t above t, z + t below -t, 0 in between; NaN stays NaN."""
    if -threshold <= z <= threshold:
        return type(z)(0.0)
    return z - threshold if z > threshold else z + threshold


@formula
def soft_shrink_backward(z: Scalar, a: Scalar, da: Scalar, threshold: Scalar) -> Scalar:
    """dz = da where something is left, else 0."""
    return type(da)(0.0) if -threshold <= z <= threshold else da


class SoftShrink(ActivationFunction):
    """z moved towards 0 by a threshold; 0 where |z| is not above it.

    Parameters
    ----------
    threshold : float, default 0.5
        How far.

    Examples
    --------
    >>> SoftShrink()([-1.0, 0.25, 2.0])
    array([-0.5,  0. ,  1.5], dtype=float32)
    """

    formulas = soft_shrink, soft_shrink_backward
    onnx = "Shrink(z, lambd=threshold, bias=threshold)"
    words = Words(
        "(0 if |{z}| ≤ {threshold} else {z} - {threshold} if {z} > 0 else {z} + {threshold})",
        "Every sum moves towards 0 by the same length; what is nearer than that becomes 0.",
        "{da}·[|{z}| > {threshold}]",
        "its slope is 1 where something is left and 0 where z became 0",
    )

    @checked
    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = float(threshold)
