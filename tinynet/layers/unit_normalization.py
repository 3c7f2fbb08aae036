"""Unit normalization: each row of numbers at length 1.

Source: https://keras.io/api/layers/normalization_layers/unit_normalization/
"""

from __future__ import annotations

from typing import Any

from tinynet._arguments import checked
from tinynet._types import Shape
from tinynet.formulas import Batch, Floats, Operation, Words, kernel, span, sqrt
from tinynet.kernels.machine.jit import inner
from tinynet.layers.building import last_axis
from tinynet.layers.kernel_layer import KernelLayer

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


class UnitNormalization(KernelLayer):
    """Divide each row by its length, √(Σₖ x²).

    Parameters
    ----------
    axis : int, default -1
        The axis along which the numbers of a row stand: the last one.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If the axis is another.

    Examples
    --------
    >>> UnitNormalization()([[3.0, 4.0]])
    array([[0.6, 0.8]], dtype=float32)
    """

    kernels = unit_normalization_forward, unit_normalization_backward
    fixed = ("dtype", "axis")
    supports_masking = True
    onnx = "LpNormalization(x, axis=-1, p=2)"
    words = Words(
        "{x}/√(Σₖ {x}ₖ²)",
        "Brings each row to length 1: only where it points counts.",
        "({dy} - y·Σₖ {dy}ₖ·yₖ)/√(Σₖ xₖ²)",
        "what points along the row would only make it longer, which is undone; y is the output",
    )

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = last_axis("UnitNormalization", axis)

    @checked
    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError unless the axis is the last one."""
        last_axis(self.described, self.axis, input_shape)
