"""One update by an optimizer: the weights, the slots and the count change all together, or not at all."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import answers
from tinynet._arguments import shown
from tinynet._types import Array
from tinynet._whole import all_or_nothing, at_once
from tinynet.kernels import clipping
from tinynet.kernels.machine.jit import UNDIVIDED, call_of
from tinynet.memory import Memory, Parameter, runs, segments
from tinynet.optimizers.by_python import refuse_returned, require_parameters
from tinynet.optimizers.rates import set_rate

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
    memory, batch = parameters[0].memory, int(optimizer.counter[0]) + 1
    set_rate(optimizer)
    if optimizer.compiles and UNDIVIDED and not any(map(why_in_python, parameters)):
        before, due, after = around(optimizer, parameters, memory, batch)
        calls = kernel_calls(optimizer, parameters, memory.parameters, memory.gradients, number(optimizer, batch))
        calls = [*before, *(calls if due else ()), *after]
        counted = operator.setitem, optimizer.counter, 0, batch
        at_once([*(call_of(kernel, memory.dtype)(*given) for kernel, *given in calls), counted])
    else:
        changing = memory.parameters, slots_of(optimizer, memory), optimizer.counter
        all_or_nothing([optimizer], _count_and_step, optimizer, parameters, memory, arrays=changing)


def number(optimizer: Optimizer, batch: int) -> int:
    """Return the number, from 1, of the update that a batch belongs to; both are counted from 1."""
    return (batch - 1) // optimizer.batches_an_update + 1


def around(optimizer: Optimizer, parameters: Sequence[Parameter], memory: Memory, batch: int) -> tuple[Any, bool, Any]:
    """Return the kernels to call before and after the update of a batch, and whether an update is due in it."""
    before: list[tuple[Any, ...]] = []
    after: list[tuple[Any, ...]] = []
    every = optimizer.batches_an_update
    due, places, slots = batch % every == 0, segments(parameters).reshape(-1), slots_of(optimizer, memory)
    if every > 1:
        sums = slots[optimizer.row_of("gradient_accumulator")]
        before.append((clipping.accumulate, memory.gradients, sums, places, every, int(due)))
    if due and optimizer.clips:
        before.append((clipping.clip_gradients, memory.gradients, places, optimizer.numbers))
    if optimizer.use_ema:
        averages, step = slots[optimizer.row_of("average")], number(optimizer, batch)
        for start, stop, _ in runs(parameters):
            w = memory.parameters[start:stop]
            after.append((clipping.average_weights, w, averages[start:stop], optimizer.numbers, step))
    return before, due, after


def by_own_apply(optimizer: Optimizer, parameters: Sequence[Parameter]) -> None:
    """Update the parameters by an `apply` that a user wrote, as one step more, whether it counts that or not."""
    if parameters:
        memory = parameters[0].memory
        changing = memory.parameters, optimizer.accumulators.laid_out(memory), optimizer.counter
        all_or_nothing([optimizer], _apply_and_count, optimizer, parameters, arrays=changing)


def _apply_and_count(optimizer: Optimizer, parameters: Sequence[Parameter]) -> None:
    counted = optimizer.iterations + 1
    refuse_returned(optimizer, "apply", optimizer.apply(parameters))
    optimizer.counter[0] = counted


def _count_and_step(optimizer: Optimizer, parameters: Sequence[Parameter], memory: Memory) -> None:
    batch = int(optimizer.counter[0]) + 1
    overwritten = [parameter for parameter in parameters if parameter.overwrite_with_gradient]
    parameters = [parameter for parameter in parameters if not parameter.overwrite_with_gradient]
    before, due, after = around(optimizer, parameters, memory, batch)
    for kernel, *given in before:
        kernel(*given)
    optimizer.counter[0] = batch
    if due and parameters:
        vars(optimizer)["stepping"] = True
        returned = optimizer.step(parameters, memory.parameters, memory.gradients)  # type: ignore[func-returns-value]
        refuse_returned(optimizer, "step", returned)
        del vars(optimizer)["stepping"]
    for parameter in overwritten:
        _overwrite(optimizer, parameter, due)
    for kernel, *given in after:
        kernel(*given)
    for parameter in parameters:
        if parameter.constraint is not None:
            parameter.assign(_allowed(parameter))


def _allowed(parameter: Parameter) -> Array:
    """Return what a parameter's constraint makes of its numbers, looked at: it may be a user's function."""
    constraint, whose = parameter.constraint, f"Constraint of '{parameter.path}'"
    method = getattr(constraint, "__name__", type(constraint).__name__)
    returned = answers.asked(whose, constraint, parameter.numpy())
    return answers.array(whose, method, returned, parameter.shape, parameter.dtype, ", that of the weights")


def _overwrite(optimizer: Optimizer, parameter: Parameter, due: bool) -> None:
    """Make the gradient the value, the largest of several batches' where they are accumulated."""
    if optimizer.batches_an_update == 1:
        parameter.value[...] = parameter.gradient
        return
    largest = optimizer.accumulators.of(parameter)[optimizer.row_of("gradient_accumulator")]
    np.maximum(parameter.gradient, largest, out=largest)
    if due:
        parameter.value[...], largest[...] = largest, 0.0


def why_in_python(parameter: Parameter) -> str:
    """Return what an update by kernels alone would leave out of what is asked of a parameter, or an empty string."""
    if parameter.constraint is not None:
        return f"parameter '{parameter.path}' has a constraint, which is computed in Python"
    if parameter.overwrite_with_gradient:
        return f"parameter '{parameter.path}' is overwritten with its gradient"
    return ""


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
    calls: list[tuple[Any, ...]] = []
    if not parameters:
        return calls
    slots, kernel = slots_of(optimizer, parameters[0].memory), optimizer.kernel
    flat, stride = slots.reshape(-1), slots.shape[1]
    for start, stop, decays in update_runs(optimizer, parameters):
        if decays and optimizer.weight_decay is not None:
            calls.append((clipping.decay_weights, w[start:stop], optimizer.numbers))
        calls.append((kernel, w[start:stop], dw[start:stop], flat[start:], stride, optimizer.numbers, step))
    return calls


def update_runs(optimizer: Optimizer, parameters: Sequence[Parameter]) -> Array:
    """Return the stretches of memory that an update goes over: (start, stop, whether weights decay there)."""
    return runs(parameters, optimizer.kept_from_decay(parameters) if optimizer.weight_decay else ())


def slots_of(optimizer: Optimizer, memory: Memory) -> Array:
    """Return the vectors of an optimizer's slots, or raise a ValueError unless they and its numbers fit the kernels."""
    memory.check()
    slots, numbers, counter = optimizer.accumulators.laid_out(memory), optimizer.numbers, optimizer.counter
    fits = (
        slots.shape == (max(len(optimizer.slots) + len(optimizer.beside), 1), memory.parameters.size)
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
