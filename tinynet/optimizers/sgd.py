"""Gradient descent, plain and with momentum.

Source: https://keras.io/api/optimizers/sgd/
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet.formulas import Scalar, Told, formula
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Flag, Share, slots_for
from tinynet.optimizers.keywords import OfOptimizers


@formula
def sgd(w: Scalar, g: Scalar, learning_rate: Scalar) -> Scalar:
    """w - lr·g: one step downhill."""
    return w - learning_rate * g


@formula
def sgd_momentum(w: Scalar, g: Scalar, m: Scalar, learning_rate: Scalar, momentum: Scalar) -> tuple[Scalar, Scalar]:
    """m ← μ·m - lr·g: the step remembers the steps before it; w ← w + m."""
    m = momentum * m - learning_rate * g
    return w + m, m


@formula
def sgd_nesterov(w: Scalar, g: Scalar, m: Scalar, learning_rate: Scalar, momentum: Scalar) -> tuple[Scalar, Scalar]:
    """The same m, applied once more, ahead of itself, together with the gradient: w ← w + μ·m - lr·g."""
    m = momentum * m - learning_rate * g
    return w + (momentum * m - learning_rate * g), m


class SGD(Optimizer):
    """Step against the gradient: ``w ← w - learning_rate·dw``.

    With momentum ``m ← momentum·m - learning_rate·dw`` and ``w ← w + m``, or with Nesterov's variant
    ``w ← w + momentum·m - learning_rate·dw``.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Length of a step.
    momentum : float in [0, 1], default 0
        How much of the last step is repeated.
    nesterov : bool, default False
        Whether momentum is applied ahead of itself.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Examples
    --------
    >>> SGD(momentum=0.9).slots
    ('momentum',)
    """

    formulas = sgd, sgd_momentum, sgd_nesterov
    momentum = Share(slot="momentum")
    nesterov = Flag()

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Unpack[OfOptimizers],
    ) -> None:
        self.slots = slots_for(self, momentum=momentum)
        super().__init__(learning_rate, **options)
        self.momentum, self.nesterov = momentum, nesterov

    @property
    def formula(self) -> Any:
        """The formula in force."""
        return sgd if not self.slots else sgd_nesterov if self.nesterov else sgd_momentum

    @property
    def words(self) -> tuple[Told, ...]:
        """What the trace says of it."""
        if not self.slots:
            return (
                Told("w", "{w} - {learning_rate}·{g}", "One step downhill: against the gradient, its length times η."),
            )
        first = Told(
            "m",
            "{momentum}·{m_old} - {learning_rate}·{g}",
            "The step remembers the steps before it: a share μ of the last one, plus this gradient's.",
        )
        if self.nesterov:
            why = "Nesterov: the momentum is applied once more, ahead of itself, together with the gradient."
            return first, Told("w", "{w} + {momentum}·{m} - {learning_rate}·{g}", why)
        return first, Told("w", "{w} + {m}", "The weight moves by the momentum.")
