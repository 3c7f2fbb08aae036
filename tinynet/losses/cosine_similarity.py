"""Minus the cosine of the angle between target and prediction.

Source: https://keras.io/api/losses/regression_losses/#cosinesimilarity-class
"""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from tinynet._types import NoMore
from tinynet.formulas import Row, Scalar, Words, at_least, formula, row_dot, slope_above, sqrt
from tinynet.losses.axis import AlongAxis


@formula
def cosine_similarity(y: Row, p: Row, epsilon: Scalar) -> Scalar:
    """-Σₖ yₖ·pₖ/(|y|·|p|) over one row, with ε in place of a smaller length"""
    return -row_dot(y, p) / (at_least(sqrt(row_dot(y, y)), epsilon) * at_least(sqrt(row_dot(p, p)), epsilon))


@formula
def cosine_similarity_gradient(y: Row, p: Row, dp: Row, epsilon: Scalar) -> None:
    """dp = ((u·v)·v - u)/|p| with the unit vectors u = y/|y| and v = p/|p|: what turns p, and does not lengthen it."""
    y_length, length = at_least(sqrt(row_dot(y, y)), epsilon), at_least(sqrt(row_dot(p, p)), epsilon)
    along = row_dot(y, p) / (y_length * length) * slope_above(sqrt(row_dot(p, p)), epsilon)
    for k in range(p.size):
        dp[k] = (along * p[k] / length - y[k] / y_length) / length


class CosineSimilarity(AlongAxis):
    """Minus the cosine of the angle between target and prediction: -1 for the same direction, 1 for the opposite one.

    Parameters
    ----------
    axis : int, default -1
        The axis of the outputs. A model's is the last.
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> round(CosineSimilarity()([[0.0, 2.0]], [[3.0, 4.0]]), 6)
    -0.8
    """

    formulas = cosine_similarity, cosine_similarity_gradient
    epsilon = 1e-7
    config_defaults: ClassVar[dict[str, Any]] = {**AlongAxis.config_defaults, "axis": -1}
    words = Words(
        "-(Σₖ {y}ₖ·{p}ₖ)/(√(Σₖ {y}ₖ²)·√(Σₖ {p}ₖ²))",
        "Only the direction counts: -1 where prediction and target point the same way, whatever their lengths.",
        "({p}·(Σₖ {y}ₖ·{p}ₖ)/(Σₖ {p}ₖ²) - {y})/(√(Σₖ {y}ₖ²)·√(Σₖ {p}ₖ²))",
        "What turns p towards y, and does not lengthen it",
    )

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Unpack[NoMore],
    ) -> None:
        super().__init__(axis, reduction=reduction, name=name, dtype=dtype, **unknown)
