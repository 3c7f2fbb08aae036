"""Several inputs side by side: how branches come together.

Source: https://keras.io/api/layers/merging_layers/concatenate/
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._types import Array, Shape
from tinynet.layers.keywords import OfLayers
from tinynet.layers.merging import Merge


class Concatenate(Merge):
    """Put inputs side by side, along an axis.

    Parameters
    ----------
    axis : int, default -1
        The axis, the batch being axis 0.
    **options
        `name` and the like, as for every `Layer`.

    Examples
    --------
    >>> Concatenate()([[[1.0, 2.0]], [[3.0]]])
    array([[1., 2., 3.]], dtype=float32)
    """

    count = (1, np.inf)
    onnx = "Concat(*xs, axis=axis)"

    @checked
    def __init__(self, axis: int = -1, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        self.axis = axis

    def combined(self, xs: Sequence[Array]) -> Array:
        """y = [x₁ x₂ …]"""
        return np.concatenate(xs, self.axis)

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """dxᵢ is the part of dy at the place of xᵢ."""
        ends = [*accumulate(x.shape[self.axis] for x in xs)]
        return np.split(dy, ends[:-1], self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the masks side by side; along the last axis, where one of them is true. None if there is none."""
        masks = self._masks(inputs, mask)
        if all(each is None for each in masks):
            return None
        sizes = next(each.shape for each in masks if each is not None)  # of axes that tensors do not know
        shapes = [
            [sizes[axis] if size is None and axis < len(sizes) else size or 1 for axis, size in enumerate(given.shape)]
            for given in (each if hasattr(each, "shape") else np.asarray(each) for each in inputs)
        ]
        ones = [np.ones(shape, np.bool_) for shape in shapes]
        whole = [
            full if each is None else full & each.reshape(*each.shape, *[1] * (full.ndim - each.ndim))
            for each, full in zip(masks, ones, strict=True)
        ]
        return np.any(np.concatenate(whole, self.axis), axis=-1)

    @checked
    def padded_like(self, masked: Sequence[bool]) -> bool | None:
        """Return True along the last axis, where a step is padding if it is that of all inputs."""
        last = self.axis in (-1, len(self._output_shape or ()) - 1)
        return False if not last else (all(masked) or None)

    def merged_shape(self, shapes: Sequence[Shape]) -> Shape:
        """Return the shape of the inputs, the axis being as long as those of all of them."""
        rank = len(shapes[0])
        axis = self.axis + rank if self.axis < 0 else self.axis
        others = {(len(shape), *shape[1:axis], *shape[axis + 1 :]) for shape in shapes}
        if len(others) > 1 or not 0 < axis < rank:
            raise ValueError(
                f"{self.described} requires inputs with matching shapes except for the concatenation axis, "
                f"{self.axis}, which is not the batch. Received: {shown(shapes)}"
            )
        along = [shape[axis] for shape in shapes]
        total = None if None in along else sum(length for length in along if length is not None)
        return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])
