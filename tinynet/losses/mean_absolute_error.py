"""The mean absolute error.

Source: https://keras.io/api/losses/regression_losses/#meanabsoluteerror-class
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, formula
from tinynet.losses.values import ValueLoss


@formula
def absolute_error(y: Scalar, p: Scalar) -> Scalar:
    """|p - y|"""
    return abs(p - y)


@formula
def absolute_error_gradient(y: Scalar, p: Scalar) -> Scalar:
    """The sign of p - y; 0 at the kink, as in Keras."""
    T = type(p)
    return T(1.0) if p > y else (T(-1.0) if p < y else p - y)


class MeanAbsoluteError(ValueLoss):
    """Mean of |prediction - target| over the outputs.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]])
    1.0
    """

    aliases = ("mae",)
    formulas = absolute_error, absolute_error_gradient
    words = Words(
        "|{p} - {y}|",
        "The distance itself: every unit of error counts the same.",
        "sign({p} - {y})",
        "The derivative of |p - y| is the sign of p - y",
    )
