"""Numbers of an optimizer that programs written for Keras read and set as variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinynet._results import TensorLike


class Live(TensorLike):
    """A number of an optimizer with the methods of a Keras variable, to read it and to set it."""

    _set: Callable[[Any], None]

    @property
    def value(self) -> Any:
        """The number, in Keras's type."""
        return self.numpy()

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
    (0.25, np.float32(0.25))
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

    _dtype = "int64"

    def __reduce__(self) -> Any:
        return int, (int(self),)
