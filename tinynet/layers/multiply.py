"""The product of several inputs: how one branch gates another.

Source: https://keras.io/api/layers/merging_layers/multiply/
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import mul

from tinynet._types import Array
from tinynet.layers.merging import Merge


class Multiply(Merge):
    """Multiply inputs, entry by entry.

    Examples
    --------
    >>> Multiply()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[ 3., 10.]], dtype=float32)
    """

    replaces_padding = True
    onnx = "Mul(*xs)"

    def combined(self, xs: Sequence[Array]) -> Array:
        """y = x₁·x₂·…"""
        return reduce(mul, xs)

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """dxᵢ = dy·∏ xⱼ over all other inputs: the product is xᵢ times them."""
        found = []
        for i in range(len(xs)):
            dx = dy
            for j, x in enumerate(xs):
                dx = dx if i == j else dx * x
            found.append(dx)
        return found
