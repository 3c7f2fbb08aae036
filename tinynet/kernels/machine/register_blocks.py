"""Blocks of a matrix product whose sums stay in the processor's registers, and a transpose that does."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tinynet.kernels.machine.emitter import INDEX, Emitter, N
from tinynet.kernels.machine.numba_private import cgutils


def register_block(form: str, vectors: int, masked: bool = False) -> Any:
    """Make the block out[:rows, :width] = max(start[:width] + a[:rows, :]·b[:, :width], floor).

    A "tall" block has as many rows as the processor's registers allow, a "half" one half of them, a "flat" one a single
    row, of which 4 partial sums run side by side so that no addition waits for the one before. Arguments of the block:
    a, b, start (a row, or nothing for zeros) and out, each from the block's first number on; the strides of a's rows,
    a's depth, b's rows and out's rows; depth; floor; `valid`: of a masked block how many lanes exist, of a wide one how
    far apart its two vectors begin, which may overlap.
    """
    ways = 4 if form == "flat" else 1

    @intrinsic
    def block(
        typingctx: Any, a: Any, b: Any, start: Any, out: Any, strides: Any, depth: Any, floor: Any, valid: Any
    ) -> Any:
        signature = types.void(a, b, start, out, types.UniTuple(N, 4), N, out.dtype, N)

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, b, start, out, strides, depth, floor, valid = arguments
            a_row, a_depth, b_row, out_row = cgutils.unpack_tuple(builder, strides)
            emit = Emitter(context, builder, signature.args[0])
            a, b, out = (emit.array(signature.args[i], arguments[i]).data for i in (0, 1, 3))
            start = emit.array(signature.args[2], start)
            rows = {"tall": emit.rows, "half": emit.rows // 2, "flat": 1}[form]
            mask = emit.first(valid) if masked else None
            zero = ir.Constant(INDEX, 0)
            apart = [zero, valid][:vectors]

            sums = [[emit.variables(vectors, emit.zeros) for _ in range(ways)] for _ in range(rows)]
            with builder.if_then(builder.icmp_signed(">", start.nitems, zero)):
                for j in range(vectors):
                    value = emit.load(emit.at(start.data, apart[j]), mask)
                    for row in sums:
                        builder.store(value, row[0][j])

            def step(number: Any, way: int) -> None:
                b_at = builder.mul(b_row, number)
                b_vectors = [emit.load(emit.at(b, builder.add(b_at, apart[j])), mask) for j in range(vectors)]
                a_at = builder.mul(a_depth, number)
                for i in range(rows):
                    factor = emit.splat(builder.load(emit.at(a, emit.offset(a_at, a_row, i))))
                    for j in range(vectors):
                        slot = sums[i][way][j]
                        builder.store(emit.add_product(builder.load(slot), factor, b_vectors[j]), slot)

            emit.repeat(depth, ways, step)
            floor = emit.splat(floor)
            for i in range(rows):
                for j in range(vectors):
                    total = builder.load(sums[i][0][j])
                    for way in range(1, ways):
                        total = builder.fadd(total, builder.load(sums[i][way][j]))
                    out_at = builder.mul(out_row, ir.Constant(INDEX, i))
                    emit.store(emit.at_least(total, floor), emit.at(out, builder.add(out_at, apart[j])), mask)
            return context.get_dummy_value()

        return signature, codegen

    return block


tall_wide, tall_narrow = register_block("tall", 2), register_block("tall", 1)
half_wide = register_block("half", 2)
flat_wide, flat_narrow = register_block("flat", 2), register_block("flat", 1)
tall_masked, flat_masked = register_block("tall", 1, True), register_block("flat", 1, True)


@intrinsic
def dot_block(
    typingctx: Any, a: Any, a_row: Any, b: Any, first: Any, out: Any, depth: Any, floor: Any, valid: Any
) -> Any:
    """out[i] = max(first + Σₗ a[i, l]·b[l], floor) for `valid` (at most a vector's) rows of `a`, each contiguous.

    Each row has a vector of partial sums. Then the vectors are added crosswise in pairs, until one vector holds every
    row's sum in a lane of its own.
    """
    signature = types.void(a, N, b, a.dtype, out, N, a.dtype, N)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, a_row, _, first, _, depth, floor, valid = arguments
        emit = Emitter(context, builder, signature.args[0])
        lanes, zero = emit.lanes, ir.Constant(INDEX, 0)
        a, b, out = (emit.array(signature.args[i], arguments[i]).data for i in (0, 2, 4))
        last = builder.sub(valid, ir.Constant(INDEX, 1))
        rows_at = []
        for i in range(lanes):  # rows beyond the last are the last once more, and not stored
            number = ir.Constant(INDEX, i)
            number = builder.select(builder.icmp_signed("<", number, last), number, last)
            rows_at.append(builder.mul(a_row, number))
        sums = emit.variables(lanes, emit.zeros)

        def step(number: Any, mask: Any) -> None:
            weights = emit.load(emit.at(b, number), mask)
            for row_at, slot in zip(rows_at, sums, strict=True):
                row = emit.load(emit.at(a, builder.add(row_at, number)), mask)
                builder.store(emit.add_product(builder.load(slot), row, weights), slot)

        emit.sweep(depth, step)
        vectors = [builder.load(slot) for slot in sums]
        even, odd = list(range(0, 2 * lanes, 2)), list(range(1, 2 * lanes, 2))
        while len(vectors) > 1:
            vectors = [
                builder.fadd(emit.shuffle(v, w, even), emit.shuffle(v, w, odd))
                for v, w in zip(vectors[::2], vectors[1::2], strict=True)
            ]
        total = emit.at_least(builder.fadd(vectors[0], emit.splat(first)), emit.splat(floor))
        emit.store(total, emit.at(out, zero), emit.first(valid))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def transpose_tile(typingctx: Any, source: Any, source_row: Any, out: Any, out_row: Any) -> Any:
    """out[j, i] = source[i, j] for a square of as many rows as a vector has lanes.

    In log₂(lanes) rounds pairs of rows swap ever larger blocks: 1 number, 2, 4, 8.
    """
    signature = types.void(source, N, out, N)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, source_row, _, out_row = arguments
        emit = Emitter(context, builder, signature.args[0])
        lanes = emit.lanes
        source, out = (emit.array(signature.args[i], arguments[i]).data for i in (0, 2))

        def place(row: Any, i: int) -> Any:
            return builder.mul(row, ir.Constant(INDEX, i))

        rows = [emit.load(emit.at(source, place(source_row, i))) for i in range(lanes)]
        block = 1
        while block < lanes:
            upper = [j if not j & block else lanes + j - block for j in range(lanes)]
            lower = [j + block if not j & block else lanes + j for j in range(lanes)]
            for i in range(lanes):
                if not i & block:
                    a, b = rows[i], rows[i + block]
                    rows[i], rows[i + block] = emit.shuffle(a, b, upper), emit.shuffle(a, b, lower)
            block *= 2
        for i in range(lanes):
            emit.store(rows[i], emit.at(out, place(out_row, i)))
        return context.get_dummy_value()

    return signature, codegen
