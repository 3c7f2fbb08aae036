"""Updates that a user writes in plain Python: what they give back is looked at, and nothing is dropped in silence."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import answers
from tinynet._arguments import cut, shown
from tinynet._types import Array
from tinynet.answers import called
from tinynet.kernels.machine.jit import plain
from tinynet.memory import Parameter

if TYPE_CHECKING:
    from tinynet.optimizers.base import Optimizer


def require_parameters(optimizer: Optimizer, parameters: Any) -> None:
    """Raise a TypeError for what is no list of parameters."""
    if not isinstance(parameters, (list, tuple)) or not all(isinstance(p, Parameter) for p in parameters):
        raise TypeError(f"{optimizer.name}: expected a list of parameters. Received: {shown(parameters)}")


def update_each(optimizer: Optimizer, parameters: Sequence[Parameter]) -> None:
    """Decay each parameter and let `update` change it, in place or by what it returns."""
    require_parameters(optimizer, parameters)
    moved, collected, kept = False, False, optimizer.kept_from_decay(parameters)
    for parameter in parameters:
        if optimizer.weight_decay is not None and parameter not in kept:
            parameter.value -= parameter.value * (optimizer.weight_decay * optimizer.learning_rate)
        of_weights, of_slots = _update(optimizer, parameter)
        moved, collected = moved or of_weights or of_slots, collected or of_slots
    if (moved and collected) or not optimizer.learning_rate or not any(p.gradient.any() for p in parameters):
        return
    if not moved:
        _nothing_moved(optimizer)
    elif optimizer.slots and optimizer.iterations == 1:
        warnings.warn(
            f"{called('Optimizer', optimizer)}: the first `update` changed weights, but none of its slots "
            f"{optimizer.slots}, though there are gradients. It must write to them in place, `slots[0][...] = …`, or "
            "return them beside the weights.",
            UserWarning,
            stacklevel=2,
        )


def _update(optimizer: Optimizer, parameter: Parameter) -> tuple[bool, bool]:
    """Let `update` change a parameter; return whether it did, and whether it changed its slots."""
    w, slots = parameter.value, optimizer.accumulators.of(parameter)[: len(optimizer.slots)]
    before = w.tobytes(), slots.tobytes()
    returned = optimizer.update(w, parameter.gradient, slots, optimizer.iterations)
    written = w.tobytes() != before[0]
    if returned is not None and returned is not w:
        new = new_values(optimizer, returned, w, slots)
        if written and not np.array_equal(new[0], w, equal_nan=True):
            raise ValueError(
                f"{called('Optimizer', optimizer)}: `update` wrote to `w` and returned other weights, so that it is "
                "not clear which are meant. Write to `w` and return nothing, or return the new weights and leave `w` "
                "as it is."
            )
        for target, value in zip((w, *slots), new, strict=False):
            target[...] = value
    return returned is not None or written, slots.tobytes() != before[1]


def new_values(optimizer: Optimizer, returned: Any, w: Array, slots: Array) -> list[Array]:
    """Return what `update` returned as arrays: the new weights alone, or they and all new slots.

    Slots may come one by one, as from a formula, or together: ``(w, m, v)`` or ``(w, (m, v))``.
    """
    part, of = called("Optimizer", optimizer), ", the shape of `w` (or nothing, and write to `w` in place)"
    new, *others = returned if isinstance(returned, tuple) and returned else (returned,)
    if len(others) == 1 and (isinstance(others[0], (tuple, list)) or np.shape(others[0]) == slots.shape):
        others = list(others[0])
    if others and len(others) != len(slots):
        expected = "the new weights alone, or (weights, *slots) with " + (
            f"all {len(slots)} of {optimizer.slots}" if len(slots) else "no slots, as the class has none"
        )
        raise ValueError(answers.message(part, "update", expected, f"{1 + len(others)} values."))
    return [answers.array(part, "update", value, w.shape, w.dtype, of) for value in (new, *others)]


def _nothing_moved(optimizer: Optimizer) -> None:
    if answers.rebinds(plain(type(optimizer).update), 1):
        raise ValueError(
            f"{called('Optimizer', optimizer)}: `update` gives its argument `w` a new value, which changed no weight. "
            "Write `w -= …` or `w[...] = …`, or return the new weights. It returned None."
        )
    if optimizer.iterations == 1:
        warnings.warn(
            f"{called('Optimizer', optimizer)}: the first `update` returned None and changed neither weights nor "
            "slots, though there are gradients. It must write to `w` in place or return the new weights.",
            UserWarning,
            stacklevel=2,
        )


def refuse_returned(optimizer: Optimizer, method: str, returned: Any) -> None:
    """Raise a TypeError if a method that works in place returned something."""
    if returned is not None:
        raise TypeError(
            f"{called('Optimizer', optimizer)}: `{method}` must write to the parameters in place and return None. "
            f"It returned {cut(returned)}, of type {type(returned).__name__}."
        )


@cache
def check_returned(formula: Any, owner: str, slots: tuple[str, ...]) -> None:
    """Raise a TypeError unless an update formula returns one number for the weight and one for each slot.

    It is tried as plain Python on ordinary numbers; where it cannot be, the compiler will say why.
    """
    function = plain(formula)
    try:
        with np.errstate(all="ignore"):
            returned = function(*[np.float64(0.5)] * function.__code__.co_argcount)
    except Exception:
        return
    values = returned if isinstance(returned, tuple) else (returned,)
    wanted = f"(w, {', '.join(slots)})" if slots else "w alone"
    if len(values) != 1 + len(slots) or not all(
        np.ndim(v) == 0 and isinstance(v, (int, float, np.number)) for v in values
    ):
        raise TypeError(
            f"{owner}: the formula {function.__name__} must return {wanted}, {1 + len(slots)} number(s) for the weight "
            f"and the slots {slots}. It returned {cut(returned)}, {len(values)} value(s)."
        )
