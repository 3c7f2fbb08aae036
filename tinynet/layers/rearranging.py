"""What layers have in common that put the numbers of a sample in other places, or in several."""

from __future__ import annotations

from math import prod

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array, Shape
from tinynet.formulas import Batch, Floats, Operation, kernel
from tinynet.layers.kernel_layer import KernelLayer


@kernel
def rearranged_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y[j] = x[place of j], in each sample"""
    numbers = op.options.size
    for sample in range(y.size // numbers):
        for j in range(numbers):
            y[sample * numbers + j] = x[sample * op.inputs + int(op.options[j])]


@kernel
def rearranged_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx[i] = Σ dy[j] over all j whose place is i: a number's gradient comes from wherever it went."""
    numbers = op.options.size
    for i in range(dx.size):
        dx[i] = 0.0
    for sample in range(dy.size // numbers):
        for j in range(numbers):
            dx[sample * op.inputs + int(op.options[j])] += dy[sample * numbers + j]


class Rearranging(KernelLayer):
    """Base class of layers whose output is numbers of the input: `places` says which."""

    def places(self, numbers: Array) -> Array:
        """Return the output for one sample, (1, …), of any numbers."""
        raise NotImplementedError

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations."""
        op = super().operation(inputs, repeat, is_sparse)
        op.options = self.places(np.arange(op.inputs, dtype=np.float64).reshape(self._of_one(op.inputs))).reshape(-1)
        return op

    def _of_one(self, numbers: int) -> tuple[int, ...]:
        """Return the shape of one sample of so many numbers, with an axis for the batch."""
        axes = self.input_shape[1:]
        known = prod(axis for axis in axes if axis is not None)
        return (1, *(numbers // known if axis is None else axis for axis in axes))

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return the numbers of a sample, and the rows and columns that they are put into."""
        shape = self.compute_output_shape(self._of_one(inputs * repeat))[1:]
        *rows, columns = (axis or 0 for axis in shape)
        return inputs * repeat, int(np.prod(rows, dtype=np.int64)), columns

    def require_fit(self, x: Array) -> None:
        """Raise a ValueError for another shape than the places were settled for."""
        known = self.input_shape[1:]
        if x.ndim != 1 + len(known) or any(
            axis not in (None, given) for axis, given in zip(known, x.shape[1:], strict=True)
        ):
            raise ValueError(f"{self.described}: expected input of shape {self.input_shape}. Received: {x.shape}")

    @checked
    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError unless all axes but one are known."""
        if [*input_shape[1:]].count(None) > 1:
            raise ValueError(
                f"{self.described}: all axes but the first, and one, must be known. Received: {input_shape}"
            )
