"""LeCun's, uniform: for layers with selu.

Source: https://keras.io/api/layers/initializers/#lecununiform-class
"""

from __future__ import annotations

import numpy as np

from tinynet._types import Array
from tinynet.initializers.base import Scaled, uniform


class LecunUniform(Scaled):
    """Uniform in ±√(3/inputs): the sums of inputs of variance 1 have a variance of 1, too.

    Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.

    Examples
    --------
    >>> bool(np.abs(LecunUniform(seed=0)((3, 9))).max() <= 1.0)
    True
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return uniform(shape, rng, 1.0 / max(1, self.fans(shape)[0]))
