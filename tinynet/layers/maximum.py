"""The largest of several inputs.

Source: https://keras.io/api/layers/merging_layers/maximum/
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinynet._types import Array
from tinynet.layers.merging import Merge


class Maximum(Merge):
    """Take the largest of the inputs, entry by entry.

    Examples
    --------
    >>> Maximum()([[[1.0, 7.0]], [[3.0, 5.0]]])
    array([[3., 7.]], dtype=float32)
    """

    def combined(self, xs: Sequence[Array]) -> Array:
        """y = max(x₁, x₂, …)"""
        y = np.maximum(xs[0], xs[1])
        for x in xs[2:]:
            y = np.maximum(y, x)
        return y

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """dxᵢ is dy where xᵢ is the largest, else 0; two that are equal get half of it each."""
        found: list[Array] = []
        for i in range(len(xs) - 1, 0, -1):
            before = self.combined(xs[:i]) if i > 1 else xs[0]
            of_this, of_before = _part(xs[i], before), _part(before, xs[i])
            found.insert(0, dy * of_this)
            dy = dy * of_before
        return [dy, *found]


def _part(one: Array, other: Array) -> Array:
    """Return how much of the gradient is for `one`."""
    part: Array = ((one > other) + (one == other) / 2).astype(one.dtype)
    return part
