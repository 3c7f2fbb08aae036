"""Norms of at most a value.

Source: https://keras.io/api/layers/constraints/
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinynet._types import Array
from tinynet.constraints.base import NormConstraint


class MaxNorm(NormConstraint):
    """Shortens weights whose norm exceeds `max_value` to that norm.

    Parameters
    ----------
    max_value : float, default 2
        The largest norm, at least 0.
    axis : int or sequence of int, default 0
        Along which norms are taken. Of a `Dense` kernel (inputs, units), 0 gives the norm of each unit's weights.

    Raises
    ------
    ValueError
        If `max_value` is negative or `axis` is no whole number; when it is called, if the weights have no such axis.

    Examples
    --------
    >>> MaxNorm(1.0)([[3.0, 0.3], [4.0, 0.4]]).round(3)
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """

    aliases = ("maxnorm",)
    why = "Weights whose norm is too large are shortened."

    def __init__(self, max_value: float = 2, axis: int | Sequence[int] = 0) -> None:
        super().__init__(axis)
        self.max_value = self.limit("max_value", max_value)

    def desired(self, norms: Array) -> Array:
        """Return the norms, cut off at `max_value`."""
        return np.clip(norms, 0, self.max_value)
