"""Both penalties.

Source: https://keras.io/api/layers/regularizers/
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, formula
from tinynet.regularizers.base import Regularizer, checked_factor
from tinynet.regularizers.l1 import l1_penalty, l1_slope
from tinynet.regularizers.l2 import l2_penalty, l2_slope


@formula
def l1_l2_penalty(w: Scalar, l1: Scalar, l2: Scalar) -> Scalar:
    """l1·|w| + l2·w²"""
    return l1_penalty(w, l1) + l2_penalty(w, l2)


@formula
def l1_l2_slope(w: Scalar, l1: Scalar, l2: Scalar) -> Scalar:
    """l1 times the sign of w, plus 2·l2·w."""
    return l1_slope(w, l1) + l2_slope(w, l2)


class L1L2(Regularizer):
    """l1·Σ |w| + l2·Σ w², added to the loss.

    Parameters
    ----------
    l1, l2 : float, default 0
        The factors.

    Examples
    --------
    >>> L1L2(0.5, 0.5)([1.0, -2.0])
    4.0
    """

    aliases = ("l1_l2",)
    formulas = l1_l2_penalty, l1_l2_slope
    words = Words(
        "({l1}·|{w}| + {l2}·{w}²)",
        "Weights cost, large ones more.",
        "({l1}·sign({w}) + 2·{l2}·{w})",
        "Every weight is pulled towards 0, large ones harder.",
    )

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = checked_factor(self, "l1", l1), checked_factor(self, "l2", l2)
