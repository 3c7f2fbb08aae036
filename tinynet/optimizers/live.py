"""Numbers of an optimizer that programs written for Keras read and set as variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Live:
    """A number of an optimizer with the methods of a Keras variable, to read it and to set it."""

    _set: Callable[[Any], None]

    def numpy(self) -> Any:
        """Return the number as NumPy's."""
        return np.array(self)[()]

    def assign(self, value: Any) -> None:
        """Set the optimizer's number, as assigning to the attribute does."""
        self._set(value)


class Rate(Live, float):
    """A learning rate.

    Examples
    --------
    >>> from tinynet.optimizers import SGD
    >>> optimizer = SGD(0.5)
    >>> optimizer.learning_rate.assign(0.25)
    >>> optimizer.learning_rate, optimizer.learning_rate.numpy()
    (0.25, np.float64(0.25))
    """

    def __reduce__(self) -> Any:
        return float, (float(self),)


class Count(Live, int):
    """A number of steps.

    Examples
    --------
    >>> from tinynet.optimizers import SGD
    >>> SGD().iterations.numpy()
    np.int64(0)
    """

    def __reduce__(self) -> Any:
        return int, (int(self),)
