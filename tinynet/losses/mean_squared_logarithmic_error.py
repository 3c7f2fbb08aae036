"""The mean squared logarithmic error.

Source: https://keras.io/api/losses/regression_losses/#meansquaredlogarithmicerror-class
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, at_least, formula, log1p, slope_above
from tinynet.losses.values import ValueLoss


@formula
def squared_logarithmic_error(y: Scalar, p: Scalar, epsilon: Scalar) -> Scalar:
    """(log(1 + p) - log(1 + y))², with ε in place of smaller numbers"""
    error = log1p(at_least(p, epsilon)) - log1p(at_least(y, epsilon))
    return error * error


@formula
def squared_logarithmic_error_gradient(y: Scalar, p: Scalar, epsilon: Scalar) -> Scalar:
    """dL/dp = 2·(log(1 + p) - log(1 + y))/(1 + p); 0 below ε, where the loss is constant, and half at ε itself."""
    T = type(p)
    error = log1p(at_least(p, epsilon)) - log1p(at_least(y, epsilon))
    return T(2.0) * error * slope_above(p, epsilon) / (T(1.0) + at_least(p, epsilon))


class MeanSquaredLogarithmicError(ValueLoss):
    """Mean of (log(1 + prediction) - log(1 + target))² over the outputs: errors count by their ratio.

    For values that are not negative; what is below 1e-7 counts as 1e-7, and a prediction there learns nothing.

    Examples
    --------
    >>> round(MeanSquaredLogarithmicError()([[0.0, 1.0]], [[0.0, 3.0]]), 6)
    0.240227
    """

    aliases = ("msle",)
    formulas = squared_logarithmic_error, squared_logarithmic_error_gradient
    epsilon = 1e-7
    words = Words(
        "(log(1 + max({p}, {epsilon})) - log(1 + max({y}, {epsilon})))²",
        "Logarithms make ratios of differences: 10 for 5 counts about as much as 1000 for 500.",
        "2·(log(1 + max({p}, {epsilon})) - log(1 + max({y}, {epsilon})))·[{p} > {epsilon}]/(1 + max({p}, {epsilon}))",
        "The derivative of a square is twice what is squared, that of log(1 + p) is 1/(1 + p)",
    )
