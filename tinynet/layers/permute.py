"""Permute: the axes of each sample in another order.

Source: https://keras.io/api/layers/reshaping_layers/permute/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._kinds import is_whole
from tinynet._types import Array, Shape
from tinynet.formulas import Words
from tinynet.layers.keywords import OfLayers
from tinynet.layers.rearranging import Rearranging, rearranged_backward, rearranged_forward


class Permute(Rearranging):
    """Put the axes of each sample in another order: ``Permute((2, 1))`` makes (N, features, steps) of the opposite.

    Parameters
    ----------
    dims : sequence of int
        The old number of each new axis, counted from 1, the batch aside.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If they are no such numbers, or samples have another number of axes.

    Examples
    --------
    >>> Permute((2, 1))([[[1, 2], [3, 4]]])
    array([[[1., 3.],
            [2., 4.]]], dtype=float32)
    """

    kernels = rearranged_forward, rearranged_backward
    fixed = ("dtype", "dims")
    onnx = "Transpose(x, perm=onnx_perm)"
    words = Words("{x} transposed", "Other axes stand last: nothing is computed.", "{dy} transposed", "back again")

    def __init__(self, dims: Sequence[int], **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        whole = isinstance(dims, (tuple, list)) and all(map(is_whole, dims))
        if not whole or sorted(dims) != [*range(1, len(dims) + 1)] or not dims:
            raise ValueError(
                f"{self.described}: Invalid permutation argument `dims`. The set of indices in `dims` must be "
                f"consecutive and start from 1. Received: dims={shown(dims)}"
            )
        self.dims = tuple(dims)

    def places(self, numbers: Array) -> Array:
        """Return a sample with its axes in their order."""
        return np.ascontiguousarray(numbers.transpose(0, *self.dims))

    @property
    def onnx_perm(self) -> list[int]:
        """The order of all axes, the batch among them."""
        return [0, *self.dims]

    @classmethod
    def _from_onnx(cls, values: Any) -> Permute:
        """Make a layer from what its form stands for in a graph that was read."""
        batch, *dims = values["onnx_perm"]
        if batch:
            raise ValueError(f"{cls.__name__} leaves the samples where they are. Received: perm={[batch, *dims]}")
        return cls(dims)

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the axes in their order."""
        if len(input_shape) != len(self.dims) + 1:
            raise ValueError(
                f"{self.described}: expected samples of {len(self.dims)} axes. Received: input of shape {input_shape}"
            )
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))
