"""One update by an optimizer: the weights, the slots and the count change all together, or not at all."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import shown
from tinynet._types import Array
from tinynet._whole import all_or_nothing, at_once
from tinynet.kernels import clipping
from tinynet.kernels.machine.jit import UNDIVIDED, call_of
from tinynet.memory import Memory, Parameter, runs, segments
from tinynet.optimizers.by_python import refuse_returned, require_parameters

if TYPE_CHECKING:
    from tinynet.optimizers.base import Optimizer


def update(optimizer: Optimizer, parameters: Sequence[Parameter]) -> None:
    """Clip the gradients and update the parameters by them, as one step more.

    Kernels are called and the step is counted in one call into C. Where Python computes the update (a user's, or
    without the compiler), what it changes is copied before, and put back should it not come to its end.
    """
    require_parameters(optimizer, parameters)
    if not parameters:
        optimizer.counter[0] += 1
        return
    memory = parameters[0].memory
    if optimizer.clips:
        clipping.clip_gradients(memory.gradients, segments(parameters).reshape(-1), optimizer.numbers)
    if optimizer.compiles and UNDIVIDED:
        step = optimizer.iterations + 1
        calls = kernel_calls(optimizer, parameters, memory.parameters, memory.gradients, step)
        counted = operator.setitem, optimizer.counter, 0, step
        at_once([*(call_of(kernel, memory.dtype)(*given) for kernel, *given in calls), counted])
    else:
        changing = memory.parameters, slots_of(optimizer, memory), optimizer.counter
        all_or_nothing([optimizer], _count_and_step, optimizer, parameters, memory, arrays=changing)


def by_own_apply(optimizer: Optimizer, parameters: Sequence[Parameter]) -> None:
    """Update the parameters by an `apply` that a user wrote, as one step more, whether it counts that or not."""
    if parameters:
        memory = parameters[0].memory
        changing = memory.parameters, optimizer.accumulators.laid_out(memory), optimizer.counter
        all_or_nothing([optimizer], _apply_and_count, optimizer, parameters, arrays=changing)


def _apply_and_count(optimizer: Optimizer, parameters: Sequence[Parameter]) -> None:
    counted = optimizer.iterations + 1
    refuse_returned(optimizer, "apply", optimizer.apply(parameters))  # type: ignore[func-returns-value]
    optimizer.counter[0] = counted


def _count_and_step(optimizer: Optimizer, parameters: Sequence[Parameter], memory: Memory) -> None:
    optimizer.counter[0] += 1
    returned = optimizer.step(parameters, memory.parameters, memory.gradients)  # type: ignore[func-returns-value]
    refuse_returned(optimizer, "step", returned)


def kernel_calls(
    optimizer: Optimizer, parameters: Sequence[Parameter], w: Array, dw: Array, step: int
) -> list[tuple[Any, ...]]:
    """Return the kernels that make an update, each with its arguments: one run of parameters after the other."""
    require_parameters(optimizer, parameters)
    for name, array in (("w", w), ("dw", dw)):
        whole = parameters[0].memory.parameters if parameters else array
        if not isinstance(array, np.ndarray) or array.shape != whole.shape or array.dtype != whole.dtype:
            raise TypeError(
                f"{optimizer.name}: `{name}` must be the parameters' whole vector. Received: {shown(array)}"
            )
    slots, kernel = slots_of(optimizer, parameters[0].memory), optimizer.kernel
    calls: list[tuple[Any, ...]] = []
    flat, stride = slots.reshape(-1), slots.shape[1]
    for start, stop in runs(parameters):
        if optimizer.weight_decay is not None:
            calls.append((clipping.decay_weights, w[start:stop], optimizer.numbers))
        calls.append((kernel, w[start:stop], dw[start:stop], flat[start:], stride, optimizer.numbers, step))
    return calls


def slots_of(optimizer: Optimizer, memory: Memory) -> Array:
    """Return the vectors of an optimizer's slots, or raise a ValueError unless they and its numbers fit the kernels."""
    memory.check()
    slots, numbers, counter = optimizer.accumulators.laid_out(memory), optimizer.numbers, optimizer.counter
    fits = (
        slots.shape == (max(len(optimizer.slots), 1), memory.parameters.size)
        and slots.dtype == memory.dtype
        and slots.flags.c_contiguous
        and (numbers.dtype.char, numbers.shape) == ("d", (len(optimizer.places),))
        and (counter.dtype.kind, counter.itemsize, counter.shape) == ("i", 8, (1,))
    )
    if not fits:
        raise ValueError(
            f"Optimizer '{optimizer.name}': its slots, its numbers or its counter were replaced by others. Make a new "
            f"one: {type(optimizer).__name__}(...)."
        )
    return slots
