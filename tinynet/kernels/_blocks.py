"""Matrix products, once as `np.dot` for Python and once as register blocks for compiled code.

``product(a, b, out)`` is one name for both: called from Python it hands large products to BLAS; inside compiled code it
becomes the blocks below, which need no library and beat BLAS at the sizes of small networks. A block of 8 rows and 2
vectors of `out` stays in the processor's registers while the depth runs: each step loads 2 vectors of `b`, broadcasts 8
numbers of `a` and does 16 fused multiply-adds, so that the arithmetic units and not the memory set the pace. Sizes that
are not multiples of the block are covered by a last block that overlaps the one before it and writes the same numbers
again; only matrices narrower than one vector need masks.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels._jit import COMPILED

Array = NDArray[Any]


def product(a: Array, b: Array, out: Array) -> None:
    """out = a·b; either operand may be a transposed view, `out` is C-contiguous and overlaps neither."""
    np.dot(a, b, out=out)


def affine(x: Array, kernel: Array, bias: Array, out: Array) -> None:
    """out = x·kernel + bias; an empty bias adds nothing."""
    np.dot(x, kernel, out=out)
    if bias.size:
        out += bias


def sum_rows(a: Array, out: Array) -> None:
    """out[j] = Σₙ a[n, j]"""
    np.sum(a, axis=0, out=out)


if COMPILED:
    from llvmlite import binding, ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic, overload

    from tinynet.kernels._jit import inline_options, inner

    INDEX = ir.IntType(64)

    @lru_cache
    def vector_bits(cpu: str, features: str) -> int:
        """Width of the processor's vectors: found by asking the compiler for a wide addition and reading its registers.

        What counts is Numba's target, which `NUMBA_CPU_NAME` can set to another processor than this one.
        """
        wide = ir.VectorType(ir.FloatType(), 16)
        module = ir.Module()
        function = ir.Function(module, ir.FunctionType(wide, [wide, wide]), "wide_sum")
        builder = ir.IRBuilder(function.append_basic_block())
        builder.ret(builder.fadd(*function.args))
        machine = binding.Target.from_default_triple().create_target_machine(cpu=cpu, features=features)
        assembly = machine.emit_assembly(binding.parse_assembly(str(module)))
        return 512 if "zmm" in assembly else 256 if "ymm" in assembly else 128

    def target(context: Any, scalar: Any) -> tuple[int, int]:
        """Return (rows of a block, numbers in a vector): as many accumulators as the registers hold."""
        _, cpu, features = context.codegen().magic_tuple()
        bits = vector_bits(cpu, features)
        return {512: 8, 256: 4, 128: 4}[bits], bits // scalar.bitwidth

    @intrinsic
    def block_shape(typingctx: Any, array: Any) -> Any:
        """Return (rows of a block, numbers in a vector) for the array's type, as constants of the compiled code."""

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            rows, lanes = target(context, signature.args[0].dtype)
            return context.make_tuple(
                builder, signature.return_type, [ir.Constant(INDEX, rows), ir.Constant(INDEX, lanes)]
            )

        return types.UniTuple(types.intp, 2)(array), codegen

    def register_block(tall: bool, vectors: int, masked: bool = False) -> Any:
        """Make the block: out[i:i+rows, j:j+width] = start[j:j+width] + a[i:i+rows, :]·b[:, j:j+width].

        Arguments of the block: a, offset of a[i, 0], strides of its rows and of its depth; b, offset of b[0, j], stride
        of its rows; start (a row, or empty for zeros) and its offset; out, offset, stride of its rows; depth; `valid`,
        how many lanes of a masked block exist. Offsets and strides count numbers, not bytes.
        """

        @intrinsic
        def block(
            typingctx: Any,
            a: Any,
            a_at: Any,
            a_row: Any,
            a_depth: Any,
            b: Any,
            b_at: Any,
            b_row: Any,
            start: Any,
            start_at: Any,
            out: Any,
            out_at: Any,
            out_row: Any,
            depth: Any,
            valid: Any,
        ) -> Any:
            n = types.intp
            signature = types.void(a, n, n, n, b, n, n, start, n, out, n, n, n, n)

            def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                (
                    a,
                    a_at,
                    a_row,
                    a_depth,
                    b,
                    b_at,
                    b_row,
                    start,
                    start_at,
                    out,
                    out_at,
                    out_row,
                    depth,
                    valid,
                ) = arguments
                dtype = signature.args[0].dtype
                block_rows, lanes = target(context, dtype)
                rows = block_rows if tall else 1
                scalar = context.get_value_type(dtype)
                vector = ir.VectorType(scalar, lanes)
                lane = ir.IntType(32)

                def data(position: int, value: Any) -> Any:
                    kind = signature.args[position]
                    return context.make_array(kind)(context, builder, value).data

                def pointer(base: Any, offset: Any, row: int, stride: Any, column: int) -> Any:
                    offset = builder.add(offset, builder.mul(ir.Constant(INDEX, row), stride))
                    return builder.gep(base, [builder.add(offset, ir.Constant(INDEX, column * lanes))])

                def splat(value: Any, length: int) -> Any:
                    undefined = ir.Constant(ir.VectorType(value.type, length), ir.Undefined)
                    one = builder.insert_element(undefined, value, ir.Constant(lane, 0))
                    return builder.shuffle_vector(
                        one, undefined, ir.Constant(ir.VectorType(lane, length), [0] * length)
                    )

                if masked:
                    numbers = ir.Constant(ir.VectorType(INDEX, lanes), list(range(lanes)))
                    mask = builder.icmp_signed("<", numbers, splat(valid, lanes))
                    suffix = f"v{lanes}f{dtype.bitwidth}.p0"
                    bits = mask.type
                    loader = cgutils.get_or_insert_function(
                        builder.module,
                        ir.FunctionType(vector, [vector.as_pointer(), lane, bits, vector]),
                        f"llvm.masked.load.{suffix}",
                    )
                    storer = cgutils.get_or_insert_function(
                        builder.module,
                        ir.FunctionType(ir.VoidType(), [vector, vector.as_pointer(), lane, bits]),
                        f"llvm.masked.store.{suffix}",
                    )
                size, zeros = dtype.bitwidth // 8, ir.Constant(vector, [0.0] * lanes)

                def load(address: Any) -> Any:
                    address = builder.bitcast(address, vector.as_pointer())
                    if masked:
                        return builder.call(loader, [address, ir.Constant(lane, size), mask, zeros])
                    return builder.load(address, align=size)

                def store(value: Any, address: Any) -> None:
                    address = builder.bitcast(address, vector.as_pointer())
                    if masked:
                        builder.call(storer, [value, address, ir.Constant(lane, size), mask])
                    else:
                        builder.store(value, address, align=size)

                a, b, out = data(0, a), data(4, b), data(9, out)
                accumulators = [[cgutils.alloca_once(builder, vector) for _ in range(vectors)] for _ in range(rows)]
                start_array = context.make_array(signature.args[7])(context, builder, start)
                has_start = builder.icmp_signed("!=", start_array.nitems, ir.Constant(INDEX, 0))
                with builder.if_else(has_start) as (given, absent):
                    with given:
                        for j in range(vectors):
                            value = load(pointer(start_array.data, start_at, 0, start_at, j))
                            for row in accumulators:
                                builder.store(value, row[j])
                    with absent:
                        for row in accumulators:
                            for slot in row:
                                builder.store(zeros, slot)
                with cgutils.for_range(builder, depth) as loop:
                    b_row_at = builder.add(b_at, builder.mul(loop.index, b_row))
                    b_vectors = [load(pointer(b, b_row_at, 0, b_row, j)) for j in range(vectors)]
                    a_step_at = builder.add(a_at, builder.mul(loop.index, a_depth))
                    for i in range(rows):
                        factor = splat(builder.load(pointer(a, a_step_at, i, a_row, 0)), lanes)
                        for j in range(vectors):
                            term = builder.fmul(factor, b_vectors[j], flags=("contract",))
                            total = builder.fadd(term, builder.load(accumulators[i][j]), flags=("contract",))
                            builder.store(total, accumulators[i][j])
                for i in range(rows):
                    for j in range(vectors):
                        store(builder.load(accumulators[i][j]), pointer(out, out_at, i, out_row, j))
                return context.get_dummy_value()

            return signature, codegen

        return block

    tall_wide, tall_narrow, tall_masked = (
        register_block(True, 2),
        register_block(True, 1),
        register_block(True, 1, masked=True),
    )
    flat_wide, flat_narrow, flat_masked = (
        register_block(False, 2),
        register_block(False, 1),
        register_block(False, 1, masked=True),
    )

    @inner
    def blocked(
        a: Array,
        a_row: int,
        a_depth: int,
        b: Array,
        start: Array,
        out: Array,
        rows: int,
        depth: int,
        columns: int,
    ) -> None:
        """out = start + a·b in register blocks, on flat arrays; `a_row` and `a_depth` are the strides of `a`."""
        block_rows, lanes = block_shape(a)
        tall = rows >= block_rows
        j = 0
        while j < columns:
            left = columns - j
            if left < lanes and columns >= lanes:
                j = columns - lanes
                left = lanes
            i = 0
            while i < rows:
                if tall and i > rows - block_rows:
                    i = rows - block_rows
                x, o = i * a_row, i * columns + j
                if left >= 2 * lanes:
                    if tall:
                        tall_wide(a, x, a_row, a_depth, b, j, columns, start, j, out, o, columns, depth, lanes)
                    else:
                        flat_wide(a, x, a_row, a_depth, b, j, columns, start, j, out, o, columns, depth, lanes)
                elif left >= lanes:
                    if tall:
                        tall_narrow(a, x, a_row, a_depth, b, j, columns, start, j, out, o, columns, depth, lanes)
                    else:
                        flat_narrow(a, x, a_row, a_depth, b, j, columns, start, j, out, o, columns, depth, lanes)
                elif tall:
                    tall_masked(a, x, a_row, a_depth, b, j, columns, start, j, out, o, columns, depth, left)
                else:
                    flat_masked(a, x, a_row, a_depth, b, j, columns, start, j, out, o, columns, depth, left)
                i += block_rows if tall else 1
            j += 2 * lanes if left >= 2 * lanes else lanes

    @inner
    def column(a: Array, a_row: Any, a_depth: Any, b: Array, start: Array, out: Array, rows: int, depth: int) -> None:
        """The same for one column of `b` and `out`."""
        first = start[0] if start.size else out.dtype.type(0.0)
        if a_depth == 1:  # contiguous rows: a dot product each
            for i in range(rows):
                row = a[i * a_row : i * a_row + depth]
                total = first
                for l in range(depth):
                    total += row[l] * b[l]
                out[i] = total
        else:  # contiguous columns: add them up with the weights b
            for i in range(rows):
                out[i] = first
            for l in range(depth):
                row, weight = a[l * a_depth : l * a_depth + rows], b[l]
                for i in range(rows):
                    out[i] += row[i] * weight

    @inner
    def transposed(b: Array, rows: int, columns: int) -> Array:
        """Return the (columns, rows) matrix that stands transposed in `b`; small beside the product it is for."""
        out = np.empty(b.size, b.dtype)
        for i in range(rows):
            for j in range(columns):
                out[j * rows + i] = b[i * columns + j]
        return out

    @inner
    def multiply(
        a: Array,
        a_row: int,
        a_depth: int,
        b: Array,
        start: Array,
        out: Array,
        rows: int,
        depth: int,
        columns: int,
    ) -> None:
        """out = start + a·b on flat arrays."""
        if columns == 1:
            column(a, a_row, a_depth, b, start, out, rows, depth)
        else:
            blocked(a, a_row, a_depth, b, start, out, rows, depth, columns)

    def flat(array: Any) -> Any:
        """View a matrix, transposed or not, as the vector it is in memory."""

    @overload(flat, jit_options=inline_options)
    def compiled_flat(array: Any) -> Any:
        if array.layout == "F":

            def run(array: Any) -> Any:
                return array.T.reshape(array.size)
        else:

            def run(array: Any) -> Any:
                return array.reshape(array.size)

        return run

    @overload(product, jit_options=inline_options)
    def compiled_product(a: Any, b: Any, out: Any) -> Any:
        a_transposed, b_transposed = a.layout == "F", b.layout == "F"

        def run(a: Any, b: Any, out: Any) -> None:
            rows, depth = a.shape
            columns = b.shape[1]
            one = np.intp(1)
            a_row, a_depth = (one, rows) if a_transposed else (depth, one)
            right = flat(b)
            if b_transposed and depth > 1 and columns > 1:
                right = transposed(right, columns, depth)
            multiply(flat(a), a_row, a_depth, right, right[:0], flat(out), rows, depth, columns)

        return run

    @overload(affine, jit_options=inline_options)
    def compiled_affine(x: Any, kernel: Any, bias: Any, out: Any) -> Any:
        def run(x: Any, kernel: Any, bias: Any, out: Any) -> None:
            rows, depth = x.shape
            multiply(flat(x), depth, np.intp(1), flat(kernel), bias, flat(out), rows, depth, kernel.shape[1])

        return run

    @overload(sum_rows, jit_options=inline_options)
    def compiled_sum_rows(a: Any, out: Any) -> Any:
        def run(a: Any, out: Any) -> None:
            for j in range(a.shape[1]):
                out[j] = a[0, j]
            for i in range(1, a.shape[0]):
                for j in range(a.shape[1]):
                    out[j] += a[i, j]

        return run
