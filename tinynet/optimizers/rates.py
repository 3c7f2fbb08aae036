"""Learning rates that follow a schedule: what an optimizer's `learning_rate` may be besides a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import shown
from tinynet._signatures import can_be_called
from tinynet._types import Array
from tinynet.answers import asked
from tinynet.kernels import clipping

if TYPE_CHECKING:
    from tinynet.optimizers.base import Optimizer


class Schedule:
    """What a schedule, or a function, answers for steps; each answer is looked at.

    A `LearningRateSchedule` is asked ahead, for many steps at once where it can say that. A function, with or without
    the step as its argument, is asked once in each step, as it may look at anything.
    """

    def __init__(self, owner: str, given: Any) -> None:
        self.owner, self.given = owner, given
        #: Whether it may be asked for steps to come.
        self.looks_ahead = hasattr(type(given), "takes_many")
        self.takes_step = self.looks_ahead or not can_be_called(given, 0, untold=False)

    def __call__(self, first: int, count: int) -> Array:
        """Return the rates of so many steps, in float64."""
        if getattr(self.given, "takes_many", False):
            found = self.checked(self.given(np.arange(first, first + count)), first, (count,))
        else:
            steps = [(step,) if self.takes_step else () for step in range(first, first + count)]
            answers = [asked(self.owner, self.given, *step) for step in steps]
            found = np.array([self.checked(answer, first + i, ()) for i, answer in enumerate(answers)])
        return found

    def checked(self, answer: Any, step: int, shape: tuple[int, ...]) -> Array:
        """Return rates as an array, or raise a ValueError or TypeError if they cannot be learning rates."""
        expected = f"{self.owner}: expected {shown(self.given)} to return a number of at least 0 for step {step}"
        rates = np.asarray(answer) if np.ndim(answer) == len(shape) else np.empty(0)
        if rates.shape != shape or rates.dtype.kind not in "iuf":
            raise TypeError(f"{expected}. It returned {shown(answer)}")
        rates = rates.astype(np.float64)
        if not ((rates >= 0) & (rates < np.inf)).all():
            raise ValueError(f"{expected}, or a later one. It returned {shown(answer)}")
        return rates


def set_rate(optimizer: Optimizer) -> None:
    """Let the kernels read the rate of the step to come, if rates follow a schedule."""
    if optimizer.schedule is not None:
        optimizer.numbers[clipping.LEARNING_RATE] = optimizer.schedule(int(optimizer.counter[0]), 1)[0]


def set_rates(optimizer: Optimizer, room: Array, steps: int) -> int:
    """Write the rates of steps to come to `room`; return for how many of so many steps they are."""
    if optimizer.schedule is not None:
        steps = min(steps, room.size) if optimizer.schedule.looks_ahead else 1
        room[:steps] = optimizer.schedule(int(optimizer.counter[0]), steps)
    return steps
