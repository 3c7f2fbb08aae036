"""Exponential decay: the same factor in every so many steps.

Source: https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import flag, number
from tinynet._types import Array
from tinynet.optimizers.schedules.base import Decay


class ExponentialDecay(Decay):
    """initial_learning_rate · decay_rate^(step/decay_steps)

    Parameters
    ----------
    initial_learning_rate : float
        The first step's rate.
    decay_steps : int
        After so many steps the rate has shrunk by the factor.
    decay_rate : float
        The factor.
    staircase : bool, default False
        Whether the exponent is rounded down, so that the rate stays for `decay_steps` steps and then jumps.
    name : str, default "ExponentialDecay"
        For the configuration.

    Raises
    ------
    ValueError
        If `decay_steps` is not above 0.

    Examples
    --------
    >>> rate = ExponentialDecay(0.5, decay_steps=10, decay_rate=0.5)
    >>> float(rate(0)), float(rate(10)), float(rate(20))
    (0.5, 0.25, 0.125)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, name)
        self.decay_rate = number(type(self).__name__, "decay_rate", decay_rate)
        self.staircase = flag(type(self).__name__, "staircase", staircase)

    def rates(self, steps: Array) -> Array:
        """Return the rates of steps."""
        exponent = steps / self.decay_steps
        exponent = np.floor(exponent) if self.staircase else exponent
        rates: Array = self.initial_learning_rate * np.power(self.decay_rate, exponent)
        return rates
