"""The difference of two inputs.

Source: https://keras.io/api/layers/merging_layers/subtract/
"""

from __future__ import annotations

from collections.abc import Sequence

from tinynet._types import Array
from tinynet.layers.merging import Merge


class Subtract(Merge):
    """Subtract the second input from the first, entry by entry.

    Examples
    --------
    >>> Subtract()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[-2., -3.]], dtype=float32)
    """

    count = (2, 2)
    onnx = "Sub(*xs)"

    def combined(self, xs: Sequence[Array]) -> Array:
        """y = x₁ - x₂"""
        return xs[0] - xs[1]

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """dx₁ = dy and dx₂ = -dy"""
        return [dy, -dy]
