"""A plain function as a regularizer, as Keras takes one: ``kernel_regularizer=lambda w: 0.01 * abs(w).sum()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinynet import answers, tape
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.regularizers import on_tape
from tinynet.regularizers.base import Regularizer


class FunctionRegularizer(Regularizer):
    """A function of the weights that returns their penalty, one number.

    What NumPy's functions compute in it is differentiated by a tape (`tinynet.tape`). Where it does something else, its
    slopes are computed by central differences in float64, one weight after the other. It runs in the layer loop.

    Parameters
    ----------
    function : callable
        ``function(w)``, with a NumPy array.

    Examples
    --------
    >>> FunctionRegularizer(lambda w: 0.5 * (w**2).sum())([1.0, 3.0])
    5.0
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.__name__ = getattr(function, "__name__", "function")
        self._following = tape.Following()

    def __call__(self, w: Any) -> float:
        """Return the penalty."""
        whose = f"Regularizer '{self.__name__}'"
        return answers.number(whose, "function", answers.asked(whose, self.function, tape.unshared(w)))

    @quiet
    def gradient(self, w: Array) -> Array:
        """Return the derivative of the penalty with respect to each weight."""
        whose = f"Regularizer '{self.__name__}': a plain function"
        return on_tape.gradient(whose, self.function, self._following, self, w)

    def __repr__(self) -> str:
        return f"<FunctionRegularizer {self.__name__}>"
