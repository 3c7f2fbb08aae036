"""Nadam: Adam with Nesterov's look ahead.

Source: https://keras.io/api/optimizers/nadam/
"""

from __future__ import annotations

from typing import Unpack

from tinynet.formulas import Scalar, Told, formula, sqrt
from tinynet.optimizers.adam import adam_slot, rest_of_beta_1, rest_of_beta_2
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Hyperparameter, Share
from tinynet.optimizers.keywords import OfOptimizers


@formula
def momentum_in(beta_1: Scalar, step: Scalar) -> Scalar:
    """uₜ = β₁·(1 - ½·0.96ᵗ): the momentum of step t, which grows from about β₁/2 to β₁."""
    return beta_1 * (1.0 - 0.5 * 0.96**step)


@formula
def product_of_momenta(beta_1: Scalar, step: Scalar) -> Scalar:
    """u₁·u₂·…·uₜ. From the 900th on the second factor of uₜ is 1, to the last bit of a float64."""
    product, decay, t = beta_1**step, 1.0, 0
    while t < step and t < 900:
        decay *= 0.96
        product *= 1.0 - 0.5 * decay
        t += 1
    return product


@formula
def rate_of_mean(learning_rate: Scalar, beta_1: Scalar, step: Scalar) -> Scalar:
    """lr·uₜ₊₁/(1 - u₁·…·uₜ₊₁): what m counts, with the momentum of the next step."""
    ahead = momentum_in(beta_1, step + 1)
    return learning_rate * ahead / (1.0 - product_of_momenta(beta_1, step) * ahead)


@formula
def rate_of_gradient(learning_rate: Scalar, beta_1: Scalar, step: Scalar) -> Scalar:
    """lr·(1 - uₜ)/(1 - u₁·…·uₜ): what this step's gradient counts besides."""
    return learning_rate * (1.0 - momentum_in(beta_1, step)) / (1.0 - product_of_momenta(beta_1, step))


@formula
def weights_in_v(beta_2: Scalar, step: Scalar) -> Scalar:
    """1 - β₂ᵗ: the sum of the weights in v, which started at 0."""
    return 1.0 - beta_2**step


@formula
def nadam(
    w: Scalar,
    g: Scalar,
    m: Scalar,
    v: Scalar,
    rest_1: Scalar,
    rest_2: Scalar,
    of_mean: Scalar,
    of_gradient: Scalar,
    of_v: Scalar,
    epsilon: Scalar,
) -> tuple[Scalar, Scalar, Scalar]:
    """m and v ← the moving averages of g and g²; w ← w - (α·m + β·g)/(√(v/c) + ε)."""
    m = adam_slot(m, g, rest_1)
    v = adam_slot(v, g * g, rest_2)
    return w - (of_mean * m + of_gradient * g) / (sqrt(v / of_v) + epsilon), m, v


class Nadam(Optimizer):
    """Adam that looks ahead: besides the running mean the gradient itself counts once more, as in Nesterov's momentum.

    ``m ← m + (dw - m)(1 - β₁);  v ← v + (dw² - v)(1 - β₂)`` and, with the momentum ``uₜ = β₁·(1 - ½·0.96ᵗ)`` of step t
    and ``Uₜ = u₁·…·uₜ``,
    ``w ← w - learning_rate·(uₜ₊₁·m/(1 - Uₜ₊₁) + (1 - uₜ)·dw/(1 - Uₜ))/(√(v/(1 - β₂ᵗ)) + epsilon)``.

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    beta_1, beta_2 : float in [0, 1), default 0.9 and 0.999
        How slowly the running means forget.
    epsilon : float, default 1e-7
        Keeps the divisor from 0.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Notes
    -----
    Dozat, "Incorporating Nesterov Momentum into Adam", 2016.

    Examples
    --------
    >>> Nadam().slots
    ('momentum', 'velocity')
    """

    slots = made_together = "momentum", "velocity"
    formulas = (nadam,)
    rates = {  # noqa: RUF012
        "rest_1": rest_of_beta_1,
        "rest_2": rest_of_beta_2,
        "of_mean": rate_of_mean,
        "of_gradient": rate_of_gradient,
        "of_v": weights_in_v,
    }
    derived = {"u_product": product_of_momenta}  # noqa: RUF012
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
        why = (
            "Nesterov's look ahead: the mean with the next step's momentum, and the gradient once more. The rates "
            "make up for the means' start at 0, in step t = {t}."
        )
        step = "({of_mean}·{m} + {of_gradient}·{g})/(√({v}/{of_v}) + {epsilon})"
        return (
            Told("m", "{m_old} + ({g} - {m_old})·(1 - {beta_1})", "A running mean of the gradient."),
            Told("v", "{v_old} + ({g}² - {v_old})·(1 - {beta_2})", "A running mean of its square."),
            Told("step", step, why),
            Told("w", "{w} - {step}", "The weight moves by the step."),
        )
