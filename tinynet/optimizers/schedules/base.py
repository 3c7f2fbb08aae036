"""What every schedule of learning rates has: a rate for each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._arguments import number, shown
from tinynet._configurable import Configurable
from tinynet._types import Array


class LearningRateSchedule(Configurable):
    """Base class of schedules; subclass it to write your own.

    A schedule is given as an optimizer's `learning_rate`, which asks it for the rate of every step. There are two ways
    to write one: `__call__` for one step, as in Keras, or `rates` in NumPy for many steps at once, as tinynet's own are
    written. Rates must depend on the step alone: they are computed ahead of their steps.

    Examples
    --------
    >>> from tinynet.optimizers import SGD
    >>> class Harmonic(LearningRateSchedule):
    ...     def __init__(self, initial_learning_rate):
    ...         self.initial_learning_rate = initial_learning_rate
    ...
    ...     def __call__(self, step):
    ...         return self.initial_learning_rate / (step + 1)
    >>> optimizer = SGD(Harmonic(0.5))
    >>> optimizer.iterations.assign(4)
    >>> optimizer.learning_rate
    0.1
    """

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step, from 0; or the rates of an array of steps."""
        if type(self).rates is LearningRateSchedule.rates:
            raise NotImplementedError(
                f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
            )
        steps = np.asarray(step, np.float64)
        # Never of a scalar: NumPy's power of one number may differ from that of an array in the last bit.
        return np.asarray(self.rates(np.atleast_1d(steps))).reshape(steps.shape)[()]

    def rates(self, steps: Array) -> Array:
        """Return the rates of steps, an array of float64, in an array of the same shape."""
        raise NotImplementedError

    @property
    def takes_many(self) -> bool:
        """Whether a call takes many steps at once."""
        return type(self).__call__ is LearningRateSchedule.__call__


class Decay(LearningRateSchedule):
    """A schedule that begins at `initial_learning_rate`, with `decay_steps` as its measure of time."""

    def __init__(self, initial_learning_rate: float, decay_steps: float, name: str) -> None:
        self.initial_learning_rate = number(type(self).__name__, "initial_learning_rate", initial_learning_rate, low=0)
        self.decay_steps = checked_steps(type(self).__name__, "decay_steps", decay_steps)
        self.name = name


def checked_steps(owner: str, name: str, value: Any) -> Any:
    """Return a number of steps, or raise a ValueError unless it is above 0."""
    steps = number(owner, name, value)
    if not steps > 0:
        raise ValueError(f"{owner}: Argument `{name}` must be > 0. Received: {name}={shown(value)}")
    return int(steps) if steps == int(steps) else steps
