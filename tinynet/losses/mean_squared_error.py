"""The mean squared error.

Source: https://keras.io/api/losses/regression_losses/#meansquarederror-class
"""

from __future__ import annotations

from typing import Any

from tinynet.formulas import Scalar, Words, formula
from tinynet.losses.base import Loss


@formula
def squared_error(y: Scalar, p: Scalar) -> Scalar:
    """(p - y)²"""
    return (p - y) * (p - y)


@formula
def squared_error_gradient(y: Scalar, p: Scalar) -> Scalar:
    """dL/dp = 2·(p - y)"""
    return type(p)(2.0) * (p - y)


class MeanSquaredError(Loss):
    """Mean of (prediction - target)² over the outputs.

    Examples
    --------
    >>> MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]])
    0.5
    """

    aliases = ("mse",)
    targets = "values"
    formulas = squared_error, squared_error_gradient
    words = Words(
        "({p} - {y})²",
        "The squared distance: large errors count much more.",
        "2·({p} - {y})",
        "The derivative of (p - y)² is 2·(p - y)",
    )

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str | None = None, dtype: Any = None, **unknown: Any
    ) -> None:
        super().__init__(name, reduction, dtype, **unknown)
