"""Adam: momentum and RMSprop together.

Source: https://keras.io/api/optimizers/adam/
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet.formulas import Scalar, Told, formula, sqrt
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Flag, Hyperparameter, Share, slots_for
from tinynet.optimizers.keywords import OfOptimizers


@formula
def adam_slot(slot: Scalar, value: Scalar, rest: Scalar) -> Scalar:
    """slot + (value - slot)·(1 - β): the moving average of the gradient (β₁) or of its square (β₂); `rest` = 1 - β."""
    return slot + (value - slot) * rest


@formula
def adam_increment(m: Scalar, v: Scalar, alpha: Scalar, epsilon: Scalar) -> Scalar:
    """α·m/(√v + ε): the average step in units of the typical gradient. ε is outside the root."""
    return alpha * m / (sqrt(v) + epsilon)


@formula
def adam_rate(learning_rate: Scalar, beta_1: Scalar, beta_2: Scalar, step: Scalar) -> Scalar:
    """α = lr·√(1 - β₂ᵗ)/(1 - β₁ᵗ) in step t, from 1: averages that started at 0 have only 1 - βᵗ of their weights."""
    return learning_rate * sqrt(1.0 - beta_2**step) / (1.0 - beta_1**step)


@formula
def rest_of_beta_1(beta_1: Scalar) -> Scalar:
    """1 - β₁, in float64."""
    return 1.0 - beta_1


@formula
def rest_of_beta_2(beta_2: Scalar) -> Scalar:
    """1 - β₂, in float64."""
    return 1.0 - beta_2


@formula
def adam(
    w: Scalar, g: Scalar, m: Scalar, v: Scalar, alpha: Scalar, rest_1: Scalar, rest_2: Scalar, epsilon: Scalar
) -> tuple[Scalar, Scalar, Scalar]:
    """m and v ← the moving averages of g and g²; w ← w - α·m/(√v + ε)."""
    m = adam_slot(m, g, rest_1)
    v = adam_slot(v, g * g, rest_2)
    return w - adam_increment(m, v, alpha, epsilon), m, v


@formula
def amsgrad(
    w: Scalar,
    g: Scalar,
    m: Scalar,
    v: Scalar,
    vmax: Scalar,
    alpha: Scalar,
    rest_1: Scalar,
    rest_2: Scalar,
    epsilon: Scalar,
) -> tuple[Scalar, Scalar, Scalar, Scalar]:
    """The same with the largest v so far in place of v: steps never grow because gradients got small."""
    m = adam_slot(m, g, rest_1)
    v = adam_slot(v, g * g, rest_2)
    vmax = vmax if vmax > v else v
    return w - adam_increment(m, vmax, alpha, epsilon), m, v, vmax


class Adam(Optimizer):
    """Step along a running mean of the gradient, divided by the root of a running mean of its square.

    ``m ← m + (dw - m)(1 - β₁);  v ← v + (dw² - v)(1 - β₂);  w ← w - α·m/(√v + epsilon)`` with
    ``α = learning_rate·√(1 - β₂ᵗ)/(1 - β₁ᵗ)`` in step t.

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    beta_1, beta_2 : float in [0, 1), default 0.9 and 0.999
        How slowly the running means forget.
    epsilon : float, default 1e-7
        Keeps the divisor from 0.
    amsgrad : bool, default False
        Whether v is replaced by the largest v so far in the divisor.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Notes
    -----
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015.

    Examples
    --------
    >>> Adam().learning_rate
    0.001
    """

    formulas = adam, amsgrad
    made_together = "momentum", "velocity"
    rates = {"alpha": adam_rate, "rest_1": rest_of_beta_1, "rest_2": rest_of_beta_2}  # noqa: RUF012
    beta_1 = Share(closed=False)
    beta_2 = Share(closed=False)
    epsilon = Hyperparameter()
    amsgrad = Flag(slot="velocity_hat")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[OfOptimizers],
    ) -> None:
        self.slots = "momentum", "velocity", *slots_for(self, amsgrad=amsgrad)
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    @property
    def formula(self) -> Any:
        """The formula in force."""
        return self.formulas[1 if self.amsgrad else 0]

    published = "{learning_rate}·{m}/(1 - {beta_1}^{step})/(√({v}/(1 - {beta_2}^{step})) + {epsilon})"

    @property
    def words(self) -> tuple[Told, ...]:
        """What the trace says of it."""
        told = [
            Told("m", "{m_old} + ({g} - {m_old})·(1 - {beta_1})", "A running mean of the gradient."),
            Told("v", "{v_old} + ({g}² - {v_old})·(1 - {beta_2})", "A running mean of its square."),
        ]
        divisor = "v"
        if self.amsgrad:
            divisor = "vmax"
            told.append(Told("vmax", "max({vmax_old}, {v})", "AMSGrad: the largest v so far."))
        why = "α = η·√(1 - β₂ᵗ)/(1 - β₁ᵗ) makes up for the means' start at 0, in step t = {t}."
        step = Told("step", f"{{alpha}}·{{m}}/(√{{{divisor}}} + {{epsilon}})", why)
        return *told, step, Told("w", "{w} - {step}", "The weight moves by the step.")
