"""What layers have in common that put the numbers of a sample in other places, or in several."""

from __future__ import annotations

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
        shape = tuple(axis or 0 for axis in self.input_shape[1:])
        op.options = self.places(np.arange(op.inputs, dtype=np.float64).reshape(1, *shape)).reshape(-1)
        return op

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return the numbers of a sample, and the rows and columns that they are put into."""
        *rows, columns = (axis or 0 for axis in self.output_shape[1:])
        return inputs * repeat, int(np.prod(rows, dtype=np.int64)), columns

    def require_fit(self, x: Array) -> None:
        """Raise a ValueError for another shape than the places were settled for."""
        if x.shape[1:] != self.input_shape[1:]:
            raise ValueError(f"{self.described}: expected input of shape {self.input_shape}. Received: {x.shape}")

    @checked
    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError unless all axes are known."""
        if None in input_shape[1:]:
            raise ValueError(f"{self.described}: all axes but the first must be known. Received: {input_shape}")
