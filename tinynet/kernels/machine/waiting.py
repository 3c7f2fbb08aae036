"""How threads that run the same compiled loop wait for each other."""

from __future__ import annotations

from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

from tinynet.kernels.machine.emitter import INDEX, N
from tinynet.kernels.machine.numba_private import cgutils

#: How often a waiting thread looks (for some ten microseconds) before it offers its core to another thread.
PATIENCE = 1000


@intrinsic
def meet(typingctx: Any, arrivals: Any, members: Any) -> Any:
    """Count oneself in `arrivals[0]`, then wait until so many threads have done so as often, or it is negative.

    Those who wait go on looking instead of sleeping: they wait for a microsecond mostly, and waking up takes fifty.
    """
    signature = types.void(arrivals, N)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        done = builder.append_basic_block("alone")
        several = builder.append_basic_block("several")
        builder.cbranch(builder.icmp_signed(">", arguments[1], ir.Constant(INDEX, 1)), several, done)
        builder.position_at_end(several)
        counter = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        one, nothing = ir.Constant(INDEX, 1), ir.FunctionType(ir.VoidType(), [])
        before = builder.atomic_rmw("add", counter, one, "seq_cst")
        goal = builder.mul(builder.add(builder.sdiv(before, arguments[1]), one), arguments[1])
        looks = cgutils.alloca_once_value(builder, ir.Constant(INDEX, 0))
        look, wait, offer = (builder.append_basic_block(name) for name in ("look", "wait", "offer"))
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
