"""What formulas of a whole row are made of: sums and maxima; and softmax over many rows."""

from __future__ import annotations

import math

from tinynet.kernels.elementary import exp
from tinynet.kernels.machine.jit import Doubles, Floats, Row, Scalar, formula, inner, kernel, twin
from tinynet.kernels.machine.views import allocated, copy, released, span
from tinynet.kernels.probabilities import smoothed

_BLOCKS = "tinynet.kernels.machine.row_blocks"


@twin(_BLOCKS)
def row_sum(z: Row) -> Scalar:
    """Σₖ zₖ over one row."""
    return z.sum(dtype=z.dtype)


@twin(_BLOCKS)
def row_max(z: Row) -> Scalar:
    """The largest entry of a row; if one is NaN, any: what is computed from the row becomes NaN whichever it is."""
    return z.max()


@twin(_BLOCKS)
def row_minus(z: Row, number: Scalar) -> None:
    """zₖ ← zₖ - number"""
    z -= number


@twin(_BLOCKS)
def row_over(z: Row, number: Scalar) -> None:
    """zₖ ← zₖ / number"""
    z /= number


#: The label of a sample of no class, where that is allowed (`run --lenient`): it costs nothing. Exact in float32.
NO_CLASS = -(2.0**20)


@formula
def row_dot(y: Row, p: Row) -> Scalar:
    """Σₖ yₖ·pₖ over one row."""
    total = y[0] * p[0]
    for k in range(1, p.size):
        total += y[k] * p[k]
    return total


@formula
def is_class(label: Scalar, classes: int) -> bool:
    """Whether a label is the number of a class: another thread may have changed it since all of them were checked."""
    return label >= 0 and label < classes


@formula
def without_class(label: Scalar) -> float:
    """The loss where a label is the number of no class: 0 if that is allowed, and NaN else."""
    return 0.0 if label == NO_CLASS else math.nan


@formula
def is_above(a: Scalar, b: Scalar) -> bool:
    """Whether a is larger than b, where NaN is larger than any number, and 0 than -0, as for Keras."""
    if a == b:
        return a == 0 and math.copysign(1.0, a) > math.copysign(1.0, b)
    return b == b and not a < b


@formula
def argmax(p: Row) -> int:
    """The index of the largest entry of a row, the first of equals."""
    best = 0
    for k in range(1, p.size):
        if is_above(p[k], p[best]):
            best = k
    return best


# ---- softmax over many rows: the formula of one row, with the exponentials of all rows in one loop ------------------


@inner
def exponentials(z: Floats, columns: int) -> None:
    """z ← e^(z - the largest of its row), in place."""
    for start in range(0, z.size, columns):
        row = span(z, start, start + columns)
        row_minus(row, row_max(row))
    for i in range(z.size):
        z[i] = exp(z[i])


@kernel
def softmax_rows(a: Floats, columns: int, numbers: Doubles) -> None:
    """The softmax of every row, in place."""
    exponentials(a, columns)
    for start in range(0, a.size, columns):
        row = span(a, start, start + columns)
        row_over(row, row_sum(row))


@kernel
def sparse_crossentropy_rows(y: Floats, z: Floats, weights: Floats, columns: int, numbers: Doubles) -> float:
    """Σ weight·(log Σⱼ eᶻʲ - z[label]) over the rows."""
    e, total = allocated(z, z.size), 0.0
    copy(z, 0, e, 0, z.size)
    exponentials(e, columns)
    for i in range(z.size // columns):
        row = span(z, i * columns, (i + 1) * columns)
        sum_of_row = row_sum(span(e, i * columns, (i + 1) * columns))
        label = y[i]
        known = is_class(label, columns)
        chosen = row[int(label)] if known else row[0]
        loss = math.log(sum_of_row) - (chosen - row_max(row)) if known else without_class(label)
        total += loss * weights[i] if weights.size else loss
    released(e)
    return total


@kernel
def sparse_crossentropy_gradient_rows(
    y: Floats, z: Floats, weights: Floats, columns: int, numbers: Doubles, scale: float, dz: Floats
) -> None:
    """dz = (softmax(z) - 1 at the label)·scale·weight"""
    copy(z, 0, dz, 0, z.size)
    exponentials(dz, columns)
    for i in range(z.size // columns):
        row = span(dz, i * columns, (i + 1) * columns)
        factor = z.dtype.type(scale * weights[i] if weights.size else scale)
        row_over(row, row_sum(row) / factor)
        label = y[i]
        if is_class(label, columns):
            row[int(label)] -= factor
        else:
            for k in range(columns):
                row[k] = without_class(label)


@kernel
def categorical_crossentropy_rows(y: Floats, z: Floats, weights: Floats, columns: int, numbers: Doubles) -> float:
    """Σ weight·Σₖ yₖ·(log Σⱼ eᶻʲ - zₖ) over the rows, the targets y being smoothed."""
    e, total, smoothing = allocated(z, z.size), 0.0, z.dtype.type(numbers[0])
    copy(z, 0, e, 0, z.size)
    exponentials(e, columns)
    for i in range(z.size // columns):
        row, targets = span(z, i * columns, (i + 1) * columns), span(y, i * columns, (i + 1) * columns)
        largest, chosen, sum_y = row_max(row), z.dtype.type(0.0), z.dtype.type(0.0)
        for k in range(columns):
            target = smoothed(targets[k], smoothing, columns)
            chosen += target * (row[k] - largest) if target != 0 else z.dtype.type(0.0)
            sum_y += target
        sum_of_row = row_sum(span(e, i * columns, (i + 1) * columns))
        loss = sum_y * math.log(sum_of_row) - chosen
        total += loss * weights[i] if weights.size else loss
    released(e)
    return total


@kernel
def categorical_crossentropy_gradient_rows(
    y: Floats, z: Floats, weights: Floats, columns: int, numbers: Doubles, scale: float, dz: Floats
) -> None:
    """dz = (softmax(z)·Σy - y)·scale·weight"""
    smoothing = z.dtype.type(numbers[0])
    copy(z, 0, dz, 0, z.size)
    exponentials(dz, columns)
    for i in range(z.size // columns):
        row, targets = span(dz, i * columns, (i + 1) * columns), span(y, i * columns, (i + 1) * columns)
        factor, sum_y = z.dtype.type(scale * weights[i] if weights.size else scale), z.dtype.type(0.0)
        for k in range(columns):
            sum_y += smoothed(targets[k], smoothing, columns)
        row_over(row, row_sum(row))
        for k in range(columns):
            row[k] = (row[k] * sum_y - smoothed(targets[k], smoothing, columns)) * factor
