"""What a user's `call` adds to the loss by `add_loss`: taken up where the call runs, and counted by the layer loop."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any

import numpy as np

from tinynet import answers, tape
from tinynet.layers.symbolic import is_symbolic

#: What the `call` that is running has added.
_ADDED: ContextVar[list[Any] | None] = ContextVar("added", default=None)
#: What all calls have added while the layer loop takes a batch through a network.
OF_BATCH: ContextVar[list[float] | None] = ContextVar("of batch", default=None)
#: The tensors without numbers that a `call` has added which is run on such tensors.
FOLLOWED: ContextVar[list[Any] | None] = ContextVar("followed", default=None)


def add_loss(layer: Any, loss: Any) -> None:
    """Take note of a loss, or of each in a list; see `Layer.add_loss`."""
    added = _ADDED.get()
    losses = loss if isinstance(loss, (list, tuple)) else [loss]
    if (of_tensors := FOLLOWED.get()) is not None and losses and is_symbolic(losses):
        of_tensors += losses
        return
    if added is None or is_symbolic(loss):
        raise ValueError(
            f"{layer.described}: add_loss belongs into a `call`, for a loss that is computed from what the `call` is "
            "given."
        )
    added += losses


def with_losses(layer: Any, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return what a user's `call` gives; with what it has added to the loss, if anything, hanging on it."""
    token = _ADDED.set([])
    try:
        found = call(*arguments, **options)
        added = _ADDED.get() or []
    finally:
        _ADDED.reset(token)
    numbers = [_number(layer, loss) for loss in added]
    vars(layer)["_of_call"] = numbers
    if (outer := _ADDED.get()) is not None:  # this layer was called by another one's `call`
        outer += added
        return found
    if (of_batch := OF_BATCH.get()) is not None:
        of_batch += numbers
    taped = [loss for loss in added if isinstance(loss, tape.Taped)]
    if not taped:
        return found
    if not isinstance(found, tape.Taped):  # what is returned does not depend on the input, only the loss does
        return tape.Taped(found, [*map(_term, taped)])
    return tape.Taped(found.value, [tape.Term(found, lambda dy: dy), *map(_term, taped)])


def _term(loss: tape.Taped) -> tape.Term:
    """Return how a loss hangs on an output: whatever gradient comes back to this, that of a loss is 1."""
    return tape.Term(loss, lambda dy: np.ones(loss.shape, loss.dtype))


def uncounted(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function gives that tries what a `call` does: what this adds is no batch's loss."""
    context = copy_context()
    context.run(OF_BATCH.set, None)
    return context.run(function, *arguments)


def _number(layer: Any, loss: Any) -> float:
    value = getattr(loss, "value", loss) if isinstance(loss, tape.Taped) else loss
    return float(answers.number(layer.described, "add_loss", value if np.ndim(value) == 0 else np.sum(value)))
