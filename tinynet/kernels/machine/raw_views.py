"""`views` as LLVM code: what NumPy's slices do, without counting references and, unless asked for, without checks."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tinynet.kernels.machine.emitter import INDEX, Emitter, N
from tinynet.kernels.machine.forms import CHECKED
from tinynet.kernels.machine.numba_private import cgutils


def vector_over(context: Any, builder: Any, kind: Any, data: Any, count: Any) -> Any:
    """Return a vector of that type and length over `data`, belonging to nobody."""
    array = context.make_array(kind)(context, builder)
    size = ir.Constant(INDEX, kind.dtype.bitwidth // 8)
    array.data, array.nitems, array.itemsize = data, count, size
    array.shape = cgutils.pack_array(builder, [count], INDEX)
    array.strides = cgutils.pack_array(builder, [size], INDEX)
    array.meminfo, array.parent = (cgutils.get_null_value(p.type) for p in (array.meminfo, array.parent))
    return array._getvalue()


@intrinsic
def span(typingctx: Any, vector: Any, first: Any, last: Any) -> Any:
    """Return a part of a vector: a slice that asks only with bounds checks on whether it is inside."""
    kind = types.Array(vector.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector, first, last = arguments
        whole = context.make_array(signature.args[0])(context, builder, vector)
        if CHECKED:
            before = builder.icmp_signed("<", first, ir.Constant(INDEX, 0))
            with builder.if_then(builder.or_(before, builder.icmp_signed(">", last, whole.nitems)), likely=False):
                context.call_conv.return_user_exc(builder, IndexError, ("part of a vector is out of bounds",))
        data = builder.gep(whole.data, [first])
        return vector_over(context, builder, signature.return_type, data, builder.sub(last, first))

    return kind(vector, N, N), codegen


@intrinsic
def one_like(typingctx: Any, array: Any) -> Any:
    """Return a vector of a single 1, on the stack."""
    kind = types.Array(array.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar = context.get_value_type(signature.args[0].dtype)
        data = cgutils.alloca_once_value(builder, ir.Constant(scalar, 1.0))
        return vector_over(context, builder, signature.return_type, data, ir.Constant(INDEX, 1))

    return kind(array), codegen


@intrinsic
def copy(typingctx: Any, source: Any, source_at: Any, out: Any, out_at: Any, count: Any) -> Any:
    """out[…] = source[…] for `count` numbers: what a loop does, without asking first whether the two overlap."""
    signature = types.void(source, N, out, N, N)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, source_at, out, out_at, count = arguments
        emit = Emitter(context, builder, signature.args[0])
        source, out = emit.array(signature.args[0], source).data, emit.array(signature.args[2], out).data

        def step(number: Any, mask: Any) -> None:
            value = emit.load(emit.at(source, builder.add(source_at, number)), mask)
            emit.store(value, emit.at(out, builder.add(out_at, number)), mask)

        emit.sweep(count, step)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def allocated(typingctx: Any, like: Any, count: Any) -> Any:
    """Return room for `count` numbers from the C library, to be `released`."""
    kind = types.Array(like.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        malloc = cgutils.get_or_insert_function(builder.module, ir.FunctionType(byte, [INDEX]), "malloc")
        size = ir.Constant(INDEX, signature.args[0].dtype.bitwidth // 8)
        # on a 64-byte boundary, with the address that the C library gave before it
        room = builder.call(malloc, [builder.add(builder.mul(arguments[1], size), ir.Constant(INDEX, 72))])
        whole = builder.add(builder.ptrtoint(room, INDEX), ir.Constant(INDEX, 71))
        aligned = builder.and_(whole, ir.Constant(INDEX, -64))
        before = builder.inttoptr(builder.sub(aligned, ir.Constant(INDEX, 8)), byte.as_pointer())
        builder.store(room, before)
        data = builder.inttoptr(aligned, context.get_value_type(signature.args[0].dtype).as_pointer())
        return vector_over(context, builder, signature.return_type, data, arguments[1])

    return kind(like, N), codegen


@intrinsic
def released(typingctx: Any, array: Any) -> Any:
    """Give back what was `allocated`."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        free = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), [byte]), "free")
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        aligned = builder.ptrtoint(data, INDEX)
        before = builder.inttoptr(builder.sub(aligned, ir.Constant(INDEX, 8)), byte.as_pointer())
        builder.call(free, [builder.load(before)])
        return context.get_dummy_value()

    return types.void(array), codegen


@intrinsic
def two_to_the(typingctx: Any, n: Any) -> Any:
    """2ⁿ for a whole number n held as a float: n is written into the exponent's bits."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        single = signature.args[0] == types.float32
        mantissa, bias, integer = (23, 127, ir.IntType(32)) if single else (52, 1023, ir.IntType(64))
        real = ir.FloatType() if single else ir.DoubleType()
        # Adding 1.5·2^mantissa leaves n in the lowest bits of the sum, with no conversion to an integer (which is
        # slow for float64 and undefined for NaN).
        shifted = builder.fadd(arguments[0], ir.Constant(real, 1.5 * 2.0**mantissa))
        bits = builder.add(builder.bitcast(shifted, integer), ir.Constant(integer, bias))
        return builder.bitcast(builder.shl(bits, ir.Constant(integer, mantissa)), real)

    return n(n), codegen
