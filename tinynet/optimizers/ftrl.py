"""FTRL: follow the regularized leader, which makes weights exactly 0.

Source: https://keras.io/api/optimizers/ftrl/
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import cut
from tinynet.formulas import Scalar, Told, formula
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Hyperparameter, Number, as_number
from tinynet.optimizers.keywords import OfOptimizers


@formula
def beyond(z: Scalar, l1: Scalar) -> Scalar:
    """What of z is beyond ±l1, with the sign turned: 0 within. A NaN stays a NaN."""
    within = -l1 if z < -l1 else (l1 if z > l1 else z)
    return within - z


@formula
def penalty_in_all(l2_regularization_strength: Scalar, beta: Scalar, learning_rate: Scalar) -> Scalar:
    """2·(l2 + β/(2·lr)): what the penalties add to the divisor."""
    return 2.0 * (l2_regularization_strength + beta / (2.0 * learning_rate))


@formula
def ftrl(
    w: Scalar,
    g: Scalar,
    n: Scalar,
    z: Scalar,
    learning_rate: Scalar,
    learning_rate_power: Scalar,
    l1_regularization_strength: Scalar,
    l2_shrinkage_regularization_strength: Scalar,
    penalty: Scalar,
) -> tuple[Scalar, Scalar, Scalar]:
    """The sums n and z of g² and of g seen from w = 0, and the w that is best for them.

    n ← n + g²; z ← z + g + 2·shrinkage·w - (n⁻ᵖ - n_old⁻ᵖ)/lr·w; w ← (z within ±l1 - z)/(n⁻ᵖ/lr + penalty).
    """
    before = n ** (-learning_rate_power)
    n = n + g * g
    now = n ** (-learning_rate_power)
    z = z + (g + type(w)(2.0) * l2_shrinkage_regularization_strength * w - (now - before) / learning_rate * w)
    return beyond(z, l1_regularization_strength) / (now / learning_rate + penalty), n, z


class Strength(Hyperparameter):
    """A number of at least 0; of one below the error has Keras's words, which programs may look for."""

    def number(self, optimizer: Any, value: Any) -> float:
        """Return the number, or raise if it cannot be one."""
        if as_number(optimizer, self.name, value) < 0:
            raise ValueError(f"`{self.name}` needs to be positive or zero. Received: {self.name}={cut(value)}.")
        return super().number(optimizer, value)


class Ftrl(Optimizer):
    """Follow the regularized leader: each weight is the best one for all gradients so far, penalties included.

    With ``n ← n + dw²`` and ``z ← z + dw + 2·l2_shrinkage·w - (n⁻ᵖ - n_old⁻ᵖ)/learning_rate·w`` the weight becomes
    ``w = (clip(z, ±l1) - z)/(n⁻ᵖ/learning_rate + 2·l2 + beta/learning_rate)``: exactly 0 where |z| is at most l1.

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    learning_rate_power : float of at most 0, default -0.5
        The p in n⁻ᵖ: how steps get shorter. 0 leaves their length alone.
    initial_accumulator_value : float, default 0.1
        What the sums of squares start at.
    l1_regularization_strength, l2_regularization_strength : float, default 0
        Penalties for the size of weights, and for their squares.
    l2_shrinkage_regularization_strength : float, default 0
        A penalty for squares that acts on the gradient.
    beta : float, default 0
        Added to the divisor, as in the paper.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Notes
    -----
    McMahan et al., "Ad click prediction: a view from the trenches", 2013.

    Examples
    --------
    >>> Ftrl().slots
    ('accumulator', 'linear')
    """

    slots = made_together = "accumulator", "linear"
    starts = {"accumulator": "initial_accumulator_value"}  # noqa: RUF012
    formulas = (ftrl,)
    rates = {"penalty": penalty_in_all}  # noqa: RUF012
    words = (
        Told("n", "{n_old} + {g}²", "The sum of all squared gradients so far."),
        Told(
            "z",
            "{z_old} + {g} + 2·{l2_shrinkage_regularization_strength}·{w}"
            " - ({n}^(-{learning_rate_power}) - {n_old}^(-{learning_rate_power}))/{learning_rate}·{w}",
            "The sum of all gradients so far, each seen from the weight at its time.",
        ),
        Told(
            "w",
            "(clip({z}, ±{l1_regularization_strength}) - {z})/({n}^(-{learning_rate_power})/{learning_rate}"
            " + {penalty})",
            "The best weight for all gradients so far: exactly 0 where |z| is at most l1.",
        ),
    )
    learning_rate_power = Number()
    initial_accumulator_value = Strength()
    l1_regularization_strength = Strength()
    l2_regularization_strength = Strength()
    l2_shrinkage_regularization_strength = Strength()
    beta = Hyperparameter()

    def __init__(
        self,
        learning_rate: float = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **options: Unpack[OfOptimizers],
    ) -> None:
        self.initial_accumulator_value = initial_accumulator_value
        super().__init__(learning_rate, **options)
        self.learning_rate_power = learning_rate_power
        if not -np.inf < self.learning_rate_power <= 0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. Received: "
                f"learning_rate_power={cut(learning_rate_power)}."
            )
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta
