"""The logarithm of the hyperbolic cosine of the error.

Source: https://keras.io/api/losses/regression_losses/#logcosh-class
"""

from __future__ import annotations

import math

from tinynet.activations.tanh import tanh
from tinynet.formulas import Scalar, Words, exp, formula
from tinynet.kernels.elementary import expm1_below_0, log1p_to_1
from tinynet.losses.values import ValueLoss

LN2 = math.log(2.0)


@formula
def log_cosh(y: Scalar, p: Scalar) -> Scalar:
    """log(cosh e) for the error e = p - y, without overflow, and with all digits of small errors.

    With t = e⁻ᶦᵉᶦ - 1: cosh e = 1 + t²/(2·(1 + t)), and far away log(cosh e) = |e| + log(1 + e⁻²ᶦᵉᶦ) - log 2.
    """
    T = type(p)
    e = abs(p - y)
    t = expm1_below_0(-e)
    if e < 1:
        return log1p_to_1(T(0.5) * t * t / (T(1.0) + t))
    return e + log1p_to_1(exp(T(-2.0) * e)) - T(LN2)


@formula
def log_cosh_gradient(y: Scalar, p: Scalar) -> Scalar:
    """dL/dp = tanh(p - y)"""
    return tanh(p - y)


class LogCosh(ValueLoss):
    """Mean of log(cosh(y_pred - y_true)) over the outputs: nearly e²/2 for small errors, |e| - log 2 for large ones.

    Examples
    --------
    >>> round(LogCosh()([[0.0, 0.0]], [[0.0, 2.0]]), 6)
    0.662501
    """

    aliases = ("logcosh",)
    formulas = log_cosh, log_cosh_gradient
    words = Words(
        "log(cosh({p} - {y}))",
        "Squared where the error is small, a straight line where it is large, and smooth everywhere.",
        "tanh({p} - {y})",
        "The derivative of log(cosh(e)) is tanh(e)",
    )
