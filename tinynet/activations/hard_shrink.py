"""The hard shrinkage: small sums become 0.

Source: https://keras.io/api/layers/activations/#hardshrink-function
"""

from __future__ import annotations

from tinynet._arguments import checked
from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def hard_shrink(z: Scalar, threshold: Scalar) -> Scalar:
    """z where |z| is above the threshold, else 0; NaN stays NaN."""
    return type(z)(0.0) if abs(z) <= threshold else z


@formula
def hard_shrink_backward(z: Scalar, a: Scalar, da: Scalar, threshold: Scalar) -> Scalar:
    """dz = da where z was let through, else 0."""
    return type(da)(0.0) if abs(z) <= threshold else da


class HardShrink(ActivationFunction):
    """z where |z| is above a threshold, else 0.

    Parameters
    ----------
    threshold : float, default 0.5
        What is at most this far from 0 becomes 0.

    Examples
    --------
    >>> HardShrink()([-1.0, 0.25, 2.0])
    array([-1.,  0.,  2.], dtype=float32)
    """

    formulas = hard_shrink, hard_shrink_backward
    onnx = "Shrink(z, lambd=threshold, bias=0.0)"
    words = Words(
        "(0 if |{z}| ≤ {threshold} else {z})",
        "What is near 0 becomes 0; the rest passes.",
        "{da}·[|{z}| > {threshold}]",
        "its slope is 1 where it let z through and 0 where z became 0",
    )

    @checked
    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = float(threshold)
