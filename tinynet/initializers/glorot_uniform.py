"""Glorot's, uniform: for layers whose activation is nearly linear around 0.

Source: https://keras.io/api/layers/initializers/#glorotuniform-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Scaled, uniform


class GlorotUniform(Scaled):
    """Uniform in ±√(6/(inputs + outputs)): Keras's default for `Dense`.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    Examples
    --------
    >>> bool(np.abs(GlorotUniform(seed=0)((3, 3))).max() <= 1.0)
    True
    """

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return uniform(shape, rng, 2.0 / max(1, sum(self.fans(shape))))
