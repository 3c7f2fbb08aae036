"""The mean of several inputs.

Source: https://keras.io/api/layers/merging_layers/average/
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

from tinynet._types import Array
from tinynet.layers.merging import Merge


class Average(Merge):
    """Average inputs, entry by entry.

    Examples
    --------
    >>> Average()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[2. , 3.5]], dtype=float32)
    """

    onnx = "Mean(*xs)"

    def combined(self, xs: Sequence[Array]) -> Array:
        """y = (x₁ + x₂ + … + xₖ)/k"""
        y = reduce(add, xs)
        mean: Array = y / y.dtype.type(len(xs))
        return mean

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """dxᵢ = dy/k"""
        return [dy / dy.dtype.type(len(xs)) for _ in xs]
