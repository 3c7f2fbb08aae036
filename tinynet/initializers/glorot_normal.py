"""Glorot's, normal: for layers whose activation is nearly linear around 0.

Source: https://keras.io/api/layers/initializers/#glorotnormal-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Scaled, truncated_normal


class GlorotNormal(Scaled):
    """Normal with variance 2/(inputs + outputs), truncated at two deviations.

    Source: Glorot and Bengio, 2010.

    Examples
    --------
    >>> GlorotNormal(seed=0)((4, 2)).shape
    (4, 2)
    """

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return truncated_normal(shape, rng, 2.0 / max(1, sum(self.fans(shape))))
