"""Adamax: Adam with the largest gradient in place of the mean of squares.

Source: https://keras.io/api/optimizers/adamax/
"""

from __future__ import annotations

from typing import Unpack

from tinynet.formulas import Scalar, Told, formula
from tinynet.optimizers.adam import adam_slot, rest_of_beta_1
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Hyperparameter, Share
from tinynet.optimizers.keywords import OfOptimizers


@formula
def largest_so_far(u: Scalar, g: Scalar, beta_2: Scalar) -> Scalar:
    """max(β₂·u, |g|): the largest gradient so far, slowly forgotten. A NaN stays."""
    u, size = beta_2 * u, abs(g)
    return u if u > size or u != u else size


@formula
def adamax_rate(learning_rate: Scalar, beta_1: Scalar, step: Scalar) -> Scalar:
    """α = lr/(1 - β₁ᵗ) in step t, from 1: m started at 0. The largest needs no such correction."""
    return learning_rate / (1.0 - beta_1**step)


@formula
def adamax(
    w: Scalar, g: Scalar, m: Scalar, u: Scalar, alpha: Scalar, rest: Scalar, beta_2: Scalar, epsilon: Scalar
) -> tuple[Scalar, Scalar, Scalar]:
    """m ← m + (g - m)(1 - β₁); u ← max(β₂·u, |g|); w ← w - α·m/(u + ε)."""
    m = adam_slot(m, g, rest)
    u = largest_so_far(u, g, beta_2)
    return w - alpha * m / (u + epsilon), m, u


class Adamax(Optimizer):
    """Step along a running mean of the gradient, divided by the largest gradient so far, which is slowly forgotten.

    ``m ← m + (dw - m)(1 - β₁);  u ← max(β₂·u, |dw|);  w ← w - α·m/(u + epsilon)`` with
    ``α = learning_rate/(1 - β₁ᵗ)`` in step t.

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    beta_1, beta_2 : float in [0, 1), default 0.9 and 0.999
        How slowly the running mean and the largest forget.
    epsilon : float, default 1e-7
        Keeps the divisor from 0.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Notes
    -----
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, section 7.1.

    Examples
    --------
    >>> Adamax().slots
    ('momentum', 'norm')
    """

    slots = made_together = "momentum", "norm"
    formulas = (adamax,)
    rates = {"alpha": adamax_rate, "rest": rest_of_beta_1}  # noqa: RUF012
    beta_1 = Share(closed=False)
    beta_2 = Share(closed=False)
    epsilon = Hyperparameter()

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[OfOptimizers],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    @property
    def words(self) -> tuple[Told, ...]:
        """What the trace says of it."""
        why = "α = η/(1 - β₁ᵗ) makes up for the mean's start at 0, in step t = {t}."
        return (
            Told("m", "{m_old} + ({g} - {m_old})·(1 - {beta_1})", "A running mean of the gradient."),
            Told("u", "max({beta_2}·{u_old}, |{g}|)", "The largest gradient so far, slowly forgotten."),
            Told("step", "{alpha}·{m}/({u} + {epsilon})", why),
            Told("w", "{w} - {step}", "The weight moves by the step."),
        )
