"""Reshape: the same numbers of each sample, in another shape.

Source: https://keras.io/api/layers/reshaping_layers/reshape/
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._kinds import is_whole
from tinynet._types import Array, Shape
from tinynet.layers.keywords import OfLayers
from tinynet.layers.reshaping import Reshaping


class Reshape(Reshaping):
    """Give every sample another shape, with the same numbers in the same order.

    Parameters
    ----------
    target_shape : sequence of int
        The shape of one sample, without the batch. One axis may be -1: as long as the numbers make it.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If it is no such shape, or a sample has another number of numbers.

    Examples
    --------
    >>> Reshape((2, -1))([[1, 2, 3, 4]])
    array([[[1., 2.],
            [3., 4.]]], dtype=float32)
    """

    onnx = "Reshape(x, onnx_shape)"

    def __init__(self, target_shape: Sequence[int], **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        whole = isinstance(target_shape, (tuple, list)) and all(
            is_whole(axis) and not isinstance(axis, bool) and (axis == -1 or axis > 0) for axis in target_shape
        )
        if not whole or [*target_shape].count(-1) > 1:
            raise ValueError(
                f"{self.described}: each dimension in `target_shape` must be a non-negative integer, and not 0, or "
                f"-1 for at most one unknown dimension: (2, -1). Received: target_shape={shown(target_shape)}"
            )
        self.target_shape = tuple(int(axis) for axis in target_shape)

    @property
    def onnx_shape(self) -> Array:
        """The shape as ONNX says it: 0 stands for the batch, which stays."""
        return np.array([0, *self.target_shape], np.int64)

    @classmethod
    def _from_onnx(cls, values: Any) -> Reshape:
        """Make a layer from what its form stands for in a graph that was read."""
        return cls([int(axis) for axis in values["onnx_shape"][1:]])

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch and the target shape, -1 as long as it comes out."""
        axes, target = input_shape[1:], self.target_shape
        known = prod(axis for axis in target if axis != -1)
        if None in axes:
            return (input_shape[0], *(None if axis == -1 else axis for axis in target))
        numbers = prod(axis for axis in axes if axis is not None)
        if numbers % known if -1 in target else numbers != known:
            raise ValueError(
                f"{self.described}: a sample of shape {tuple(axes)} has {numbers} numbers, which do not fit "
                f"target_shape={target}: The total size of the tensor must be unchanged."
            )
        return (input_shape[0], *(numbers // known if axis == -1 else axis for axis in target))
