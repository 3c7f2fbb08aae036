"""Ones.

Source: https://keras.io/api/layers/initializers/#ones-class
"""

from __future__ import annotations

from tinynet.initializers.constant import Constant


class Ones(Constant):
    """Ones.

    Examples
    --------
    >>> Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    aliases = ("one",)

    def __init__(self) -> None:
        super().__init__(1.0)
