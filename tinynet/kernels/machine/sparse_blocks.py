"""A sparse row times a matrix, and back, with the sums in the processor's registers; finding what is not 0."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tinynet.kernels.machine.emitter import INDEX, Emitter, N


def sparse_block(vectors: int, masked: bool, scatter: bool) -> Any:
    """Make a block for one sparse row, whose numbers `values` have the places `indices`.

    Gathering, dense[:width] += Σₗ values[l]·matrix[indices[l], :width], with 4 partial sums side by side; scattering,
    matrix[indices[l], :width] += values[l]·dense[:width] for every l. Arguments: indices, values; matrix and dense from
    the block's first number on; the stride of the matrix's rows; `valid`, how many lanes of a masked block exist.
    """
    ways = 1 if scatter else 4

    @intrinsic
    def block(typingctx: Any, indices: Any, values: Any, matrix: Any, matrix_row: Any, dense: Any, valid: Any) -> Any:
        signature = types.void(indices, values, matrix, N, dense, N)

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            matrix_row, valid = arguments[3], arguments[5]
            emit = Emitter(context, builder, signature.args[2])
            entries = emit.array(signature.args[0], arguments[0])
            values, matrix, dense = (emit.array(signature.args[i], arguments[i]).data for i in (1, 2, 4))
            mask = emit.first(valid) if masked else None
            zero = ir.Constant(INDEX, 0)
            row = [emit.load(emit.at(dense, zero, j), mask) for j in range(vectors)]
            sums = [emit.variables(vectors, emit.zeros) for _ in range(ways)]

            def step(number: Any, way: int) -> None:
                index = builder.sext(builder.load(builder.gep(entries.data, [number])), INDEX)
                value = emit.splat(builder.load(builder.gep(values, [number])))
                start = builder.mul(matrix_row, index)
                for j in range(vectors):
                    address = emit.at(matrix, start, j)
                    if scatter:
                        emit.store(emit.add_product(emit.load(address, mask), value, row[j]), address, mask)
                    else:
                        slot = sums[way][j]
                        builder.store(emit.add_product(builder.load(slot), value, emit.load(address, mask)), slot)

            emit.repeat(entries.nitems, ways, step)
            if not scatter:
                for j in range(vectors):
                    total = row[j]
                    for way in range(ways):
                        total = builder.fadd(total, builder.load(sums[way][j]))
                    emit.store(total, emit.at(dense, zero, j), mask)
            return context.get_dummy_value()

        return signature, codegen

    return block


gather_wide, gather_narrow, gather_masked = (
    sparse_block(4, False, False),
    sparse_block(1, False, False),
    sparse_block(1, True, False),
)
scatter_wide, scatter_narrow, scatter_masked = (
    sparse_block(4, False, True),
    sparse_block(1, False, True),
    sparse_block(1, True, True),
)


@intrinsic
def nonzero_lanes(typingctx: Any, x: Any, at: Any) -> Any:
    """Return a number whose bit i says whether x[at + i] is not 0, for a vector's lanes."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, at = arguments
        emit = Emitter(context, builder, signature.args[0])
        value = emit.load(emit.at(emit.array(signature.args[0], x).data, at))
        bits = builder.bitcast(builder.fcmp_unordered("!=", value, emit.zeros), ir.IntType(emit.lanes))
        return builder.zext(bits, INDEX)

    return N(x, N), codegen


@intrinsic
def lowest_bit(typingctx: Any, bits: Any) -> Any:
    """Return the place of the lowest bit that is set; there must be one."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return N(N), codegen
