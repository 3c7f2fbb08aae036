"""Normal, without the numbers that are far out.

Source: https://keras.io/api/layers/initializers/#truncatednormal-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Initializer, within_two_deviations


class TruncatedNormal(Initializer):
    """Normal with the given `mean` and `stddev`; numbers more than two deviations away are drawn again.

    Examples
    --------
    >>> bool(np.abs(TruncatedNormal(stddev=0.1, seed=0)((9, 9))).max() <= 0.2)
    True
    """

    @checked
    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return self.mean + self.stddev * within_two_deviations(shape, rng)
