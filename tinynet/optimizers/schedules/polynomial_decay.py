"""Polynomial decay: down to an end in so many steps, on a straight line or a curve.

Source: https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import flag, number
from tinynet._types import Array
from tinynet.optimizers.schedules.base import Decay


class PolynomialDecay(Decay):
    """(initial_learning_rate - end_learning_rate)·(1 - step/decay_steps)^power + end_learning_rate

    Parameters
    ----------
    initial_learning_rate : float
        The first step's rate.
    decay_steps : int
        After so many steps the end is reached, where the rate stays.
    end_learning_rate : float, default 0.0001
        The end.
    power : float, default 1
        1 is a straight line.
    cycle : bool, default False
        Whether the rate rises again when it has reached the end: then `decay_steps` is replaced by its smallest
        multiple that is at least the step.
    name : str, default "PolynomialDecay"
        For the configuration.

    Raises
    ------
    ValueError
        If `decay_steps` is not above 0.

    Examples
    --------
    >>> rate = PolynomialDecay(0.5, decay_steps=10, end_learning_rate=0.25)
    >>> float(rate(0)), float(rate(5)), float(rate(20))
    (0.5, 0.375, 0.25)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, name)
        self.end_learning_rate = number(type(self).__name__, "end_learning_rate", end_learning_rate, low=0)
        self.power = number(type(self).__name__, "power", power)
        self.cycle = flag(type(self).__name__, "cycle", cycle)

    def rates(self, steps: Array) -> Array:
        """Return the rates of steps."""
        if self.cycle:
            whole = self.decay_steps * np.maximum(np.ceil(steps / self.decay_steps), 1.0)
        else:
            steps, whole = np.minimum(steps, self.decay_steps), self.decay_steps
        height = self.initial_learning_rate - self.end_learning_rate
        rates: Array = height * np.power(1.0 - steps / whole, self.power) + self.end_learning_rate
        return rates
