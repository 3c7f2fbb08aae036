"""The same number everywhere, or the numbers of an array.

Source: https://keras.io/api/layers/initializers/#constant-class
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._arguments import checked, numbers, shown
from tinynet._types import Array
from tinynet.initializers.base import Initializer


class Constant(Initializer):
    """The same number everywhere, or the numbers of an array of the parameter's shape.

    Parameters
    ----------
    value : float or array of numbers, default 0
        What it starts from. Layers also take an array itself: ``Dense(2, kernel_initializer=w)``.

    Raises
    ------
    ValueError
        When it is drawn, if an array has another shape than the parameter.

    Examples
    --------
    >>> Constant(0.5)((2,))
    array([0.5, 0.5], dtype=float32)
    >>> Constant([[1, 2]])((1, 2))
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        super().__init__()
        given = numbers(type(self).__name__, "value", value)
        self.value = given.astype(np.float64) if given.ndim else value

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        if isinstance(self.value, np.ndarray) and self.value.ndim and self.value.shape != shape:
            raise ValueError(
                f"{type(self).__name__}: Expected `shape` to be {self.value.shape}, that of the array. Received: "
                f"shape={shown(shape)}"
            )
        return np.full(shape, self.value, np.float64)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an initializer again; an array as lists, which JSON has."""
        config = super().get_config()
        if isinstance(config.get("value"), np.ndarray):
            config["value"] = config["value"].tolist()
        return config
