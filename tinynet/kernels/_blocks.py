"""Matrix products, once as `np.dot` for Python and once as register blocks for compiled code.

``product(a, b, out)`` is one name for both: called from Python it hands large products to BLAS; inside compiled code it
becomes the blocks below, which need no library and beat BLAS at the sizes of small networks. A block of 8 rows and 2
vectors of `out` stays in the processor's registers while the depth runs: each step loads 2 vectors of `b`, broadcasts 8
numbers of `a` and does 16 fused multiply-adds, so that the arithmetic units and not the memory set the pace. Sizes that
are not multiples of the block are covered by a last block, of half the rows if they are enough, that overlaps the one
before it and writes the same numbers again; only matrices narrower than one vector need masks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels._jit import COMPILED

Array = NDArray[Any]
Index = Any  # a whole number, Python's or NumPy's

#: What `floor` is where there is none: nothing is less than -∞.
NO_FLOOR = -np.inf


def product(a: Array, b: Array, out: Array) -> None:
    """out = a·b; either operand may be a transposed view, `out` is C-contiguous and overlaps neither."""
    np.dot(a, b, out=out)


def affine(x: Array, kernel: Array, bias: Array, out: Array, floor: float) -> None:
    """out = x·kernel + bias, but at least `floor`; an empty bias adds nothing."""
    np.dot(x, kernel, out=out)
    if bias.size:
        out += bias
    if floor > NO_FLOOR:
        np.maximum(out, floor, out=out)


def sum_rows(a: Array, out: Array) -> None:
    """out[j] = Σₙ a[n, j]"""
    np.sum(a, axis=0, out=out)


if COMPILED:
    from numba.extending import overload

    from tinynet.kernels._emitter import block_shape
    from tinynet.kernels._jit import allocating, inline_options, inner
    from tinynet.kernels._raw_views import one_like
    from tinynet.kernels._register_blocks import (
        dot_block,
        flat_masked,
        flat_narrow,
        flat_wide,
        half_wide,
        tall_masked,
        tall_narrow,
        tall_wide,
        transpose_tile,
    )
    from tinynet.kernels._views import as_vector

    @inner
    def blocked(
        a: Array,
        a_row: Index,
        a_depth: Index,
        b: Array,
        b_row: Index,
        start: Array,
        out: Array,
        rows: Index,
        depth: Index,
        columns: Index,
        floor: Any,
    ) -> None:
        """out = max(start + a·b, floor) in register blocks, on flat arrays; `a_row`, `a_depth`, `b_row` are strides."""
        block_rows, lanes = block_shape(a)
        tall, half_rows = rows >= block_rows, block_rows // 2
        j = 0
        while j < columns:
            left = columns - j
            if left < lanes and columns >= lanes:
                j = columns - lanes
                left = lanes
            i = 0
            while i < rows:
                height = block_rows if tall else 1
                if tall and i > rows - block_rows:
                    if left >= 2 * lanes and i >= rows - half_rows:
                        height = half_rows
                    i = rows - height
                x, o = i * a_row, i * columns + j
                if left >= 2 * lanes:
                    if height == half_rows:
                        half_wide(a, x, a_row, a_depth, b, j, b_row, start, j, out, o, columns, depth, floor, lanes)
                    elif tall:
                        tall_wide(a, x, a_row, a_depth, b, j, b_row, start, j, out, o, columns, depth, floor, lanes)
                    else:
                        flat_wide(a, x, a_row, a_depth, b, j, b_row, start, j, out, o, columns, depth, floor, lanes)
                elif left >= lanes:
                    if tall:
                        tall_narrow(a, x, a_row, a_depth, b, j, b_row, start, j, out, o, columns, depth, floor, lanes)
                    else:
                        flat_narrow(a, x, a_row, a_depth, b, j, b_row, start, j, out, o, columns, depth, floor, lanes)
                elif tall:
                    tall_masked(a, x, a_row, a_depth, b, j, b_row, start, j, out, o, columns, depth, floor, left)
                else:
                    flat_masked(a, x, a_row, a_depth, b, j, b_row, start, j, out, o, columns, depth, floor, left)
                i += height
            j += 2 * lanes if left >= 2 * lanes else lanes

    @inner
    def dots(a: Array, b: Array, start: Array, out: Array, rows: Index, depth: Index, floor: Any) -> None:
        """The same for one column of `b` and `out`, the rows of `a` being contiguous."""
        _, lanes = block_shape(a)
        first = start[0] if start.size else out.dtype.type(0.0)
        for i in range(0, rows, lanes):
            dot_block(a, i * depth, depth, b, first, out, i, depth, floor, min(lanes, rows - i))

    @inner
    def transpose(b: Array, rows: Index, columns: Index, out: Array) -> None:
        """Write the (columns, rows) matrix that stands transposed in `b`, (rows, columns), to `out`."""
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
                transpose_tile(b, top * columns + left, columns, out, left * rows + top, rows)

    @inner
    def multiply(
        a: Array,
        a_row: Index,
        a_depth: Index,
        b: Array,
        start: Array,
        out: Array,
        rows: Index,
        depth: Index,
        columns: Index,
        floor: Any,
    ) -> None:
        """out = max(start + a·b, floor) on flat arrays."""
        if columns != 1:
            blocked(a, a_row, a_depth, b, columns, start, out, rows, depth, columns, floor)
        elif a_depth == 1:
            dots(a, b, start, out, rows, depth, floor)
        else:  # one column from a transposed `a`: turned round, a row times a matrix
            blocked(b, np.intp(0), np.intp(1), a, a_depth, start, out, np.intp(1), depth, rows, floor)

    @allocating
    def multiply_turned(
        left: Array, a_row: Index, a_depth: Index, right: Array, out: Array, rows: Index, depth: Index, columns: Index
    ) -> None:
        """out = a·b for a transposed b, whose numbers stand in `right` as a (columns, depth) matrix.

        A block reads rows of b, so that is turned round first; or, where they are smaller, a and out are:
        outᵀ = bᵀ·aᵀ.
        """
        none = out.dtype.type(NO_FLOOR)
        if a_depth == 1 and rows * (depth + columns) < depth * columns:
            turned, found = np.empty(rows * depth, left.dtype), np.empty(out.size, out.dtype)
            transpose(left, rows, depth, turned)
            multiply(right, depth, np.intp(1), turned, turned[:0], found, columns, depth, rows, none)
            transpose(found, columns, rows, out)
        else:
            turned = np.empty(depth * columns, right.dtype)
            transpose(right, columns, depth, turned)
            multiply(left, a_row, a_depth, turned, turned[:0], out, rows, depth, columns, none)

    @overload(product, jit_options=inline_options)
    def compiled_product(a: Any, b: Any, out: Any) -> Any:
        # Of layouts there are "C"; "F", which is a contiguous matrix transposed; "A", some of its columns transposed.
        a_transposed, b_transposed = a.layout != "C", b.layout == "F"

        def run(a: Any, b: Any, out: Any) -> None:
            (rows, depth), (_, columns) = a.shape, b.shape
            one, (_, stride) = np.intp(1), a.strides
            a_row, a_depth = (one, stride // a.itemsize) if a_transposed else (depth, one)
            left, right, found = as_vector(a), as_vector(b), as_vector(out)
            if b_transposed and depth > 1 and columns > 1:
                multiply_turned(left, a_row, a_depth, right, found, rows, depth, columns)
            else:
                none = out.dtype.type(NO_FLOOR)
                multiply(left, a_row, a_depth, right, right[:0], found, rows, depth, columns, none)

        return run

    @overload(affine, jit_options=inline_options)
    def compiled_affine(x: Any, kernel: Any, bias: Any, out: Any, floor: Any) -> Any:
        def run(x: Any, kernel: Any, bias: Any, out: Any, floor: Any) -> None:
            (rows, depth), (_, columns) = x.shape, kernel.shape
            multiply(
                as_vector(x),
                depth,
                np.intp(1),
                as_vector(kernel),
                bias,
                as_vector(out),
                rows,
                depth,
                columns,
                out.dtype.type(floor),
            )

        return run

    @overload(sum_rows, jit_options=inline_options)
    def compiled_sum_rows(a: Any, out: Any) -> Any:
        def run(a: Any, out: Any) -> None:
            rows, columns = a.shape
            if columns == 1:
                total = out.dtype.type(0.0)
                for n in range(rows):
                    total += a[n, 0]
                out[0] = total
                return
            one = one_like(a)  # a row of ones (stride 0) times the matrix
            zero, none = np.intp(0), out.dtype.type(NO_FLOOR)
            blocked(one, zero, zero, as_vector(a), columns, one[:0], out, np.intp(1), rows, columns, none)

        return run
