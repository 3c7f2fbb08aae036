"""Norms of 1.

Source: https://keras.io/api/layers/constraints/
"""

from __future__ import annotations

from tinynet._types import Array
from tinynet.constraints.base import NormConstraint


class UnitNorm(NormConstraint):
    """Scales weights to a norm of 1.

    Parameters
    ----------
    axis : int or sequence of int, default 0
        Along which norms are taken. Of a `Dense` kernel (inputs, units), 0 gives the norm of each unit's weights.

    Raises
    ------
    ValueError
        If `axis` is no whole number; when it is called, if the weights have no such axis.

    Examples
    --------
    >>> UnitNorm()([[3.0, 0.3], [4.0, 0.4]]).round(3)
    array([[0.6, 0.6],
           [0.8, 0.8]])
    """

    aliases = ("unitnorm",)
    why = "Weights are scaled to norm 1."

    def desired(self, norms: Array) -> float:
        """Return 1."""
        return 1.0
