"""The Kullback-Leibler divergence.

Source: https://keras.io/api/losses/probabilistic_losses/#kldivergence-class
"""

from __future__ import annotations

import math

from tinynet.formulas import Row, Scalar, Words, at_least, formula, slope_above
from tinynet.losses.values import ValueLoss


@formula
def share(p: Scalar, epsilon: Scalar) -> Scalar:
    """A probability kept in [ε, 1]; NaN stays NaN."""
    return -at_least(-at_least(p, epsilon), type(p)(-1.0))


@formula
def kl_divergence(y: Row, p: Row, epsilon: Scalar) -> Scalar:
    """Σₖ yₖ·log(yₖ/pₖ) over one row, both kept in [ε, 1]"""
    T = type(p[0])
    total = 0.0
    for k in range(p.size):
        t = share(y[k], epsilon)
        total += t * math.log(t / share(p[k], epsilon))
    return T(total)


@formula
def kl_divergence_gradient(y: Row, p: Row, dp: Row, epsilon: Scalar) -> None:
    """dpₖ = -yₖ/pₖ; 0 where p was clipped, and half of it at the limits themselves, as in Keras on JAX."""
    for k in range(p.size):
        inside = slope_above(p[k], epsilon) * slope_above(-p[k], -type(p[k])(1.0))
        dp[k] = -inside * share(y[k], epsilon) / share(p[k], epsilon)


class KLDivergence(ValueLoss):
    """Σ y·log(y/p) over the outputs: what is lost by expecting the probabilities p where they are y.

    Both are kept in [1e-7, 1].

    Examples
    --------
    >>> round(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]), 6)
    0.143841
    """

    targets = "distribution"
    aliases = ("kld", "kullback_leibler_divergence")
    formulas = kl_divergence, kl_divergence_gradient
    epsilon = 1e-7
    words = Words(
        "max({y}, {epsilon})·log(max({y}, {epsilon})/max({p}, {epsilon}))",
        "The cross-entropy less what cannot be helped: 0 if the predicted probabilities are the true ones.",
        "-max({y}, {epsilon})/max({p}, {epsilon})·[{p} > {epsilon}]",
        "The derivative of -y·log p is -y/p",
    )
