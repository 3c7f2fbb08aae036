"""Cosine decay with restarts: half waves of the cosine, each longer and lower than the one before.

Source: https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay_restarts/
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import number
from tinynet._types import Array
from tinynet.optimizers.schedules.base import LearningRateSchedule, checked_steps


class CosineDecayRestarts(LearningRateSchedule):
    """initial_learning_rate·((1 - alpha)·m_mul^i·(1 + cos(π·t))/2 + alpha), t being the share of wave i that is done.

    Parameters
    ----------
    initial_learning_rate : float
        The first step's rate.
    first_decay_steps : int
        Length of the first wave.
    t_mul : float, default 2
        How many times longer each wave is than the one before.
    m_mul : float, default 1
        How many times higher it begins.
    alpha : float, default 0
        The end of each wave, as a share of `initial_learning_rate`.
    name : str, default "SGDRDecay"
        For the configuration.

    Raises
    ------
    ValueError
        If `first_decay_steps` is not above 0.

    Notes
    -----
    Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017. Wave i begins at
    Σ t_mulʲ = (1 - t_mulⁱ)/(1 - t_mul) times `first_decay_steps`, from which i is found by a logarithm.

    Examples
    --------
    >>> rate = CosineDecayRestarts(0.5, first_decay_steps=10, m_mul=0.5)
    >>> [round(float(rate(step)), 9) for step in (0, 5, 10, 20)]
    [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        owner, self.name = type(self).__name__, name
        self.initial_learning_rate = number(owner, "initial_learning_rate", initial_learning_rate, low=0)
        self.first_decay_steps = checked_steps(owner, "first_decay_steps", first_decay_steps)
        self.t_mul, self.m_mul = number(owner, "t_mul", t_mul), number(owner, "m_mul", m_mul)
        self.alpha = number(owner, "alpha", alpha)

    def rates(self, steps: Array) -> Array:
        """Return the rates of steps."""
        done = steps / self.first_decay_steps
        if self.t_mul == 1.0:
            wave = np.floor(done)
            share = done - wave
        else:
            wave = np.floor(np.log(1.0 - done * (1.0 - self.t_mul)) / np.log(self.t_mul))
            begun = (1.0 - np.power(self.t_mul, wave)) / (1.0 - self.t_mul)
            share = (done - begun) / np.power(self.t_mul, wave)
        height = 0.5 * np.power(self.m_mul, wave) * (1.0 + np.cos(np.pi * share))
        rates: Array = self.initial_learning_rate * ((1.0 - self.alpha) * height + self.alpha)
        return rates
