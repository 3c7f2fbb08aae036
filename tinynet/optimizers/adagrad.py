"""Adagrad: steps that get shorter where gradients have been large.

Source: https://keras.io/api/optimizers/adagrad/
"""

from __future__ import annotations

from typing import Unpack

from tinynet.formulas import Scalar, Told, formula, sqrt
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Hyperparameter
from tinynet.optimizers.keywords import OfOptimizers


@formula
def adagrad(w: Scalar, g: Scalar, s: Scalar, learning_rate: Scalar, epsilon: Scalar) -> tuple[Scalar, Scalar]:
    """s ← s + g²; w ← w - lr·g/√(s + ε): the step is divided by the root of all squares so far."""
    s = s + g * g
    return w - learning_rate * g / sqrt(s + epsilon), s


class Adagrad(Optimizer):
    """Divide the gradient by the root of the sum of all its squares so far.

    ``s ← s + dw²;  w ← w - learning_rate·dw/√(s + epsilon)``

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    initial_accumulator_value : float, default 0.1
        What the sums of squares start at.
    epsilon : float, default 1e-7
        Keeps the root from 0.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Notes
    -----
    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011.

    Examples
    --------
    >>> Adagrad().slots
    ('accumulator',)
    """

    slots = ("accumulator",)
    starts = {"accumulator": "initial_accumulator_value"}  # noqa: RUF012
    formulas = (adagrad,)
    words = (
        Told("s", "{s_old} + {g}²", "The sum of all squared gradients so far."),
        Told("step", "{learning_rate}·{g}/√({s} + {epsilon})", "The more a weight has moved, the shorter its steps."),
        Told("w", "{w} - {step}", "The weight moves by the step."),
    )
    epsilon = Hyperparameter()
    initial_accumulator_value = Hyperparameter()

    def __init__(
        self,
        learning_rate: float = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Unpack[OfOptimizers],
    ) -> None:
        self.initial_accumulator_value = initial_accumulator_value
        super().__init__(learning_rate, **options)
        self.epsilon = epsilon
