"""The mean absolute percentage error.

Source: https://keras.io/api/losses/regression_losses/#meanabsolutepercentageerror-class
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, at_least, formula
from tinynet.losses.mean_absolute_error import absolute_error_gradient
from tinynet.losses.values import ValueLoss


@formula
def percentage_error(y: Scalar, p: Scalar, epsilon: Scalar) -> Scalar:
    """100·|p - y|/|y|, with ε in place of a smaller |y|"""
    return type(p)(100.0) * abs(p - y) / at_least(abs(y), epsilon)


@formula
def percentage_error_gradient(y: Scalar, p: Scalar, epsilon: Scalar) -> Scalar:
    """100/|y| times the sign of p - y; 0 at the kink, as in Keras."""
    return type(p)(100.0) * absolute_error_gradient(y, p) / at_least(abs(y), epsilon)


class MeanAbsolutePercentageError(ValueLoss):
    """Mean of 100·|prediction - target|/|target| over the outputs.

    A target nearer to 0 than 1e-7 counts as 1e-7: leave zeros out, or choose another loss.

    Examples
    --------
    >>> MeanAbsolutePercentageError()([[2.0, -4.0]], [[1.0, -5.0]])
    37.5
    """

    aliases = ("mape",)
    formulas = percentage_error, percentage_error_gradient
    epsilon = 1e-7
    words = Words(
        "100·|{p} - {y}|/max(|{y}|, {epsilon})",
        "The distance as a percentage of the target: an error of 1 counts more where the target is small.",
        "100·sign({p} - {y})/max(|{y}|, {epsilon})",
        "The derivative of |p - y| is the sign of p - y",
    )
