"""Cosine decay: half a wave of the cosine, after a rise if one is asked for.

Source: https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import number
from tinynet._types import Array
from tinynet.optimizers.schedules.base import Decay


class CosineDecay(Decay):
    """initial_learning_rate·((1 - alpha)·(1 + cos(π·step/decay_steps))/2 + alpha)

    With a `warmup_target` the rate first rises to it on a straight line, and falls from there.

    Parameters
    ----------
    initial_learning_rate : float
        The first step's rate.
    decay_steps : int
        After so many steps of falling the end is reached, where the rate stays.
    alpha : float, default 0
        The end, as a share of the rate that it falls from.
    name : str, default "CosineDecay"
        For the configuration.
    warmup_target : float, optional
        The rate to rise to.
    warmup_steps : int, default 0
        In how many steps.

    Raises
    ------
    ValueError
        If `decay_steps` is not above 0.

    Notes
    -----
    Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017.

    Examples
    --------
    >>> rate = CosineDecay(0.5, decay_steps=10)
    >>> round(float(rate(0)), 9), round(float(rate(5)), 9), round(float(rate(99)), 9)
    (0.5, 0.25, 0.0)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, name)
        owner = type(self).__name__
        self.alpha = number(owner, "alpha", alpha)
        self.warmup_target = None if warmup_target is None else number(owner, "warmup_target", warmup_target, low=0)
        self.warmup_steps = number(owner, "warmup_steps", warmup_steps, low=0)

    def rates(self, steps: Array) -> Array:
        """Return the rates of steps."""
        rising = 0 if self.warmup_target is None else self.warmup_steps
        highest = self.initial_learning_rate if self.warmup_target is None else self.warmup_target
        fallen = np.minimum(steps - rising, self.decay_steps) / self.decay_steps
        falling: Array = highest * ((1.0 - self.alpha) * (0.5 * (1.0 + np.cos(np.pi * fallen))) + self.alpha)
        if not rising:
            return falling
        rise = (highest - self.initial_learning_rate) * (steps / rising) + self.initial_learning_rate
        return np.where(steps < rising, rise, falling)
