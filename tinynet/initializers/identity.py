"""The identity: every unit starts as one of the inputs.

Source: https://keras.io/api/layers/initializers/#identity-class
"""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Initializer


class Identity(Initializer):
    """`gain` on the diagonal, 0 elsewhere.

    Raises
    ------
    ValueError
        When it is drawn, for a shape that is not one of rows and columns.

    Examples
    --------
    >>> Identity(gain=2.0)((2, 3))
    array([[2., 0., 0.],
           [0., 2., 0.]], dtype=float32)
    """

    aliases = ("identity_initializer",)

    @checked
    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = gain

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        if len(shape) != 2:
            raise ValueError(
                "Identity: identity matrix initializer can only be used for 2D matrices, such as a kernel. Received: "
                f"shape={shape} of rank {len(shape)}."
            )
        return self.gain * np.eye(*shape)
