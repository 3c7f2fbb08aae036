"""Penalty for squared weights.

Source: https://keras.io/api/layers/regularizers/
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, exact, formula
from tinynet.regularizers.base import Regularizer, checked_factor


@exact
def l2_penalty(w: Scalar, l2: Scalar) -> Scalar:
    """l2·w², multiplied in this order: w² alone is infinite from 2·10¹⁹ on, and 0·∞ would be NaN."""
    return l2 * w * w


@formula
def l2_slope(w: Scalar, l2: Scalar) -> Scalar:
    """2·l2·w: large weights are pulled towards 0 harder."""
    return type(w)(2.0) * l2 * w


class L2(Regularizer):
    """l2·Σ w², added to the loss.

    Parameters
    ----------
    l2 : float, default 0.01
        The factor.

    Examples
    --------
    >>> L2(0.5)([1.0, 2.0])
    2.5
    """

    formulas = l2_penalty, l2_slope
    words = Words("{l2}·{w}²", "Large weights cost.", "2·{l2}·{w}", "Large weights are pulled towards 0 harder.")

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = checked_factor(self, "l2", l2)
