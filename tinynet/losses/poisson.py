"""The Poisson loss.

Source: https://keras.io/api/losses/probabilistic_losses/#poisson-class
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, formula, log
from tinynet.losses.values import ValueLoss


@formula
def poisson(y: Scalar, p: Scalar, epsilon: Scalar) -> Scalar:
    """p - y·log(p + ε): minus the log of how likely y events are where p are expected, but for what only y changes."""
    return p - y * log(p + epsilon)


@formula
def poisson_gradient(y: Scalar, p: Scalar, epsilon: Scalar) -> Scalar:
    """dL/dp = 1 - y/(p + ε)"""
    return type(p)(1.0) - y / (p + epsilon)


class Poisson(ValueLoss):
    """Mean of p - y·log p over the outputs, for numbers of events y and expected numbers p > 0.

    End the network in an activation that is never negative, such as ``"exponential"`` or ``"softplus"``.

    Examples
    --------
    >>> round(Poisson()([[3.0, 0.0]], [[1.0, 2.0]]), 6)
    1.5
    """

    formulas = poisson, poisson_gradient
    epsilon = 1e-7
    words = Words(
        "({p} - {y}·log({p} + {epsilon}))",
        "How unlikely it is that y events happen where p are expected: least where p is y.",
        "(1 - {y}/({p} + {epsilon}))",
        "The derivative of p - y·log p is 1 - y/p",
    )
