"""The linear activation: nothing is done.

Source: https://keras.io/api/layers/activations/#linear-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def linear(z: Scalar) -> Scalar:
    """z"""
    return z


@formula
def linear_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da: the slope is 1."""
    return da


class Linear(ActivationFunction):
    """Pass the weighted sum on as it is.

    Examples
    --------
    >>> Linear()([-1.0, 2.0])
    array([-1.,  2.], dtype=float32)
    """

    formulas = linear, linear_backward
    onnx = "z"
    does_nothing = True
    words = Words("{z}", "Linear: passed on as it is.", "{da}", "Linear: the slope is 1.")
