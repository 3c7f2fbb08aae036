"""What the losses share that are computed along an axis of one's choice."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import cut
from tinynet._types import Array
from tinynet.data.arrays import as_array
from tinynet.losses.base import Loss
from tinynet.losses.keywords import OfLosses
from tinynet.losses.pairs import as_floats, check_shapes


class AlongAxis(Loss):
    """Base class of the losses with an `axis`, that of the outputs. A model's is the last."""

    axis = -1

    def __init__(self, axis: int = -1, **options: Unpack[OfLosses]) -> None:
        super().__init__(**options)
        self.axis = checked_axis(type(self).__name__, axis)

    def backward(self, y: Any, p: Any) -> Array:
        """Return the gradient of each row's loss, in the shape of the outputs."""
        gradient = super().backward(y, p)
        return gradient if self.axis == -1 else np.moveaxis(gradient, -1, self.axis)

    def why_not_in_loops(self) -> str:
        """Return why a model cannot be compiled with it, or "": the outputs of a model are its last axis."""
        reason = f"axis={self.axis}: a model's outputs are its last axis, axis=-1" if self.axis != -1 else ""
        return reason or super().why_not_in_loops()

    def _arrays(self, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
        """Return targets and predictions, checked, with the axis of the outputs as the last one."""
        if self.axis == -1:
            return super()._arrays(y_true, y_pred)
        y, p = as_array(y_true, "y_true"), as_floats(y_pred, dtype=self.dtype)
        if not -p.ndim <= self.axis < p.ndim:
            raise ValueError(f"{self.name}: axis {self.axis} is out of bounds for predictions of {p.ndim} axes.")
        classes = self.targets == "classes"
        if classes and y.ndim == p.ndim and y.shape[self.axis] == 1:
            y = np.squeeze(y, self.axis)
        check_shapes(self.name, self.targets, y.shape, p.shape)  # as Keras on JAX: as if the axis were the last
        return super()._arrays(y if classes else np.moveaxis(y, self.axis, -1), np.moveaxis(p, self.axis, -1))


def checked_axis(name: str, axis: Any) -> int:
    """Return an axis as an int, or raise a ValueError."""
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise ValueError(
            f"{name}: `axis` must be of type `int`, the number of the axis of the outputs. "
            f"Received: axis={cut(axis)} of type {type(axis)}"
        )
    return int(axis)
