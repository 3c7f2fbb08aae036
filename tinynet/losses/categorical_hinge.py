"""The hinge loss of several classes.

Source: https://keras.io/api/losses/hinge_losses/#categoricalhinge-class
"""

from __future__ import annotations

from typing import Any, ClassVar

from tinynet.formulas import Row, Scalar, Words, formula, row_dot
from tinynet.losses.values import ValueLoss


@formula
def best_other(y: Row, p: Row) -> Scalar:
    """maxₖ (1 - yₖ)·pₖ; NaN if there is one."""
    T = type(p[0])
    best = (T(1.0) - y[0]) * p[0]
    for k in range(1, p.size):
        score = (T(1.0) - y[k]) * p[k]
        best = best if score < best else (score if score >= best else score + best)
    return best


@formula
def categorical_hinge(y: Row, p: Row) -> Scalar:
    """max(1 + n - s, 0) over one row, from the right class's score s = Σₖ yₖ·pₖ and the best other's, n."""
    T = type(p[0])
    rest = T(1.0) + best_other(y, p) - row_dot(y, p)
    return T(0.0) if rest < 0 else rest


@formula
def categorical_hinge_gradient(y: Row, p: Row, dp: Row) -> None:
    """dpₖ = (1 - yₖ)·[k is the best other] - yₖ, or 0 where nothing is lost; half of it at the corner.

    Several that are equally good share the slope, as in Keras on JAX.
    """
    T = type(p[0])
    best = best_other(y, p)
    rest = T(1.0) + best - row_dot(y, p)
    slope = T(0.0) if rest < 0 else (T(0.5) if rest == 0 else T(1.0))
    equals = T(0.0)
    for k in range(p.size):
        equals += T(1.0) if (T(1.0) - y[k]) * p[k] == best else T(0.0)
    for k in range(p.size):
        other = T(1.0) - y[k]
        dp[k] = slope * ((other / equals if other * p[k] == best else T(0.0)) - y[k])
    if rest != rest:
        for k in range(p.size):
            dp[k] = rest


class CategoricalHinge(ValueLoss):
    """max(1 + best score of another class - score of the right class, 0), for one-hot targets.

    Examples
    --------
    >>> CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]])
    0.75
    """

    targets = "distribution"
    formulas = categorical_hinge, categorical_hinge_gradient
    words = Words(
        "max(1 + {best} - (Σₖ {y}ₖ·{p}ₖ), 0)",
        "Nothing is lost where the right class's score is above the best of the others by 1 or more.",
        "((1 - {y})·[(1 - {y})·{p} ≥ {best}] - {y})·[1 + {best} > (Σₖ {y}ₖ·{p}ₖ)]",
        "The right class's score counts -1, the best other's 1",
    )
    told_of_rows: ClassVar[dict[str, Any]] = {"best": best_other}
