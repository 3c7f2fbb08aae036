"""Sparse plus: a softplus that is exactly 0 below -1.

Source: https://keras.io/api/layers/activations/#sparseplus-function
"""

from __future__ import annotations

from tinynet.activations.base import ActivationFunction
from tinynet.activations.sparse_sigmoid import sparse_sigmoid
from tinynet.formulas import Scalar, Words, formula


@formula
def sparse_plus(z: Scalar) -> Scalar:
    """0 up to -1, z from 1 on, and the parabola (z + 1)²/4 in between; NaN stays NaN."""
    T = type(z)
    if z <= -1:
        return T(0.0)
    return z if z >= 1 else (z + T(1.0)) * (z + T(1.0)) * T(0.25)


@formula
def sparse_plus_backward(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    """dz = da·(z + 1)/2 on the parabola, 0 below it and da above: the sparse sigmoid."""
    return da * sparse_sigmoid(z)


class SparsePlus(ActivationFunction):
    """0 below -1, z above 1, (z + 1)²/4 in between.

    Examples
    --------
    >>> SparsePlus()([-2.0, 0.0, 2.0])
    array([0.  , 0.25, 2.  ], dtype=float32)
    """

    formulas = sparse_plus, sparse_plus_backward
    onnx = "Where(z < 1.0, 0.25 * Max(z + 1.0, 0.0) * Max(z + 1.0, 0.0), z)"
    words = Words(
        "(0 if {z} ≤ -1 else ({z} + 1)²/4 if {z} < 1 else {z})",
        "A relu whose corner is a piece of a parabola.",
        "{da}·(0 if {z} ≤ -1 else ({z} + 1)/2 if {z} < 1 else 1)",
        "its slope rises from 0 at -1 to 1 at 1",
    )
