"""The few things that compiled Python cannot say: vectors held in registers, written as LLVM code.

Only `_blocks` and `_sparse` use them; everything here works on flat arrays with offsets and strides that count numbers,
not bytes.
How to write an intrinsic: https://numba.readthedocs.io/en/stable/extending/high-level.html#implementing-intrinsics
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

INDEX = ir.IntType(64)
LANE = ir.IntType(32)
N = types.intp


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

    def offset(self, base: Any, step: Any, times: int | Any) -> Any:
        """Return base + step·times."""
        times = ir.Constant(INDEX, times) if isinstance(times, int) else times
        return self.builder.add(base, self.builder.mul(step, times))

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
        """Return the value, or the floor where the value is less; NaN stays NaN."""
        return self.builder.select(self.builder.fcmp_ordered("<", value, floor), floor, value)

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
def borrowed(typingctx: Any, array: Any) -> Any:
    """Return the array without its claim on the memory, for as long as somebody else keeps it.

    Views made of it then cost nothing: otherwise each slice of an array counts a reference, in an atomic operation.
    A constant array is of a type of its own, for which what it is handed to would be compiled again: the view is not.
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
def matrix_view(typingctx: Any, vector: Any, rows: Any, columns: Any) -> Any:
    """Return a contiguous vector as a matrix: `reshape` without a call and without a check."""
    kind = types.Array(vector.dtype, 2, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return _view(context, builder, signature.return_type, data, list(arguments[1:]))

    return kind(vector, N, N), codegen


@intrinsic
def vector_view(typingctx: Any, matrix: Any) -> Any:
    """Return a contiguous matrix, transposed or not, as the vector it is in memory."""
    kind = types.Array(matrix.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return _view(context, builder, signature.return_type, array.data, [array.nitems])

    return kind(matrix), codegen


@intrinsic
def span_view(typingctx: Any, vector: Any, first: Any, last: Any) -> Any:
    """Return a part of a vector: a slice that does not ask whether its ends are negative or too large."""
    kind = types.Array(vector.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector, first, last = arguments
        data = builder.gep(context.make_array(signature.args[0])(context, builder, vector).data, [first])
        return _view(context, builder, signature.return_type, data, [builder.sub(last, first)])

    return kind(vector, N, N), codegen


@intrinsic
def column_view(typingctx: Any, matrix: Any, first: Any, last: Any) -> Any:
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


def register_block(form: str, vectors: int, masked: bool = False) -> Any:
    """Make the block out[i:i+rows, j:j+width] = max(start[j:j+width] + a[i:i+rows, :]·b[:, j:j+width], floor).

    A "tall" block has as many rows as the processor's registers allow, a "half" one half of them, a "flat" one a single
    row, of which 4 partial sums run side by side so that no addition waits for the one before. Arguments of the block:
    a, offset of a[i, 0], strides of its rows and of its depth; b, offset of b[0, j], stride of its rows; start (a row,
    or empty for zeros) and its offset; out, offset, stride of its rows; depth; floor; `valid`, how many lanes of a
    masked block exist.
    """
    ways = 4 if form == "flat" else 1

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
        floor: Any,
        valid: Any,
    ) -> Any:
        signature = types.void(a, N, N, N, b, N, N, start, N, out, N, N, N, out.dtype, N)

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, a_at, a_row, a_depth, b, b_at, b_row, start, start_at, *rest = arguments
            out, out_at, out_row, depth, floor, valid = rest
            emit = Emitter(context, builder, signature.args[0])
            kinds = signature.args
            a, b, out = emit.array(kinds[0], a).data, emit.array(kinds[4], b).data, emit.array(kinds[9], out).data
            start = emit.array(kinds[7], start)
            rows = {"tall": emit.rows, "half": emit.rows // 2, "flat": 1}[form]
            mask = emit.first(valid) if masked else None

            sums = [[emit.variables(vectors, emit.zeros) for _ in range(ways)] for _ in range(rows)]
            with builder.if_then(builder.icmp_signed("!=", start.nitems, ir.Constant(INDEX, 0))):
                for j in range(vectors):
                    value = emit.load(emit.at(start.data, start_at, j), mask)
                    for row in sums:
                        builder.store(value, row[0][j])

            def step(number: Any, way: int) -> None:
                b_row_at = emit.offset(b_at, b_row, number)
                b_vectors = [emit.load(emit.at(b, b_row_at, j), mask) for j in range(vectors)]
                a_step_at = emit.offset(a_at, a_depth, number)
                for i in range(rows):
                    factor = emit.splat(builder.load(emit.at(a, emit.offset(a_step_at, a_row, i))))
                    for j in range(vectors):
                        slot = sums[i][way][j]
                        builder.store(emit.add_product(builder.load(slot), factor, b_vectors[j]), slot)

            whole = builder.sdiv(depth, ir.Constant(INDEX, ways))
            with cgutils.for_range(builder, whole) as loop:
                first = builder.mul(loop.index, ir.Constant(INDEX, ways))
                for way in range(ways):
                    step(builder.add(first, ir.Constant(INDEX, way)), way)
            if ways > 1:
                with cgutils.for_range(builder, depth, start=builder.mul(whole, ir.Constant(INDEX, ways))) as loop:
                    step(loop.index, 0)
            floor = emit.splat(floor)
            for i in range(rows):
                for j in range(vectors):
                    total = builder.load(sums[i][0][j])
                    for way in range(1, ways):
                        total = builder.fadd(total, builder.load(sums[i][way][j]))
                    emit.store(emit.at_least(total, floor), emit.at(out, emit.offset(out_at, out_row, i), j), mask)
            return context.get_dummy_value()

        return signature, codegen

    return block


tall_wide, tall_narrow = register_block("tall", 2), register_block("tall", 1)
half_wide = register_block("half", 2)
flat_wide, flat_narrow = register_block("flat", 2), register_block("flat", 1)
tall_masked, flat_masked = register_block("tall", 1, True), register_block("flat", 1, True)


@intrinsic
def dot_block(
    typingctx: Any,
    a: Any,
    a_at: Any,
    a_row: Any,
    b: Any,
    first: Any,
    out: Any,
    out_at: Any,
    depth: Any,
    floor: Any,
    valid: Any,
) -> Any:
    """out[i] = max(first + Σₗ a[i, l]·b[l], floor) for `valid` (at most a vector's) rows of `a`, each contiguous.

    A vector of partial sums a row; then the vectors are added up crosswise in pairs, until one vector holds every row's
    sum in a lane of its own.
    """
    signature = types.void(a, N, N, b, a.dtype, out, N, N, a.dtype, N)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, a_at, a_row, b, first, out, out_at, depth, floor, valid = arguments
        emit = Emitter(context, builder, signature.args[0])
        kinds, lanes = signature.args, emit.lanes
        a, b, out = emit.array(kinds[0], a).data, emit.array(kinds[3], b).data, emit.array(kinds[5], out).data
        last = builder.sub(valid, ir.Constant(INDEX, 1))
        rows_at = []
        for i in range(lanes):  # rows beyond the last are the last once more, and not stored
            number = ir.Constant(INDEX, i)
            number = builder.select(builder.icmp_signed("<", number, last), number, last)
            rows_at.append(emit.offset(a_at, a_row, number))
        sums = emit.variables(lanes, emit.zeros)

        def step(number: Any, mask: Any) -> None:
            weights = emit.load(emit.at(b, number), mask)
            for row_at, slot in zip(rows_at, sums, strict=True):
                row = emit.load(emit.at(a, builder.add(row_at, number)), mask)
                builder.store(emit.add_product(builder.load(slot), row, weights), slot)

        width = ir.Constant(INDEX, lanes)
        whole = builder.mul(builder.sdiv(depth, width), width)
        with cgutils.for_range(builder, builder.sdiv(depth, width)) as loop:
            step(builder.mul(loop.index, width), None)
        with builder.if_then(builder.icmp_signed("<", whole, depth)):
            step(whole, emit.first(builder.sub(depth, whole)))

        vectors = [builder.load(slot) for slot in sums]
        even, odd = list(range(0, 2 * lanes, 2)), list(range(1, 2 * lanes, 2))
        while len(vectors) > 1:
            vectors = [
                builder.fadd(emit.shuffle(v, w, even), emit.shuffle(v, w, odd))
                for v, w in zip(vectors[::2], vectors[1::2], strict=True)
            ]
        total = emit.at_least(builder.fadd(vectors[0], emit.splat(first)), emit.splat(floor))
        emit.store(total, emit.at(out, out_at), emit.first(valid))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def transpose_tile(
    typingctx: Any, source: Any, source_at: Any, source_row: Any, out: Any, out_at: Any, out_row: Any
) -> Any:
    """out[j, i] = source[i, j] for a square of as many rows as a vector has lanes.

    In log₂(lanes) rounds pairs of rows swap ever larger blocks: 1 number, 2, 4, 8.
    """
    signature = types.void(source, N, N, out, N, N)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, source_at, source_row, out, out_at, out_row = arguments
        emit = Emitter(context, builder, signature.args[0])
        lanes = emit.lanes
        source, out = emit.array(signature.args[0], source).data, emit.array(signature.args[3], out).data
        rows = [emit.load(emit.at(source, emit.offset(source_at, source_row, i))) for i in range(lanes)]
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
            emit.store(rows[i], emit.at(out, emit.offset(out_at, out_row, i)))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def copy_numbers(typingctx: Any, source: Any, source_at: Any, out: Any, out_at: Any, count: Any) -> Any:
    """out[…] = source[…] for `count` numbers: what a loop does, without asking first whether the two overlap."""
    signature = types.void(source, N, out, N, N)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, source_at, out, out_at, count = arguments
        emit = Emitter(context, builder, signature.args[0])
        source, out = emit.array(signature.args[0], source).data, emit.array(signature.args[2], out).data
        width = ir.Constant(INDEX, emit.lanes)
        whole = builder.mul(builder.sdiv(count, width), width)

        def step(number: Any, mask: Any) -> None:
            value = emit.load(emit.at(source, builder.add(source_at, number)), mask)
            emit.store(value, emit.at(out, builder.add(out_at, number)), mask)

        with cgutils.for_range(builder, builder.sdiv(count, width)) as loop:
            step(builder.mul(loop.index, width), None)
        with builder.if_then(builder.icmp_signed("<", whole, count)):
            step(whole, emit.first(builder.sub(count, whole)))
        return context.get_dummy_value()

    return signature, codegen


def sparse_block(vectors: int, masked: bool, scatter: bool) -> Any:
    """Make a block for one sparse row: its numbers, `values`, stand at the places `indices` of an empty row.

    Gathering, dense[j:j+width] += Σₗ values[l]·matrix[indices[l], j:j+width], with 4 partial sums side by side;
    scattering, matrix[indices[l], j:j+width] += values[l]·dense[j:j+width] for every l. Arguments: indices, values,
    offset and number of the row's entries in both; matrix, offset of matrix[0, j], stride of its rows; dense and the
    offset of dense[j]; `valid`, how many lanes of a masked block exist.
    """
    ways = 1 if scatter else 4

    @intrinsic
    def block(
        typingctx: Any,
        indices: Any,
        values: Any,
        at: Any,
        count: Any,
        matrix: Any,
        matrix_at: Any,
        matrix_row: Any,
        dense: Any,
        dense_at: Any,
        valid: Any,
    ) -> Any:
        signature = types.void(indices, values, N, N, matrix, N, N, dense, N, N)

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            indices, values, at, count, matrix, matrix_at, matrix_row, dense, dense_at, valid = arguments
            kinds = signature.args
            emit = Emitter(context, builder, kinds[4])
            indices, values = emit.array(kinds[0], indices).data, emit.array(kinds[1], values).data
            matrix, dense = emit.array(kinds[4], matrix).data, emit.array(kinds[7], dense).data
            mask = emit.first(valid) if masked else None
            row = [emit.load(emit.at(dense, dense_at, j), mask) for j in range(vectors)]
            sums = [emit.variables(vectors, emit.zeros) for _ in range(ways)]

            def step(number: Any, way: int) -> None:
                place = builder.add(at, number)
                index = builder.sext(builder.load(builder.gep(indices, [place])), INDEX)
                value = emit.splat(builder.load(builder.gep(values, [place])))
                start = emit.offset(matrix_at, matrix_row, index)
                for j in range(vectors):
                    address = emit.at(matrix, start, j)
                    if scatter:
                        emit.store(emit.add_product(emit.load(address, mask), value, row[j]), address, mask)
                    else:
                        slot = sums[way][j]
                        builder.store(emit.add_product(builder.load(slot), value, emit.load(address, mask)), slot)

            whole = builder.sdiv(count, ir.Constant(INDEX, ways))
            with cgutils.for_range(builder, whole) as loop:
                first = builder.mul(loop.index, ir.Constant(INDEX, ways))
                for way in range(ways):
                    step(builder.add(first, ir.Constant(INDEX, way)), way)
            if ways > 1:
                with cgutils.for_range(builder, count, start=builder.mul(whole, ir.Constant(INDEX, ways))) as loop:
                    step(loop.index, 0)
            if not scatter:
                for j in range(vectors):
                    total = row[j]
                    for way in range(ways):
                        total = builder.fadd(total, builder.load(sums[way][j]))
                    emit.store(total, emit.at(dense, dense_at, j), mask)
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


#: How often a waiting thread looks (for some ten microseconds) before it offers its core to another thread.
PATIENCE = 1000


@intrinsic
def wait_for_all(typingctx: Any, arrivals: Any, members: Any) -> Any:
    """Count oneself in `arrivals[0]`, then wait until so many threads have done so as often, or it is negative.

    Those who wait go on looking instead of sleeping: they wait for a microsecond mostly, and waking up takes fifty.
    """
    signature = types.void(arrivals, N)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counter = Emitter(context, builder, signature.args[0]).array(signature.args[0], arguments[0]).data
        one, nothing = ir.Constant(INDEX, 1), ir.FunctionType(ir.VoidType(), [])
        before = builder.atomic_rmw("add", counter, one, "seq_cst")
        goal = builder.mul(builder.add(builder.sdiv(before, arguments[1]), one), arguments[1])
        looks = cgutils.alloca_once_value(builder, ir.Constant(INDEX, 0))
        look, wait, offer, done = (builder.append_basic_block(name) for name in ("look", "wait", "offer", "done"))
        builder.branch(look)
        builder.position_at_end(look)
        arrived = builder.load_atomic(counter, "seq_cst", align=8)
        failed = builder.icmp_signed("<", arrived, ir.Constant(INDEX, 0))
        builder.cbranch(builder.or_(failed, builder.icmp_signed(">=", arrived, goal)), done, wait)
        builder.position_at_end(wait)
        if "86" in context.codegen().magic_tuple()[0]:  # the other hyperthread of this core gets on meanwhile
            builder.call(cgutils.get_or_insert_function(builder.module, nothing, "llvm.x86.sse2.pause"), [])
        count = builder.add(builder.load(looks), one)
        builder.store(count, looks)
        builder.cbranch(builder.icmp_signed("<", count, ir.Constant(INDEX, PATIENCE)), look, offer)
        builder.position_at_end(offer)
        builder.store(ir.Constant(INDEX, 0), looks)
        if binding.address_of_symbol("sched_yield"):
            builder.call(cgutils.get_or_insert_function(builder.module, nothing, "sched_yield"), [])
        builder.branch(look)
        builder.position_at_end(done)
        return context.get_dummy_value()

    return signature, codegen
