"""A plain function as a regularizer, as Keras takes one: ``kernel_regularizer=lambda w: 0.01 * abs(w).sum()``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import answers
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.differences import of_number
from tinynet.regularizers.base import Regularizer

#: Of how many weights the penalty is differentiated, two evaluations each.
MOST = 20_000
_ADVICE = (
    "Subclass tinynet.regularizers.Regularizer and give it `formulas`, or `__call__` and `gradient`, to train at full "
    "speed."
)


class FunctionRegularizer(Regularizer):
    """A function of the weights that returns their penalty, one number.

    Its slopes are computed by central differences in float64, one weight after the other. It runs in the layer loop.

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
        self._said = False

    def __call__(self, w: Any) -> float:
        """Return the penalty."""
        whose = f"Regularizer '{self.__name__}'"
        return answers.number(whose, "function", answers.asked(whose, self.function, np.array(w)))

    @quiet
    def gradient(self, w: Array) -> Array:
        """Return the derivative of the penalty with respect to each weight."""
        if w.size > MOST:
            raise ValueError(
                f"Regularizer '{self.__name__}': a plain function is differentiated weight by weight, for at most "
                f"{MOST} of them. Received: {w.size} weights. {_ADVICE}"
            )
        if not self._said:
            warnings.warn(
                f"Regularizer '{self.__name__}': a plain function is differentiated by central differences, weight by "
                f"weight. {_ADVICE}",
                UserWarning,
                stacklevel=2,
            )
            self._said = True
        return of_number(self, w)

    def __repr__(self) -> str:
        return f"<FunctionRegularizer {self.__name__}>"
