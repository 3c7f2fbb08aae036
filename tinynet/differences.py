"""Derivatives of a user's plain functions by central differences: (f(x + h) - f(x - h))/2h, where h is ∛ε·|x|."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._types import Array


class Differences:
    """The gradient of what goes into a function of batches, from that of what comes out.

    How it is computed is found out once for each shape of samples: at once for a function of single numbers, and for
    any other function of single samples by moving one of a sample's numbers after the other.

    Examples
    --------
    >>> Differences().gradient(np.square, np.array([[1.0, 3.0]]), np.ones((1, 2))).round(6)
    array([[2., 6.]])
    """

    def __init__(self) -> None:
        self._ways: dict[tuple[int, ...], str] = {}
        self._precision = 0.0

    def gradient(self, function: Callable[[Array], Array], x: Array, dy: Array) -> Array | None:
        """Return the gradient of x, in float64; None if what becomes of a sample depends on others, or on chance."""
        x = x.astype(np.float64)
        if x.shape[1:] not in self._ways:
            self._ways[x.shape[1:]] = self._way(function, np.concatenate([x, 0.5 + 0.25 * x])[:: len(x)])
        way, dx = self._ways[x.shape[1:]], np.zeros_like(x)
        if not way:
            return None
        h = np.cbrt(self._precision) * np.maximum(1.0, np.abs(x))
        if way == "numbers":
            dx[...] = dy * ((function(x + h) - function(x - h)) / (2 * h))
            return dx
        for place in np.ndindex(x.shape[1:]):
            moved, at = np.zeros_like(x), (slice(None), *place)
            moved[at] = h[at]
            change = dy * (function(x + moved) - function(x - moved))
            dx[at] = change.reshape(len(x), -1).sum(axis=1) / (2 * h[at])
        return dx

    def _way(self, function: Callable[[Array], Array], x: Array) -> str:
        """Return whether "numbers" of two samples are computed each by itself, or "samples", or neither."""
        y = function(x)
        self._precision = np.finfo(y.dtype if y.dtype.kind == "f" else x.dtype).eps
        places = np.arange(x.size).reshape(x.shape)
        of_numbers = [places >> bit & 1 == half for bit in range(x.size.bit_length()) for half in (0, 1)]
        if y.shape == x.shape and all(_stays(function, x, y, kept) for kept in of_numbers):
            return "numbers"
        of_samples = [np.array([True, False]), np.array([False, True])]
        return "samples" if all(_stays(function, x, y, kept) for kept in of_samples) else ""


def _stays(function: Callable[[Array], Array], x: Array, y: Array, kept: Any) -> bool:
    """Return whether the output is as it was in places where x is, while all other numbers of x are new ones.

    Any two places differ in some bit of their numbers: so each is kept once while another is not.
    """
    other = x.copy()
    other[~kept] = 0.5 + 0.25 * x[~kept]
    return np.array_equal(function(other)[kept], y[kept], equal_nan=True)


def of_number(function: Callable[[Array], float], x: Array) -> Array:
    """Return the gradient of a function that makes one number of an array, in float64, entry by entry.

    Examples
    --------
    >>> of_number(lambda x: float((x**2).sum()), np.array([1.0, 3.0])).round(6)
    array([2., 6.])
    """
    x = x.astype(np.float64)
    dx, h = np.zeros_like(x), np.cbrt(np.finfo(np.float64).eps) * np.maximum(1.0, np.abs(x))
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += h[place]
        below[place] -= h[place]
        dx[place] = (function(above) - function(below)) / (above[place] - below[place])
    return dx
