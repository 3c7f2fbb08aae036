"""Normal with a mean and a deviation of your choice.

Source: https://keras.io/api/layers/initializers/#randomnormal-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Initializer


class RandomNormal(Initializer):
    """Normal with the given `mean` and `stddev`.

    Examples
    --------
    >>> RandomNormal(stddev=0.1, seed=0)((2, 2)).shape
    (2, 2)
    """

    aliases = ("normal",)

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = self._finite("mean", mean), self._finite("stddev", stddev, 0)

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return rng.normal(self.mean, self.stddev, shape)
