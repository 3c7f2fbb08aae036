"""A loss times a number: what `compile(loss_weights=…)` makes of the loss of a single output."""

from __future__ import annotations

from typing import Any

from tinynet._types import Array
from tinynet.losses.base import Loss


class Weighted(Loss):
    """A loss times a number. It runs in the layer loop, and is computed of the outputs, not of their logits.

    Parameters
    ----------
    loss : Loss
        The loss.
    weight : float
        What it is multiplied by; penalties are not.

    Examples
    --------
    >>> from tinynet.losses import MeanSquaredError
    >>> Weighted(MeanSquaredError(), 0.5)([[0.0]], [[2.0]])
    2.0
    """

    def __init__(self, loss: Loss, weight: float) -> None:
        super().__init__(loss.name, loss.reduction, loss.dtype)
        self.loss, self.weight = loss, weight
        self.targets = loss.targets  # type: ignore[misc]  # of this one
        self.from_logits = loss.from_logits

    def forward(self, y: Any, p: Any) -> Array:
        """Return the loss of each row."""
        return self.weight * self.loss.row_losses(y, p)

    def row_losses(self, y: Array, p: Array, fused: bool = False, weighted: bool = False) -> Array:
        """Return the loss of each row in float64; the loss is told whether rows are weighted."""
        return self.weight * self.loss.row_losses(y, p, weighted=weighted)

    def backward(self, y: Any, p: Any) -> Array:
        """Return the gradient of each row's loss with respect to that row of the outputs."""
        return self.weight * self.loss.row_gradients(y, p)

    def why_not_in_loops(self) -> str:
        """Return why a model cannot be compiled with it, or ""."""
        return self.loss.why_not_in_loops()

    def check_trainable(self) -> None:
        """Raise a TypeError for a loss without a gradient."""
        self.loss.check_trainable()
