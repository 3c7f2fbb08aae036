"""LeCun's, normal: for layers with selu.

Source: https://keras.io/api/layers/initializers/#lecunnormal-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Scaled, truncated_normal


class LecunNormal(Scaled):
    """Normal with variance 1/inputs, truncated at two deviations.

    Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.

    Examples
    --------
    >>> LecunNormal(seed=0)((4, 2)).shape
    (4, 2)
    """

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return truncated_normal(shape, rng, 1.0 / max(1, self.fans(shape)[0]))
