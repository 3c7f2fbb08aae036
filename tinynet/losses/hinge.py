"""The hinge loss.

Source: https://keras.io/api/losses/hinge_losses/#hinge-class
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, formula
from tinynet.losses.values import ValueLoss


@formula
def hinge(y: Scalar, p: Scalar) -> Scalar:
    """max(1 - y·p, 0): nothing is lost where p is on its side by 1 or more."""
    T = type(p)
    rest = T(1.0) - sign_of(y) * p
    return T(0.0) if rest < 0 else rest


@formula
def hinge_gradient(y: Scalar, p: Scalar) -> Scalar:
    """dL/dp = -y, or 0 where nothing is lost; half of it at the corner, as in Keras on JAX."""
    T = type(p)
    side = sign_of(y)
    rest = T(1.0) - side * p
    return -side if rest > 0 else (T(-0.5) * side if rest == 0 else T(0.0) * p)


@formula
def sign_of(y: Scalar) -> Scalar:
    """y, or -1 for a label 0: labels may be -1 and 1, or 0 and 1."""
    T = type(y)
    return T(-1.0) if y == 0 else y


class Hinge(ValueLoss):
    """Mean of max(1 - y·p, 0) over the outputs, for labels -1 and 1 (or 0 and 1).

    Every label 0 counts as -1. (Keras looks at the whole batch: where any label is neither 0 nor 1 it leaves all as
    they are, and a label 0 then teaches nothing.)

    Examples
    --------
    >>> Hinge()([[1.0], [-1.0]], [[0.5], [0.5]])
    1.0
    """

    formulas = hinge, hinge_gradient
    words = Words(
        "max(1 - ({y} or -1)·{p}, 0)",
        "Nothing is lost where p is on its label's side by 1 or more. (A label 0 means -1.)",
        "-({y} or -1)·[({y} or -1)·{p} < 1]",
        "The derivative of 1 - y·p is -y; where nothing is lost it is 0",
    )
