"""What softmax and its logarithm have in common: they take whole rows, along any axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._arguments import checked, whole_number
from tinynet._kinds import is_whole
from tinynet._types import Array
from tinynet.activations.base import ActivationFunction, floats


class AlongAxes(ActivationFunction):
    """Base class of functions of rows that can be called with the axis of the rows."""

    @checked
    def __call__(self, x: Any, axis: int | Sequence[int] = -1) -> Array:
        """Return the activations along an axis, or over all of several axes, as a new array."""
        if is_whole(axis) and axis == -1:
            return super().__call__(x)
        if hasattr(x, "activated"):  # on a tape, or without numbers
            (last,) = self._checked_axes(axis, len(x.shape)) if is_whole(axis) else (axis,)
            moved = x if last == len(x.shape) - 1 else np.moveaxis(x, last, -1)
            found = super().__call__(moved)
            return found if moved is x else np.moveaxis(found, -1, last)
        given = floats(x)
        axes = self._checked_axes(axis, given.ndim)
        ends = tuple(range(-len(axes), 0))
        moved = np.moveaxis(given, axes, ends)
        rows = super().__call__(moved.reshape(*moved.shape[: -len(axes)], -1))
        return np.ascontiguousarray(np.moveaxis(rows.reshape(moved.shape), ends, axes))

    def _checked_axes(self, axis: Any, rank: int) -> tuple[int, ...]:
        """Return axes as different numbers from 0, or raise a ValueError."""
        several = axis if isinstance(axis, (tuple, list)) else (axis,)
        axes = tuple(whole_number(self.name, "axis", each, -32) for each in several)
        if (
            not axes
            or not all(-rank <= each < rank for each in axes)
            or len({each % rank for each in axes}) < len(axes)
        ):
            raise ValueError(
                f"{self.name}: `axis` must be one of {rank} axes, -{rank} to {rank - 1}, or several of them. Received: "
                f"{axis}"
            )
        return tuple(each % rank for each in axes)
