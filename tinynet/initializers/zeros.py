"""Zeros.

Source: https://keras.io/api/layers/initializers/#zeros-class
"""

from __future__ import annotations

from tinynet.initializers.constant import Constant


class Zeros(Constant):
    """Zeros: Keras's default for a bias.

    Examples
    --------
    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    aliases = ("zero",)

    def __init__(self) -> None:
        super().__init__(0.0)
