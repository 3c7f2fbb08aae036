"""Unit normalization: each row of numbers at length 1.

Source: https://keras.io/api/layers/normalization_layers/unit_normalization/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tinynet._types import Array
from tinynet.formulas import Batch, Floats, Operation, Words, kernel, span, sqrt
from tinynet.kernels.machine.jit import inner
from tinynet.layers.building import axes_in_order, numbers_along
from tinynet.layers.keywords import OfLayers
from tinynet.layers.normalizing import AlongAxes

#: A row that is shorter is divided by this, as in Keras.
SHORTEST = 1e-12


@inner
def length(row: Any) -> Any:
    """Return √(Σₖ x²). The comparison lets a NaN through, which is no less than anything."""
    total = 0.0
    for k in range(row.size):
        total += row[k] * row[k]
    return sqrt(total)


@kernel
def unit_normalization_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = x/√(Σₖ x²); a row of zeros stays one."""
    for row in range(0, x.size, op.units):
        norm = length(span(x, row, row + op.units))
        share = 1.0 / (SHORTEST if norm < SHORTEST else norm)
        for k in range(row, row + op.units):
            y[k] = x[k] * share


@kernel
def unit_normalization_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = (dy - y·Σₖ dy·y)/√(Σₖ x²): what points along the row would only make it longer, which is undone."""
    for row in range(0, x.size, op.units):
        norm = length(span(x, row, row + op.units))
        along, share = 0.0, 1.0 / (SHORTEST if norm < SHORTEST else norm)
        if not norm < SHORTEST:
            for k in range(row, row + op.units):
                along += dy[k] * x[k] * share
        for k in range(row, row + op.units):
            dx[k] = (dy[k] - x[k] * share * along) * share


class UnitNormalization(AlongAxes):
    """Divide each row by its length, √(Σₖ x²).

    Parameters
    ----------
    axis : int or sequence of int, default -1
        The axes along which the numbers of a row stand. Any but the last ones are for the layer loop.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If there is no such axis.
    TypeError
        If it is no whole number, and no list of them.

    Examples
    --------
    >>> UnitNormalization()([[3.0, 4.0]])
    array([[0.6, 0.8]], dtype=float32)
    """

    kernels = unit_normalization_forward, unit_normalization_backward
    fixed = ("dtype", "axis")
    supports_masking = True
    onnx = "(x / Max(ReduceL2(x, onnx_axes), 1e-12)) if several else LpNormalization(x, axis=-1, p=2)"
    words = Words(
        "{x}/√(Σₖ {x}ₖ²)",
        "Brings each row to length 1: only where it points counts.",
        "({dy} - y·Σₖ {dy}ₖ·yₖ)/√(Σₖ xₖ²)",
        "what points along the row would only make it longer, which is undone; y is the output",
    )

    def __init__(self, axis: int | Sequence[int] = -1, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        self.axis = axes_in_order("UnitNormalization", axis)

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return the numbers of a row, and how many rows of as many a sample has."""
        row = numbers_along(self.axis, self.input_shape)
        return row, inputs * repeat // row, row

    def require_fit(self, x: Array) -> None:
        """Raise a ValueError where several axes are no longer as long as those that the layer was built for."""
        if self.several and x.shape[1:] != self.input_shape[1:]:
            raise ValueError(f"{self.described}: expected input of shape {self.input_shape}. Received: {x.shape}")

    @property
    def several(self) -> bool:
        """Whether a row stands along several axes."""
        return isinstance(self.axis, list)

    @property
    def onnx_axes(self) -> Array:
        """The axes, in ONNX."""
        return np.arange(-len(self.axis), 0) if isinstance(self.axis, list) else np.array([-1])

    @classmethod
    def _from_onnx(cls, values: Any) -> UnitNormalization:
        """Make a layer from what its form stands for in a graph that was read."""
        return cls([*map(int, values["onnx_axes"])] if values["several"] else -1)
