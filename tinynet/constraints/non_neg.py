"""Weights that are not negative.

Source: https://keras.io/api/layers/constraints/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.constraints.base import Constraint


class NonNeg(Constraint):
    """Sets negative weights to 0.

    Examples
    --------
    >>> NonNeg()([-1.0, 2.0]).tolist()
    [0.0, 2.0]
    """

    aliases = ("nonneg",)
    why = "Negative weights are set to 0."

    @quiet
    def __call__(self, w: Any) -> Array:
        """Return the larger of each weight and 0."""
        larger: Array = np.maximum(self.weights(w), 0)
        return larger
