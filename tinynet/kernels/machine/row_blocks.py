"""What is done with a short row as a whole, in vectors of which the last is masked: its maximum, its sum, and so on.

The compiler would write a loop over vectors and another one for the rest, and a row of 10 is nothing but rest.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tinynet.kernels.machine.emitter import LANE, Emitter


def _folded(emit: Emitter, value: Any, combine: Any) -> Any:
    """Return one number of a vector: halves are combined until one lane is left."""
    lanes = emit.lanes
    while lanes > 1:
        lanes //= 2
        upper = [lane + lanes if lane < lanes else lane for lane in range(emit.lanes)]
        value = combine(value, emit.shuffle(value, value, upper))
    return emit.builder.extract_element(value, ir.Constant(LANE, 0))


def _reduction(neutral: float, combine_with: Any) -> Any:
    """Make the intrinsic that combines all numbers of a row; `neutral` is what changes nothing."""

    @intrinsic
    def reduce(typingctx: Any, row: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emit = Emitter(context, builder, signature.args[0])
            array = emit.array(signature.args[0], arguments[0])
            nothing = ir.Constant(emit.vector, [neutral] * emit.lanes)
            (found,) = emit.variables(1, nothing)

            def combine(a: Any, b: Any) -> Any:
                return combine_with(builder, a, b)

            def step(number: Any, mask: Any) -> None:
                value = emit.load(emit.at(array.data, number), mask)
                if mask is not None:
                    value = builder.select(mask, value, nothing)
                builder.store(combine(builder.load(found), value), found)

            emit.sweep(array.nitems, step)
            return _folded(emit, builder.load(found), combine)

        return row.dtype(row), codegen

    return reduce


row_max = _reduction(float("-inf"), lambda b, x, y: b.select(b.fcmp_ordered(">", y, x), y, x))
row_sum = _reduction(0.0, lambda b, x, y: b.fadd(x, y))


def _with_number(operation: str) -> Any:
    """Make the intrinsic row[k] = row[k] ∘ number."""

    @intrinsic
    def change(typingctx: Any, row: Any, number: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emit = Emitter(context, builder, signature.args[0])
            array = emit.array(signature.args[0], arguments[0])
            value = emit.splat(arguments[1])

            def step(place: Any, mask: Any) -> None:
                address = emit.at(array.data, place)
                emit.store(getattr(builder, operation)(emit.load(address, mask), value), address, mask)

            emit.sweep(array.nitems, step)
            return context.get_dummy_value()

        return types.void(row, row.dtype), codegen

    return change


row_minus, row_over = _with_number("fsub"), _with_number("fdiv")
