"""He's, uniform: for layers with ReLU.

Source: https://keras.io/api/layers/initializers/#heuniform-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Scaled, uniform


class HeUniform(Scaled):
    """Uniform in ±√(6/inputs), made for ReLU.

    Source: He et al., "Delving Deep into Rectifiers", 2015.

    Examples
    --------
    >>> bool(np.abs(HeUniform(seed=0)((6, 9))).max() <= 1.0)
    True
    """

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return uniform(shape, rng, 2.0 / max(1, self.fans(shape)[0]))
