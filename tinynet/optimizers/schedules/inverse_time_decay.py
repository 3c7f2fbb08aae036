"""Inverse time decay: the rate falls as 1/(1 + time).

Source: https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import flag, number
from tinynet._types import Array
from tinynet.optimizers.schedules.base import Decay


class InverseTimeDecay(Decay):
    """initial_learning_rate / (1 + decay_rate·step/decay_steps)

    Parameters
    ----------
    initial_learning_rate : float
        The first step's rate.
    decay_steps : int
        How many steps count as one unit of time.
    decay_rate : float
        How fast the rate falls.
    staircase : bool, default False
        Whether time is rounded down, so that the rate stays for `decay_steps` steps and then jumps.
    name : str, default "InverseTimeDecay"
        For the configuration.

    Raises
    ------
    ValueError
        If `decay_steps` is not above 0.

    Examples
    --------
    >>> rate = InverseTimeDecay(0.5, decay_steps=10, decay_rate=1.0)
    >>> float(rate(0)), float(rate(10)), float(rate(30))
    (0.5, 0.25, 0.125)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, name)
        self.decay_rate = number(type(self).__name__, "decay_rate", decay_rate)
        self.staircase = flag(type(self).__name__, "staircase", staircase)

    def rates(self, steps: Array) -> Array:
        """Return the rates of steps."""
        time = steps / self.decay_steps
        time = np.floor(time) if self.staircase else time
        rates: Array = self.initial_learning_rate / (1.0 + self.decay_rate * time)
        return rates
