"""Adadelta: steps measured by the typical size of the steps before them.

Source: https://keras.io/api/optimizers/adadelta/
"""

from __future__ import annotations

from typing import Unpack

from tinynet.formulas import Scalar, Told, formula, sqrt
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Hyperparameter, Share
from tinynet.optimizers.keywords import OfOptimizers
from tinynet.optimizers.rmsprop import moving_average, rest_of


@formula
def adadelta_increment(g: Scalar, v: Scalar, d: Scalar, epsilon: Scalar) -> Scalar:
    """√(d + ε)·g/√(v + ε): the gradient in units of its own typical size, times the typical size of a step."""
    return sqrt(d + epsilon) * g / sqrt(v + epsilon)


@formula
def adadelta(
    w: Scalar, g: Scalar, v: Scalar, d: Scalar, learning_rate: Scalar, rho: Scalar, rest: Scalar, epsilon: Scalar
) -> tuple[Scalar, Scalar, Scalar]:
    """v ← ρ·v + (1 - ρ)·g²; Δ = √(d + ε)·g/√(v + ε); d ← ρ·d + (1 - ρ)·Δ²; w ← w - lr·Δ."""
    v = moving_average(v, g * g, rho, rest)
    delta = adadelta_increment(g, v, d, epsilon)
    return w - learning_rate * delta, v, moving_average(d, delta * delta, rho, rest)


class Adadelta(Optimizer):
    """Divide the gradient by its typical size, and multiply it by the typical size of the steps so far.

    ``v ← rho·v + (1 - rho)·dw²;  Δ = √(d + epsilon)·dw/√(v + epsilon);  d ← rho·d + (1 - rho)·Δ²;
    w ← w - learning_rate·Δ``

    Parameters
    ----------
    learning_rate : float, default 0.001
        A factor of the steps; in the paper it is 1.
    rho : float in [0, 1], default 0.95
        How slowly the running means forget.
    epsilon : float, default 1e-7
        Keeps the roots from 0; the first steps are about its root long.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Notes
    -----
    Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012.

    Examples
    --------
    >>> Adadelta(1.0).slots
    ('accumulated_grad', 'accumulated_delta_var')
    """

    slots = made_together = "accumulated_grad", "accumulated_delta_var"
    formulas = (adadelta,)
    rates = {"rest": rest_of}  # noqa: RUF012
    words = (
        Told("v", "{rho}·{v_old} + (1 - {rho})·{g}²", "A running mean of the squared gradient."),
        Told(
            "d",
            "{rho}·{d_old} + (1 - {rho})·({d_old} + {epsilon})·{g}²/({v} + {epsilon})",
            "A running mean of the squared steps, this one among them, before the learning rate.",
        ),
        Told(
            "step",
            "{learning_rate}·√({d_old} + {epsilon})·{g}/√({v} + {epsilon})",
            "The gradient in units of its own typical size, times the typical size of the steps before.",
        ),
        Told("w", "{w} - {step}", "The weight moves by the step."),
    )
    rho = Share()
    epsilon = Hyperparameter()

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Unpack[OfOptimizers],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho, self.epsilon = rho, epsilon
