"""He's, normal: for layers with ReLU.

Source: https://keras.io/api/layers/initializers/#henormal-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Scaled, truncated_normal


class HeNormal(Scaled):
    """Normal with variance 2/inputs, truncated at two deviations.

    Source: He et al., 2015.

    Examples
    --------
    >>> HeNormal(seed=0)((4, 2)).shape
    (4, 2)
    """

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return truncated_normal(shape, rng, 2.0 / max(1, self.fans(shape)[0]))
