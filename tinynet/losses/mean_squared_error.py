"""The mean squared error.

Source: https://keras.io/api/losses/regression_losses/#meansquarederror-class
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, formula
from tinynet.losses.values import ValueLoss


@formula
def squared_error(y: Scalar, p: Scalar) -> Scalar:
    """(p - y)²"""
    return (p - y) * (p - y)


@formula
def squared_error_gradient(y: Scalar, p: Scalar) -> Scalar:
    """dL/dp = 2·(p - y)"""
    return type(p)(2.0) * (p - y)


class MeanSquaredError(ValueLoss):
    """Mean of (prediction - target)² over the outputs.

    Examples
    --------
    >>> MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]])
    0.5
    """

    aliases = ("mse",)
    formulas = squared_error, squared_error_gradient
    words = Words(
        "({p} - {y})²",
        "The squared distance: large errors count much more.",
        "2·({p} - {y})",
        "The derivative of (p - y)² is 2·(p - y)",
    )
