"""Numbers of categories as ones and zeros: a column for each category.

Source: https://keras.io/api/layers/preprocessing_layers/categorical/category_encoding/
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, flag, shown, whole_number
from tinynet._kinds import is_one_of
from tinynet._types import Array, Shape
from tinynet.formulas import Batch, Floats, Operation, Words, kernel
from tinynet.layers.embedding import embedding_backward, row_of
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers

#: What `OneHot` and the operator behind it are told in the graphs that are read.
_USUAL = {"onnx_values": [0.0, 1.0], "onnx_axes": [-2]}
_MODES = ("multi_hot", "one_hot", "count")


@kernel
def category_encoding_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y[k] = 1 if one of the row's numbers is k, else 0; or how many of them are"""
    columns, counts, one = op.units, op.options[0] != 0.0, y.dtype.type(1.0)
    for i in range(y.size):
        y[i] = y.dtype.type(0.0)
    for i in range(x.size):
        k, first = row_of(x[i], columns), i // op.inputs * columns
        if k >= 0:
            y[first + k] = y[first + k] + one if counts else one


#: A row of ones and zeros for each number.
_ROWS = "OneHot(Cast(x, to=7), onnx_depth, onnx_values, axis=-1)"


class CategoryEncoding(KernelLayer):
    """Turn numbers of categories into a column for each category.

    Parameters
    ----------
    num_tokens : int
        How many categories there are: their numbers go from 0 to ``num_tokens - 1``.
    output_mode : {"multi_hot", "one_hot", "count"}, default "multi_hot"
        1 in the columns of all numbers of a row; a row of its own for each number; or how often a row has each.
    sparse : bool, default False
        TensorFlow's form of results, which tinynet lacks.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If an argument is none of these; when called or trained: if a number is no whole one or names no category.

    Notes
    -----
    Keras leaves numbers without a category out, silently. For counts that weigh, multiply the result.

    Examples
    --------
    >>> CategoryEncoding(4, "count")([[0, 1], [3, 3]])
    array([[1., 1., 0., 0.],
           [0., 0., 0., 2.]], dtype=float32)
    """

    kernels = category_encoding_forward, embedding_backward
    options = ("counts",)
    fixed = ("dtype", "num_tokens", "output_mode")
    onnx = (
        f"ReduceSum({_ROWS}, onnx_axes, keepdims=0) if counts else "
        f"({_ROWS} if onnx_apart else ReduceMax({_ROWS}, onnx_axes, keepdims=0))"
    )

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(**options)
        if num_tokens is None:
            raise ValueError(
                f"{self.described}: num_tokens must be set to use this layer: how many categories there are."
            )
        self.num_tokens = whole_number(self.described, "num_tokens", num_tokens)
        mode = "multi_hot" if output_mode == "binary" else output_mode
        if not is_one_of(mode, _MODES):
            raise ValueError(
                f"{self.described}: Unknown arg for output_mode: {shown(output_mode)}. It must be one of {_MODES}."
            )
        self.output_mode = mode
        if flag(self.described, "sparse", sparse):
            raise ValueError(f"{self.described}: `sparse=True` can only be used with the TensorFlow backend.")

    @property
    def words(self) -> Words:  # type: ignore[override]
        """What the trace says."""
        forward = "Σᵢ [{x}ᵢ = k]" if self.counts else "[k in {x}]"
        return Words(
            "[{x} = k]" if self.output_mode == "one_hot" else forward,
            "A column for each category: numbers of categories are names, whose size means nothing.",
            "0·{dy}",
            "between two numbers of categories there is nothing",
        )

    @property
    def counts(self) -> bool:
        """Whether numbers that occur several times count as often."""
        return bool(self.output_mode == "count")

    @property
    def index_limit(self) -> int:
        """Categories are numbered from 0 to below this."""
        return int(self.num_tokens)

    @property
    def onnx_apart(self) -> bool:
        """Whether each number gets a row of its own."""
        return len(self.output_shape) > len(self.input_shape)

    @property
    def onnx_depth(self) -> Array:
        """How many columns there are, as ONNX takes it."""
        return np.array([self.num_tokens], np.int64)

    @property
    def onnx_values(self) -> Array:
        """What stands in the other columns, and in the number's."""
        return np.array([0.0, 1.0], np.float32)

    @property
    def onnx_axes(self) -> Array:
        """The axis of a row's numbers."""
        return np.array([-2], np.int64)

    @classmethod
    def _from_onnx(cls, values: Any) -> CategoryEncoding:
        """Make a layer from what its form stands for in a graph that was read."""
        found = {name: np.ravel(values.get(name, usual)).tolist() for name, usual in _USUAL.items()}
        depth = np.ravel(values["onnx_depth"]).tolist()
        if found != _USUAL or len(depth) != 1:
            raise ValueError(f"{cls.__name__} has columns of 0 and 1, one for each number of a row. Received: {found}")
        mode = "count" if values["counts"] else "one_hot" if values["onnx_apart"] else "multi_hot"
        return cls(depth[0], mode)

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with the columns in place of its last axis, or behind it for "one_hot"."""
        if self.output_mode == "one_hot" and (len(input_shape) < 2 or input_shape[-1] != 1):
            return (*input_shape, self.num_tokens)
        if len(input_shape) < 2:
            raise ValueError(
                f"{self.described}: expected samples of at least one axis, the numbers of a row. Received: input of "
                f"shape {input_shape}"
            )
        return (*input_shape[:-1], self.num_tokens)

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return how many numbers make a row of the output, and the rows and columns of a sample."""
        if self.output_mode == "one_hot":
            return 1, inputs * repeat, self.num_tokens
        return inputs, repeat, self.num_tokens
