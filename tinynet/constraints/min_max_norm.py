"""Norms between two values.

Source: https://keras.io/api/layers/constraints/
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinynet._types import Array
from tinynet.constraints.base import NormConstraint


class MinMaxNorm(NormConstraint):
    """Scales weights so that their norm comes to lie between `min_value` and `max_value`, or closer to it.

    Parameters
    ----------
    min_value, max_value : float, default 0 and 1
        The smallest and the largest norm, at least 0.
    rate : float, default 1
        The share, from 0 to 1, of the way to an allowed norm that is gone in each update; 1 is all of it.
    axis : int or sequence of int, default 0
        Along which norms are taken. Of a `Dense` kernel (inputs, units), 0 gives the norm of each unit's weights.

    Raises
    ------
    ValueError
        If a number is out of its range or `axis` is no whole number; when it is called, if the weights have no such
        axis.

    Examples
    --------
    >>> MinMaxNorm(1.0, 2.0)([[3.0, 0.3], [4.0, 0.4]]).round(3)
    array([[1.2, 0.6],
           [1.6, 0.8]])
    """

    why = "Weights are scaled towards a norm that is allowed."

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: int | Sequence[int] = 0
    ) -> None:
        super().__init__(axis)
        self.min_value = self.limit("min_value", min_value)
        self.max_value = self.limit("max_value", max_value)
        self.rate = self.limit("rate", rate, 1.0)

    def desired(self, norms: Array) -> Array:
        """Return what lies by `rate` between the norms and the allowed ones."""
        allowed = np.clip(norms, self.min_value, self.max_value)
        return self.rate * allowed + (1 - self.rate) * norms
