"""The sparse sigmoid: straight from 0 at -1 to 1 at 1.

Source: https://keras.io/api/layers/activations/#sparsesigmoid-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def sparse_sigmoid(z: Scalar) -> Scalar:
    """(z + 1)/2, but at least 0 and at most 1; NaN stays NaN."""
    T = type(z)
    if z <= -1:
        return T(0.0)
    return T(1.0) if z >= 1 else (z + T(1.0)) * T(0.5)


@formula
def sparse_sigmoid_backward(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    """dz = da/2 between -1 and 1, else 0; at the corners half of that, as in Keras."""
    T = type(da)
    if -1 < z < 1:
        return da * T(0.5)
    return da * T(0.25) if -1 <= z <= 1 else T(0.0)


class SparseSigmoid(ActivationFunction):
    """(z + 1)/2, between 0 and 1.

    Examples
    --------
    >>> SparseSigmoid()([-2.0, 0.0, 0.5])
    array([0.  , 0.5 , 0.75], dtype=float32)
    """

    formulas = sparse_sigmoid, sparse_sigmoid_backward
    onnx = "HardSigmoid(z, alpha=0.5, beta=0.5)"
    words = Words(
        "(0 if {z} ≤ -1 else ({z} + 1)/2 if {z} < 1 else 1)",
        "A sigmoid made of three straight lines, steeper than the hard sigmoid's.",
        "{da}·[-1 < {z} < 1]/2",
        "its slope is 1/2 where the line rises and 0 where it is flat",
    )
