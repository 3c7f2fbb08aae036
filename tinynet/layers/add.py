"""The sum of several inputs: how a branch that skips some layers comes back.

Source: https://keras.io/api/layers/merging_layers/add/
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

from tinynet._types import Array
from tinynet.layers.merging import Merge


class Add(Merge):
    """Add inputs, entry by entry: ``x + Dense(8)(x)`` is a residual block.

    Examples
    --------
    >>> Add()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[4., 7.]], dtype=float32)
    """

    onnx = "Add(*xs)"

    def combined(self, xs: Sequence[Array]) -> Array:
        """y = x₁ + x₂ + …"""
        return reduce(add, xs)

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """dxᵢ = dy: each input moves the sum by what it moves itself."""
        return [dy for _ in xs]
