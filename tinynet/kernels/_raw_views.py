"""`_views` as LLVM code: what NumPy's slices do, without counting references and without checks."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tinynet.kernels._emitter import INDEX, Emitter, N


@intrinsic
def borrowed(typingctx: Any, array: Any) -> Any:
    """Return the array without its claim on the memory, for as long as somebody else keeps it.

    Views made of it then cost nothing: the compiler sees that there is nothing to count references in.
    A read-only array is of a type of its own, for which its callees would be compiled once more: the view is not, and
    the compiler no longer sees who writes to it.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    return array.copy(readonly=False)(array), codegen


def _view(context: Any, builder: Any, kind: Any, data: Any, shape: list[Any]) -> Any:
    """Return a contiguous array of that type and shape over `data`, belonging to nobody."""
    array = context.make_array(kind)(context, builder)
    size = ir.Constant(INDEX, kind.dtype.bitwidth // 8)
    strides = [size]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    count = shape[0]
    for length in shape[1:]:
        count = builder.mul(count, length)
    array.data, array.nitems, array.itemsize = data, count, size
    array.shape = cgutils.pack_array(builder, shape, INDEX)
    array.strides = cgutils.pack_array(builder, strides, INDEX)
    array.meminfo, array.parent = (cgutils.get_null_value(p.type) for p in (array.meminfo, array.parent))
    return array._getvalue()


@intrinsic
def as_matrix(typingctx: Any, vector: Any, rows: Any, columns: Any) -> Any:
    """Return a contiguous vector as a matrix: `reshape` without a call and without a check."""
    kind = types.Array(vector.dtype, 2, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return _view(context, builder, signature.return_type, data, list(arguments[1:]))

    return kind(vector, N, N), codegen


@intrinsic
def as_vector(typingctx: Any, matrix: Any) -> Any:
    """Return a contiguous matrix, transposed or not, as the vector it is in memory."""
    kind = types.Array(matrix.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return _view(context, builder, signature.return_type, array.data, [array.nitems])

    return kind(matrix), codegen


@intrinsic
def span(typingctx: Any, vector: Any, first: Any, last: Any) -> Any:
    """Return a part of a vector: a slice that does not ask whether its ends are negative or too large."""
    kind = types.Array(vector.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector, first, last = arguments
        data = builder.gep(context.make_array(signature.args[0])(context, builder, vector).data, [first])
        return _view(context, builder, signature.return_type, data, [builder.sub(last, first)])

    return kind(vector, N, N), codegen


@intrinsic
def columns_of(typingctx: Any, matrix: Any, first: Any, last: Any) -> Any:
    """Return the columns first…last of a contiguous matrix, whose rows then lie apart (Numba's layout "A")."""
    kind = types.Array(matrix.dtype, 2, "A")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = context.make_array(signature.args[0])(context, builder, arguments[0])
        _, first, last = arguments
        rows, _ = cgutils.unpack_tuple(builder, whole.shape)
        width = builder.sub(last, first)
        part = context.make_array(signature.return_type)(context, builder)
        part.data, part.itemsize, part.strides = builder.gep(whole.data, [first]), whole.itemsize, whole.strides
        part.shape = cgutils.pack_array(builder, [rows, width], INDEX)
        part.nitems = builder.mul(rows, width)
        part.meminfo, part.parent = (cgutils.get_null_value(p.type) for p in (part.meminfo, part.parent))
        return part._getvalue()

    return kind(matrix, N, N), codegen


@intrinsic
def one_like(typingctx: Any, array: Any) -> Any:
    """Return a vector of a single 1, on the stack."""
    kind = types.Array(array.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar = context.get_value_type(signature.args[0].dtype)
        data = cgutils.alloca_once_value(builder, ir.Constant(scalar, 1.0))
        return _view(context, builder, signature.return_type, data, [ir.Constant(INDEX, 1)])

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
