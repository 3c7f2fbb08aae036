"""Penalty for the size of weights.

Source: https://keras.io/api/layers/regularizers/
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, formula
from tinynet.regularizers.base import Regularizer, checked_factor


@formula
def l1_penalty(w: Scalar, l1: Scalar) -> Scalar:
    """l1·|w|"""
    return l1 * abs(w)


@formula
def l1_slope(w: Scalar, l1: Scalar) -> Scalar:
    """l1 times the sign of w: every weight is pulled towards 0 alike, and small ones get there.

    A weight that is 0 stays there: the slope of |w| at its corner is 0, as in Keras on TensorFlow (on JAX it is 1).
    """
    return l1 if w > 0 else (-l1 if w < 0 else l1 * w)


class L1(Regularizer):
    """l1·Σ |w|, added to the loss.

    Parameters
    ----------
    l1 : float, default 0.01
        The factor.

    Examples
    --------
    >>> L1(0.5)([1.0, -2.0])
    1.5
    """

    formulas = l1_penalty, l1_slope
    words = Words("{l1}·|{w}|", "Weights cost.", "{l1}·sign({w})", "Every weight is pulled towards 0 alike.")

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = checked_factor(self, "l1", l1)
