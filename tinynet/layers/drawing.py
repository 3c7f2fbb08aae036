"""What layers share that draw random numbers in training: a seed, how much is drawn, and what belongs to a place.

No random number is kept: the same seed, step and place give the same one, in both directions and any number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet._kinds import is_number
from tinynet.formulas import Operation, Scalar, formula, log, random, sqrt

#: From one seed to the next that a place draws by: so far that two layers with seeds 1 and 2 share no numbers.
APART = 0x1F3D5B79A2C4E687


@formula
def normal(seed: Any, step: Any, place: Any) -> Scalar:
    """Return the number of a normal distribution, of mean 0 and variance 1, that belongs to a seed, a step and a place.

    A point (u, v) that is drawn in the unit circle, s = u² + v² from its middle, gives u·√(-2·log(s)/s). Points beside
    the circle are drawn again, each number by a seed far from the others. Source: Marsaglia and Bray, "A convenient
    method for generating normal variables", 1964.
    """
    u = s = 0.0
    while s >= 1.0 or s == 0.0:
        u = 2.0 * random(seed, step, place) - 1.0
        v = 2.0 * random(seed + APART, step, place) - 1.0
        s = u * u + v * v
        seed += 2 * APART
    return u * sqrt(-2.0 * log(s) / s)


@formula
def shared_place(op: Operation, place: int) -> int:
    """Return the place of a number among those that there are, if all entries of some axes share one.

    Behind a layer's own option stand whether samples share, and each axis's length and whether its entries do.
    """
    rest, drawn, stride = place, 0, 1
    for k in range(op.options.size - 2, 1, -2):
        length = int(op.options[k])
        if op.options[k + 1] == 0:
            drawn += (rest % length) * stride
            stride *= length
        rest //= length
    return drawn if op.options[1] != 0 else drawn + rest * stride


class Drawn:
    """Checks how much a layer draws, and by what seed, whenever they are set."""

    #: Whether the rate may be 1: everything.
    may_be_whole = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("rate", "stddev"):
            if isinstance(value, bool) or not is_number(value) or not 0 <= value <= 1:
                raise ValueError(
                    f"Invalid value received for argument `{name}`. Expected a float value between 0 and 1. Received: "
                    f"{name}={shown(value)}"
                )
            value = float(value)
            if value == 1 and name == "rate" and not self.may_be_whole:
                raise ValueError(
                    f"{type(self).__name__}: `rate` must be below 1: with 1 nothing would be left to scale up. "
                    f"Received: rate={value}"
                )
        elif name == "seed" and value is not None:
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
                raise ValueError(
                    f"Invalid value received for argument `seed`. Expected an integer. Received: seed={shown(value)}"
                )
            value = int(value)
        super().__setattr__(name, value)
