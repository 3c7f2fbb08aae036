"""What the cross-entropies share.

Source: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from typing import Any, ClassVar

from tinynet.losses.base import Loss


class Crossentropy(Loss):
    """Base class of the cross-entropies: losses of probabilities, which also have a form for logits.

    Its gradient with respect to the logits is prediction minus target, ``{p} - {y}``.
    """

    #: Over how many classes label smoothing spreads; 0 for all columns.
    smoothing_classes: ClassVar[int] = 0
    label_smoothing = 0.0

    def __init__(self, from_logits: bool = False, name: str | None = None, **options: Any) -> None:
        super().__init__(name, **options)
        self.from_logits = bool(from_logits)
        if self.from_logits and self.formulas and not self.logit_formulas:
            raise ValueError(
                f"{type(self).__name__}: from_logits=True needs `logit_formulas`, the formulas of logits, beside "
                "`formulas`. Give the class both, or end the network in the activation."
            )


def checked_smoothing(loss: Loss, value: Any) -> float:
    """Return the label smoothing as a number, or raise a ValueError."""
    if isinstance(value, str) or not 0.0 <= value <= 1.0:
        raise ValueError(f"{type(loss).__name__}: `label_smoothing` must be between 0 and 1. Received: {value!r}")
    return float(value)
