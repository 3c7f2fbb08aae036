"""What the losses of values share: the order of Keras's arguments.

Source: https://keras.io/api/losses/regression_losses/
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._types import NoMore
from tinynet.losses.base import Loss


class ValueLoss(Loss):
    """Base class of the losses that compare values, output by output."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Unpack[NoMore],
    ) -> None:
        super().__init__(name, reduction, dtype, **unknown)
