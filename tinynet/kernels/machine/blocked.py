"""Matrix products for kernels, in blocks whose sums stay in the processor's registers.

A block of 8 rows and 2 vectors of `out` stays in the registers while the depth runs: each step loads 2 vectors of `b`,
broadcasts 8 numbers of `a` and does 16 fused multiply-adds, so that the arithmetic units and not the memory set the
pace. At the sizes of small networks this beats BLAS, and needs no library. Sizes that are not multiples of the block
are covered by a last block, of half the rows if they are enough, that overlaps the one before it and writes the same
numbers again. Only matrices narrower than one vector need masks. Of a wide `b` the columns in hand are copied first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.kernels.machine.jit import Floats, Scalar, formula, inner, kernel, only_compiled
from tinynet.kernels.machine.views import allocated, copy, released, span

_BLOCKS = "tinynet.kernels.machine.register_blocks"
tall_wide, tall_narrow, tall_masked = only_compiled(_BLOCKS, "tall_wide", "tall_narrow", "tall_masked")
flat_wide, flat_narrow, flat_masked = only_compiled(_BLOCKS, "flat_wide", "flat_narrow", "flat_masked")
half_wide, dot_block, transpose_tile = only_compiled(_BLOCKS, "half_wide", "dot_block", "transpose_tile")
(block_shape,) = only_compiled("tinynet.kernels.machine.emitter", "block_shape")
(one_like,) = only_compiled("tinynet.kernels.machine.raw_views", "one_like")

#: What `floor` is where there is none: nothing is less than -∞.
NO_FLOOR = -np.inf
#: From how many columns and rows of `out` on it is worth copying two vectors' columns of `b` (measured).
COPIED_COLUMNS, COPIED_ROWS = 256, 32


@kernel
def blocked(
    a: Floats,
    a_row: int,
    a_depth: int,
    b: Floats,
    b_row: int,
    start: Floats,
    out: Floats,
    depth: int,
    columns: int,
    floor: Scalar,
) -> None:
    """out = max(start + a·b, floor) in register blocks, on flat arrays; `a_row`, `a_depth` and `b_row` are strides."""
    block_rows, lanes = block_shape(a)
    rows = out.size // columns
    tall, half_rows = rows >= block_rows, block_rows // 2
    # The numbers of a column of a wide `b` lie far apart, and a cache has few places for them: a copy stays in it.
    copies = columns >= COPIED_COLUMNS and rows >= COPIED_ROWS
    near = allocated(b, depth * 2 * lanes if copies else 0)
    j = 0
    while j < columns:
        left = columns - j
        if left < lanes and columns >= lanes:
            j = columns - lanes
            left = lanes
        wide, apart = left > lanes, min(lanes, left - lanes)  # the two vectors of a wide block
        from_b, from_start = span(b, j, b.size), span(start, j, start.size)
        if copies and wide:
            for place in range(depth):
                copy(from_b, place * b_row, near, place * 2 * lanes, lanes + apart)
            from_b = span(near, 0, near.size)
        strides = (a_row, a_depth, 2 * lanes if copies and wide else b_row, columns)
        i = 0
        while i < rows:
            height = block_rows if tall else 1
            if tall and i > rows - block_rows:
                if wide and i >= rows - half_rows:
                    height = half_rows
                i = rows - height
            from_a, to = span(a, i * a_row, a.size), span(out, i * columns + j, out.size)
            if wide:
                if height == half_rows:
                    half_wide(from_a, from_b, from_start, to, strides, depth, floor, apart)
                elif tall:
                    tall_wide(from_a, from_b, from_start, to, strides, depth, floor, apart)
                else:
                    flat_wide(from_a, from_b, from_start, to, strides, depth, floor, apart)
            elif left >= lanes:
                if tall:
                    tall_narrow(from_a, from_b, from_start, to, strides, depth, floor, lanes)
                else:
                    flat_narrow(from_a, from_b, from_start, to, strides, depth, floor, lanes)
            elif tall:
                tall_masked(from_a, from_b, from_start, to, strides, depth, floor, left)
            else:
                flat_masked(from_a, from_b, from_start, to, strides, depth, floor, left)
            i += height
        j += lanes + apart if wide else lanes
    released(near)


@kernel
def dots(a: Floats, b: Floats, start: Floats, out: Floats, depth: int, floor: Scalar) -> None:
    """The same for one column of `b` and `out`, the rows of `a` being contiguous."""
    _, lanes = block_shape(a)
    first, rows = start[0] if start.size else out.dtype.type(0.0), out.size
    for i in range(0, rows, lanes):
        from_a, to = span(a, i * depth, a.size), span(out, i, rows)
        dot_block(from_a, depth, b, first, to, depth, floor, min(lanes, rows - i))


@inner
def transpose(b: Any, rows: int, columns: int, out: Any) -> None:
    """Write the (rows, columns) matrix `b` transposed to `out`."""
    _, lanes = block_shape(b)
    if rows < lanes or columns < lanes:
        for i in range(rows):
            for j in range(columns):
                out[j * rows + i] = b[i * columns + j]
        return
    for i in range(0, rows, lanes):
        top = min(i, rows - lanes)
        for j in range(0, columns, lanes):
            left = min(j, columns - lanes)
            tile = span(b, top * columns + left, b.size)
            transpose_tile(tile, columns, span(out, left * rows + top, out.size), rows)


@formula
def affine(x: Any, kernel: Any, bias: Any, out: Any, inputs: int, units: int, floor: Any) -> None:
    """out = max(x·kernel + bias, floor)."""
    if units != 1:
        blocked(x, inputs, 1, kernel, units, bias, out, inputs, units, floor)
    else:
        dots(x, kernel, bias, out, inputs, floor)


@formula
def transposed_product(x: Any, dz: Any, out: Any, inputs: int, first: int, units: int) -> None:
    """out = xᵀ·dz, from the row `first` of the result on, for as many rows as `out` has."""
    none, left = out.dtype.type(NO_FLOOR), span(x, first, x.size)
    rows = dz.size // units
    if units != 1:
        blocked(left, 1, inputs, dz, units, span(dz, 0, 0), out, rows, units, none)
    else:  # one column: turned round, a row times a matrix
        blocked(dz, 0, 1, left, inputs, span(dz, 0, 0), out, rows, out.size, none)


@kernel
def product_with_transposed(dz: Floats, kernel: Floats, out: Floats, units: int, inputs: int) -> None:
    """out = dz·kernelᵀ.

    A block reads rows of its second matrix, so the kernel is transposed first; or, where they are smaller, dz and out
    are: outᵀ = kernel·dzᵀ.
    """
    none, nothing, rows = out.dtype.type(NO_FLOOR), span(kernel, 0, 0), dz.size // units
    if units == 1 or inputs == 1:
        affine(dz, kernel, nothing, out, units, inputs, none)
    elif rows * (units + inputs) < units * inputs:
        turned, found = allocated(dz, rows * units), allocated(out, out.size)
        transpose(dz, rows, units, turned)
        affine(kernel, turned, nothing, found, units, rows, none)
        transpose(found, inputs, rows, out)
        released(turned)
        released(found)
    else:
        turned = allocated(kernel, units * inputs)
        transpose(kernel, inputs, units, turned)
        affine(dz, turned, nothing, out, units, inputs, none)
        released(turned)


@kernel
def column_sums(a: Floats, out: Floats) -> None:
    """out[j] = Σₙ a[n, j]"""
    columns, rows = out.size, a.size // out.size
    if columns == 1:
        total = out.dtype.type(0.0)
        for n in range(rows):
            total += a[n]
        out[0] = total
    else:
        one = one_like(a)  # a row of ones (stride 0) times the matrix
        blocked(one, 0, 0, a, columns, span(one, 0, 0), out, rows, columns, out.dtype.type(NO_FLOOR))
