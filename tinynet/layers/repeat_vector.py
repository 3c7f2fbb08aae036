"""RepeatVector: each sample several times, as steps.

Source: https://keras.io/api/layers/reshaping_layers/repeat_vector/
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, shown, whole_number
from tinynet._kinds import is_whole
from tinynet._types import Array, Shape
from tinynet.formulas import Words
from tinynet.layers.keywords import OfLayers
from tinynet.layers.rearranging import Rearranging, rearranged_backward, rearranged_forward


class RepeatVector(Rearranging):
    """Make `n` equal steps of each sample: (N, features) becomes (N, n, features).

    Parameters
    ----------
    n : int
        How many.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    TypeError, ValueError
        If it is no positive whole number, or samples are no vectors.

    Examples
    --------
    >>> RepeatVector(2)([[1, 2]])
    array([[[1., 2.],
            [1., 2.]]], dtype=float32)
    """

    kernels = rearranged_forward, rearranged_backward
    fixed = ("dtype", "n")
    onnx = "Expand(Unsqueeze(x, onnx_axes), onnx_shape)"
    words = Words("{x}", "Each step is the same vector.", "Σₜ {dy}", "A number has a say in all steps.")

    def __init__(self, n: int, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        if not is_whole(n):
            raise TypeError(f"{self.described}: Expected an integer value for `n`. Received: n={shown(n)}")
        self.n = whole_number(self.described, "n", n, 1, "Argument `n` should be a positive integer")

    def places(self, numbers: Array) -> Array:
        """Return a sample, repeated."""
        return np.repeat(numbers[:, None], self.n, axis=1)

    @property
    def onnx_axes(self) -> Array:
        """Where the axis of the steps comes in."""
        return np.array([1], np.int64)

    @property
    def onnx_shape(self) -> Array:
        """How often it is repeated along each axis, as ONNX says it."""
        return np.array([1, self.n, 1], np.int64)

    @classmethod
    def _from_onnx(cls, values: Any) -> RepeatVector:
        """Make a layer from what its form stands for in a graph that was read."""
        axes, shape = np.ravel(values["onnx_axes"]).tolist(), np.ravel(values["onnx_shape"]).tolist()
        if axes != [1] or len(shape) != 3 or shape[0] != 1 or shape[2] != 1:
            raise ValueError(f"{cls.__name__} repeats vectors along axis 1. Received: axes {axes}, shape {shape}")
        return cls(shape[1])

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with an axis of `n` steps."""
        if len(input_shape) != 2:
            raise ValueError(f"{self.described}: expected vectors. Received: input of shape {shown(input_shape)}")
        return (input_shape[0], self.n, input_shape[1])
