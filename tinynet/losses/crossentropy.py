"""What the cross-entropies share.

Source: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tinynet._arguments import cut, flag, shown
from tinynet._kinds import is_number
from tinynet._types import Array
from tinynet.data.arrays import as_array
from tinynet.losses.base import Loss
from tinynet.losses.pairs import as_floats, check_shapes
from tinynet.parts import Words

#: What the trace says of a cross-entropy of classes, however they are given.
OF_CLASSES = Words(
    "-{y}·log ({p}/{sum_p})",
    "Minus the log of the probability that was given to the right class.",
    "({sum_y} - {y}·{sum_p}/{p})/{sum_p}",
    "The derivative of a row's loss",
)


class Crossentropy(Loss):
    """Base class of the cross-entropies: losses of probabilities, which also have a form for logits.

    Its gradient with respect to the logits is prediction minus target, ``{p} - {y}``.
    """

    #: Over how many classes label smoothing spreads; 0 for all columns.
    smoothing_classes: ClassVar[int] = 0
    label_smoothing = 0.0
    axis = -1

    def __init__(self, from_logits: bool = False, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.from_logits = flag(type(self).__name__, "from_logits", from_logits)
        self.axis = checked_axis(type(self).__name__, axis)
        if self.from_logits and self.formulas and not self.logit_formulas:
            raise ValueError(
                f"{type(self).__name__}: from_logits=True needs `logit_formulas`, the formulas of logits, beside "
                "`formulas`. Give the class both, or end the network in the activation."
            )

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


class SmoothedCrossentropy(Crossentropy):
    """Base class of those whose targets can be smoothed."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Any,
    ) -> None:
        super().__init__(from_logits, axis, reduction=reduction, name=name, dtype=dtype, **unknown)
        if not is_number(label_smoothing) or not 0.0 <= label_smoothing <= 1.0:
            raise ValueError(
                f"{type(self).__name__}: `label_smoothing` must be between 0 and 1. Received: {shown(label_smoothing)}"
            )
        self.label_smoothing = float(label_smoothing)


def checked_axis(name: str, axis: Any) -> int:
    """Return an axis as an int, or raise a ValueError."""
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise ValueError(
            f"{name}: `axis` must be of type `int`, the number of the axis of the outputs. "
            f"Received: axis={cut(axis)} of type {type(axis)}"
        )
    return int(axis)
