"""Back along a tape: gradients, from that of what was computed to those of what it was computed from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.tape.derivatives import RULES, NotFollowedError
from tinynet.tape.taped import Taped, Term, with_options


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


def followed_gradients(of: Any, dy: Any, origins: Sequence[Taped]) -> list[Any]:
    """Return the gradients of taped arrays as what can be followed itself: the gradient of a gradient.

    Examples
    --------
    >>> x = Taped(np.array(3.0))
    >>> (slope,) = followed_gradients(x * x * x, np.ones(()), [x])
    >>> float(gradients(slope, np.ones(()), [x])[0])  # of 3x²: 6x
    18.0
    """
    arrived: dict[int, Any] = {of.number: dy}
    waiting: dict[int, Taped] = {of.number: of}
    kept = {each.number for each in origins}
    while waiting:
        last = waiting.pop(max(waiting))
        gradient = arrived[last.number] if last.number in kept else arrived.pop(last.number)
        if last.terms and callable(last.terms[0].how) and (again := last.terms[0].how()) is not None:
            arrived[again.number], waiting[again.number] = gradient, again
            continue
        for term in last.terms:
            share, at = _summed(_share(last, term, gradient), term.origin.shape), term.origin.number
            arrived[at] = arrived[at] + share if at in arrived else share
            waiting[at] = term.origin
    return [arrived.get(each.number, np.zeros(each.shape, each.dtype)) for each in origins]


def _share(node: Taped, term: Term, gradient: Any) -> Any:
    """Return what a term's share is of a gradient, by functions that are followed."""
    if term.how is None or callable(term.how):
        value = term.share(gradient.value if isinstance(gradient, Taped) else gradient)
        return type(node)(value, [Term(term.origin, _refused)])
    function, *how = term.how
    if function is _linear:
        there, back = how
        return _linear(gradient, back, there)
    if function is None:
        return _linear(gradient, *_moves(term.origin.shape, *how))
    arguments, options, place = how
    return with_options(RULES[function], function, (node, *arguments), options)[place](gradient)


def _refused(dy: Array) -> Any:
    raise NotFollowedError("the gradient of a gradient is not followed through what has formulas of its own for it")


def _linear(x: Any, there: Callable[[Array], Any], back: Callable[[Array], Any]) -> Any:
    """Return what a linear function makes, and how its gradient goes back: by the function's transposed one."""
    if not isinstance(x, Taped):
        return there(x)
    return type(x)(there(x.value), [Term(x, back, (_linear, there, back))])


def _moves(shape: tuple[int, ...], went: Any, total: int, end: int) -> tuple[Callable[[Array], Any], ...]:
    """Return how gradients of numbers that went to places come back, and how what came back goes there again."""
    first = end - math.prod(shape)

    def back(dy: Array) -> Any:
        summed = np.bincount(np.ravel(went), np.ravel(dy), total + 1)
        return summed[first + 1 : end + 1].reshape(shape)

    def there(dx: Array) -> Any:
        numbers = np.zeros(total + 1, dx.dtype)
        numbers[first + 1 : end + 1] = np.ravel(dx)
        return numbers[went]

    return back, there


def _summed(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Return the gradient of an array of a shape, as `_like`, by functions that are followed."""
    if not isinstance(gradient, Taped):
        return _like(np.asarray(gradient), shape)
    if gradient.shape == shape:
        return gradient
    more = gradient.ndim - len(shape)
    axes = (*range(more), *(more + n for n, axis in enumerate(shape) if axis == 1 != gradient.shape[more + n]))
    summed = np.sum(gradient, axis=axes) if axes else gradient
    return np.broadcast_to(np.reshape(summed, shape) if summed.size == math.prod(shape) else summed, shape)


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
