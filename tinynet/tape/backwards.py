"""Back along a tape: gradients, from that of what was computed to those of what it was computed from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.tape.taped import Taped


def gradients(of: Any, dy: Array, origins: Sequence[Taped]) -> list[Array]:
    """Return the gradients of taped arrays, from that of what was computed from them; zeros where nothing was."""
    arrived: dict[int, Array] = {}
    waiting: dict[int, Taped] = {}

    def arrive(at: Taped, gradient: Any) -> None:
        share = _like(np.asarray(gradient, at.dtype), at.shape)
        arrived[at.number] = arrived[at.number] + share if at.number in arrived else share
        waiting[at.number] = at

    if isinstance(of, Taped):
        arrive(of, dy)
    kept = {each.number for each in origins}
    while waiting:
        last = waiting.pop(max(waiting))  # nothing that comes later can still add to its gradient
        gradient = arrived[last.number] if last.number in kept else arrived.pop(last.number)
        for term in last.terms:
            arrive(term.origin, term.share(gradient))
    return [arrived.get(each.number, np.zeros(each.shape, each.dtype)) for each in origins]


def reached(of: Any) -> set[int]:
    """Return the numbers of the arrays that something was computed from."""
    found: dict[int, Taped] = {of.number: of} if isinstance(of, Taped) else {}
    waiting = [*found.values()]
    while waiting:
        for term in waiting.pop().terms:
            if term.origin.number not in found:
                found[term.origin.number] = term.origin
                waiting.append(term.origin)
    return {*found}


def _like(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Return the gradient of an array of a shape: what was repeated along an axis gets the sum over it."""
    more = gradient.ndim - len(shape)
    axes = (*range(more), *(more + n for n, axis in enumerate(shape) if axis == 1 != gradient.shape[more + n]))
    summed: Array = gradient.sum(axis=axes) if axes else gradient
    return np.broadcast_to(summed.reshape(shape) if summed.size == np.prod(shape) else summed, shape)
