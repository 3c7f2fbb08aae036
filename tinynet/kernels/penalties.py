"""The penalties that are part of the loss: for parameters, and for what layers give out."""

from __future__ import annotations

from tinynet.kernels.machine.jit import Floats, call_total, kernel
from tinynet.kernels.machine.structs import at
from tinynet.kernels.machine.views import span
from tinynet.kernels.tables import Net


@kernel
def penalise(net: Net, training: int, share: float) -> float:
    """Return the sum of all parameters' penalties; in training add their gradients to the parameters'.

    `share` is what a row counts in the training batch's loss. What depends on it is no part of an evaluation.
    """
    total = 0.0
    for number in range(net.penalty_count):
        one = at(net.penalties, number)
        if training != 0 or one.share < 0:
            numbers = one.numbers
            if one.share >= 0:
                numbers[one.share] = share
            w = span(net.params, one.start, one.stop)
            dw = span(net.gradients, one.start, one.stop if training != 0 else one.start)
            total += call_total(one.function, w, dw, 1.0, numbers)
    return total


@kernel
def penalise_outputs(net: Net, n: int, work: Floats, size: int) -> float:
    """Return the penalties of what the operations made of a batch of `n` samples, divided by n as in Keras."""
    total = 0.0
    for o in range(net.count):
        op = at(net.ops, o)
        if op.activity != 0:
            start = op.output * size
            y = span(work, start, start + n * op.repeat * op.units)
            total += call_total(op.activity, y, span(y, 0, 0), 0.0, op.activity_numbers)
    return total / n
