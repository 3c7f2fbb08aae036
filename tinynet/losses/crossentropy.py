"""What the cross-entropies share.

Source: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from tinynet._arguments import flag, shown
from tinynet._kinds import is_number
from tinynet._types import NoMore
from tinynet.losses.axis import AlongAxis
from tinynet.losses.keywords import OfLosses
from tinynet.parts import Words

#: What the trace says of a cross-entropy of classes, however they are given.
OF_CLASSES = Words(
    "-{y}·log ({p}/{sum_p})",
    "Minus the log of the probability that was given to the right class.",
    "({sum_y} - {y}·{sum_p}/{p})/{sum_p}",
    "The derivative of a row's loss",
)


class Crossentropy(AlongAxis):
    """Base class of the cross-entropies: losses of probabilities, which also have a form for logits.

    Its gradient with respect to the logits is prediction minus target, ``{p} - {y}``, unless `logit_words` say more.
    """

    #: Over how many classes label smoothing spreads; 0 for all columns.
    smoothing_classes: ClassVar[int] = 0
    #: What the trace says of the form for logits, written with the probabilities.
    logit_words: ClassVar[Words | None] = None
    label_smoothing = 0.0

    def __init__(self, from_logits: bool = False, axis: int = -1, **options: Unpack[OfLosses]) -> None:
        super().__init__(axis, **options)
        self.from_logits = flag(type(self).__name__, "from_logits", from_logits)
        if self.from_logits and self.formulas and not self.logit_formulas:
            raise ValueError(
                f"{type(self).__name__}: from_logits=True needs `logit_formulas`, the formulas of logits, beside "
                "`formulas`. Give the class both, or end the network in the activation."
            )


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
        **unknown: Unpack[NoMore],
    ) -> None:
        super().__init__(from_logits, axis, reduction=reduction, name=name, dtype=dtype, **unknown)
        if not is_number(label_smoothing) or not 0.0 <= label_smoothing <= 1.0:
            raise ValueError(
                f"{type(self).__name__}: `label_smoothing` must be between 0 and 1. Received: {shown(label_smoothing)}"
            )
        self.label_smoothing = float(label_smoothing)
