"""The squared hinge loss.

Source: https://keras.io/api/losses/hinge_losses/#squaredhinge-class
"""

from __future__ import annotations

from tinynet.formulas import Scalar, Words, formula
from tinynet.losses.hinge import hinge, sign_of
from tinynet.losses.values import ValueLoss


@formula
def squared_hinge(y: Scalar, p: Scalar) -> Scalar:
    """max(1 - y·p, 0)²"""
    rest = hinge(y, p)
    return rest * rest


@formula
def squared_hinge_gradient(y: Scalar, p: Scalar) -> Scalar:
    """dL/dp = -2·y·max(1 - y·p, 0)"""
    return type(p)(-2.0) * sign_of(y) * hinge(y, p)


class SquaredHinge(ValueLoss):
    """Mean of max(1 - y·p, 0)² over the outputs, for labels -1 and 1 (or 0 and 1).

    Every label 0 counts as -1. (Keras looks at the whole batch: where any label is neither 0 nor 1 it leaves all as
    they are, and a label 0 then teaches nothing.)

    Examples
    --------
    >>> SquaredHinge()([[1.0], [-1.0]], [[0.5], [0.5]])
    1.25
    """

    formulas = squared_hinge, squared_hinge_gradient
    words = Words(
        "max(1 - ({y} or -1)·{p}, 0)²",
        "As the hinge, but what lies far on the wrong side counts more. (A label 0 means -1.)",
        "-2·({y} or -1)·max(1 - ({y} or -1)·{p}, 0)",
        "The derivative of (1 - y·p)² is -2·y·(1 - y·p); where nothing is lost it is 0",
    )
