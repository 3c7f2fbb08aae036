"""The few things that compiled Python cannot say are written as LLVM code: here is what all such functions share.

`raw_views` looks at memory as vectors, `register_blocks` multiplies dense matrices, `sparse_blocks` sparse rows, and
`waiting` lets threads meet. All work on flat arrays; strides count numbers, not bytes.
How to write an intrinsic: https://numba.readthedocs.io/en/stable/extending/high-level.html#implementing-intrinsics
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tinynet.kernels.machine.numba_private import cgutils
from tinynet.kernels.machine.target import vector_bits

INDEX = ir.IntType(64)
LANE = ir.IntType(32)
N = types.intp


def target(context: Any, scalar: Any) -> tuple[int, int]:
    """Return (rows of a block, numbers in a vector): as many accumulators as the registers hold."""
    _, cpu, features = context.codegen().magic_tuple()
    bits = vector_bits(cpu, features)
    return {512: 8, 256: 6, 128: 4}[bits], bits // scalar.bitwidth


class Emitter:
    """Shorthand for the LLVM code of one intrinsic on arrays of one float type."""

    def __init__(self, context: Any, builder: Any, array_type: Any) -> None:
        self.context, self.builder, self.dtype = context, builder, array_type.dtype
        self.rows, self.lanes = target(context, self.dtype)
        self.scalar = context.get_value_type(self.dtype)
        self.vector = ir.VectorType(self.scalar, self.lanes)
        self.zeros = ir.Constant(self.vector, [0.0] * self.lanes)
        self.size = self.dtype.bitwidth // 8

    def array(self, kind: Any, value: Any) -> Any:
        """Return an array argument's structure, with `data` and `nitems`."""
        return self.context.make_array(kind)(self.context, self.builder, value)

    def offset(self, base: Any, step: Any, times: int) -> Any:
        """Return base + step·times."""
        return self.builder.add(base, self.builder.mul(step, ir.Constant(INDEX, times)))

    def at(self, data: Any, offset: Any, vectors: int = 0) -> Any:
        """Return the address of data[offset + vectors·lanes]."""
        return self.builder.gep(data, [self.builder.add(offset, ir.Constant(INDEX, vectors * self.lanes))])

    def splat(self, value: Any) -> Any:
        """Return a vector of copies of a number."""
        undefined = ir.Constant(ir.VectorType(value.type, self.lanes), ir.Undefined)
        one = self.builder.insert_element(undefined, value, ir.Constant(LANE, 0))
        mask = ir.Constant(ir.VectorType(LANE, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(one, undefined, mask)

    def shuffle(self, a: Any, b: Any, lanes: list[int]) -> Any:
        """Return the chosen lanes of `a` (0…lanes-1) and `b` (lanes…2·lanes-1)."""
        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(LANE, len(lanes)), lanes))

    def first(self, count: Any) -> Any:
        """Return the mask of the first `count` lanes."""
        numbers = ir.Constant(ir.VectorType(INDEX, self.lanes), list(range(self.lanes)))
        return self.builder.icmp_signed("<", numbers, self.splat(count))

    def load(self, address: Any, mask: Any = None) -> Any:
        """Load a vector; lanes outside the mask are 0 and their memory is not touched."""
        address = self.builder.bitcast(address, self.vector.as_pointer())
        if mask is None:
            return self.builder.load(address, align=self.size)
        kind = ir.FunctionType(self.vector, [address.type, LANE, mask.type, self.vector])
        return self.builder.call(self._masked("load", kind), [address, ir.Constant(LANE, self.size), mask, self.zeros])

    def store(self, value: Any, address: Any, mask: Any = None) -> None:
        """Store a vector, or the masked lanes of it."""
        address = self.builder.bitcast(address, self.vector.as_pointer())
        if mask is None:
            self.builder.store(value, address, align=self.size)
        else:
            kind = ir.FunctionType(ir.VoidType(), [self.vector, address.type, LANE, mask.type])
            self.builder.call(self._masked("store", kind), [value, address, ir.Constant(LANE, self.size), mask])

    def _masked(self, what: str, kind: Any) -> Any:
        name = f"llvm.masked.{what}.v{self.lanes}f{self.dtype.bitwidth}.p0"
        return cgutils.get_or_insert_function(self.builder.module, kind, name)

    def add_product(self, total: Any, a: Any, b: Any) -> Any:
        """Return total + a·b, fused where the processor can."""
        return self.builder.fadd(self.builder.fmul(a, b, flags=("contract",)), total, flags=("contract",))

    def at_least(self, value: Any, floor: Any) -> Any:
        """Return the value, or the floor where the value is less: one instruction, to which -0 is no less than 0.

        NaN stays NaN.
        """
        return self.builder.select(self.builder.fcmp_ordered("<", value, floor), floor, value)

    def repeat(self, count: Any, ways: int, step: Any) -> None:
        """Write ``step(number, way)`` for all numbers below `count`, so many ways in turn; the rest go the first."""
        builder = self.builder
        whole = builder.sdiv(count, ir.Constant(INDEX, ways))
        with cgutils.for_range(builder, whole) as loop:
            first = builder.mul(loop.index, ir.Constant(INDEX, ways))
            for way in range(ways):
                step(builder.add(first, ir.Constant(INDEX, way)), way)
        if ways > 1:
            with cgutils.for_range(builder, count, start=builder.mul(whole, ir.Constant(INDEX, ways))) as loop:
                step(loop.index, 0)

    def sweep(self, count: Any, step: Any) -> None:
        """Write ``step(number, None)`` for all whole vectors below `count`, and ``step(number, mask)`` for the rest."""
        builder, width = self.builder, ir.Constant(INDEX, self.lanes)
        vectors = builder.sdiv(count, width)
        whole = builder.mul(vectors, width)
        with cgutils.for_range(builder, vectors) as loop:
            step(builder.mul(loop.index, width), None)
        with builder.if_then(builder.icmp_signed("<", whole, count)):
            step(whole, self.first(builder.sub(count, whole)))

    def variables(self, count: int, value: Any) -> list[Any]:
        """Return vector variables set to `value`; the optimiser keeps them in registers."""
        slots = [cgutils.alloca_once(self.builder, self.vector) for _ in range(count)]
        for slot in slots:
            self.builder.store(value, slot)
        return slots


@intrinsic
def block_shape(typingctx: Any, array: Any) -> Any:
    """Return (rows of a block, numbers in a vector) for the array's type, as constants of the compiled code."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, lanes = target(context, signature.args[0].dtype)
        return context.make_tuple(builder, signature.return_type, [ir.Constant(INDEX, rows), ir.Constant(INDEX, lanes)])

    return types.UniTuple(types.intp, 2)(array), codegen


@intrinsic
def smallest_share(typingctx: Any, array: Any) -> Any:
    """Return how many rows of a matrix, at least, make a share: those of a block."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(INDEX, target(context, signature.args[0].dtype)[0])

    return N(array), codegen
