"""Uniform between two limits.

Source: https://keras.io/api/layers/initializers/#randomuniform-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Initializer


class RandomUniform(Initializer):
    """Uniform between `minval` and `maxval`.

    Examples
    --------
    >>> bool(np.abs(RandomUniform(seed=0)((9,))).max() <= 0.05)
    True
    """

    aliases = ("uniform",)

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = self._finite("minval", minval), self._finite("maxval", maxval)

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return rng.uniform(self.minval, self.maxval, shape)
