"""Piecewise constant decay: a list of rates, and of the steps up to which each holds.

Source: https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tinynet._arguments import checked, number, shown
from tinynet._types import Array
from tinynet.optimizers.schedules.base import LearningRateSchedule


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to step boundaries[0], then values[1] up to boundaries[1], …, and values[-1] to the end.

    Parameters
    ----------
    boundaries : list of int
        The last step of each rate but the last one, rising.
    values : list of float
        The rates, one more than boundaries.
    name : str, default "PiecewiseConstant"
        For the configuration.

    Raises
    ------
    ValueError
        If there is not one value more than boundaries, or these do not rise.

    Examples
    --------
    >>> rate = PiecewiseConstantDecay([10, 20], [0.5, 0.25, 0.125])
    >>> float(rate(10)), float(rate(11)), float(rate(99))
    (0.5, 0.25, 0.125)
    """

    @checked
    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant") -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay: The length of boundaries should be 1 less than the length of values. "
                f"Received: boundaries={shown(boundaries)} and values={shown(values)}"
            )
        if any(not a < b for a, b in pairwise(boundaries)):
            raise ValueError(f"PiecewiseConstantDecay: boundaries must rise. Received: {shown(boundaries)}")
        for value in values:
            number("PiecewiseConstantDecay", "values", value, low=0)
        self.boundaries, self.values, self.name = list(boundaries), list(values), name

    def rates(self, steps: Array) -> Array:
        """Return the rates of steps."""
        return np.array(self.values, np.float64)[np.searchsorted(self.boundaries, steps, side="left")]
