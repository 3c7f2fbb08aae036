"""A plain function as an activation, as Keras takes one: ``Dense(8, activation=lambda z: np.maximum(z, 0))``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import answers, tape
from tinynet._types import Array
from tinynet.activations.base import ActivationFunction
from tinynet.differences import Differences

_ADVICE = "To train at full speed subclass tinynet.activations.ActivationFunction and give it `formulas`."


class FunctionActivation(ActivationFunction):
    """A function of the weighted sums, (rows, columns), that returns the activations.

    What NumPy's functions compute in it is differentiated by a tape (`tinynet.tape`). Where it does something else, its
    derivative is computed by central differences in float64, for as many numbers at once as the function computes each
    by itself. It runs in the layer loop.

    Parameters
    ----------
    function : callable
        ``function(z)``, with a NumPy array.

    Examples
    --------
    >>> import numpy as np
    >>> FunctionActivation(np.square)([3.0])
    array([9.], dtype=float32)
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        name = getattr(function, "__name__", "")
        self.name = self.__name__ = name if name.isidentifier() else "function"
        self.function = function
        self._differences, self._following = Differences(), tape.Following()

    def _computed(self, z: Array) -> Array:
        """Return what the function makes of a copy, which it may write to."""
        whose = f"Activation '{self.name}'"
        return answers.array(whose, "function", answers.asked(whose, self.function, tape.unshared(z)), z.shape, z.dtype)

    def forward(self, z: Array) -> Any:
        """Return the activations."""
        return self._computed(z)

    def backward(self, z: Array, a: Array, da: Array) -> Any:  # type: ignore[override]
        """Return the gradient of z, back along what the function did, or by central differences."""
        given = tape.Taped(z)
        if (followed := self._following.run(self.function, given, z.shape)) is not None:
            if not np.allclose(followed.value, a, rtol=1e-4, atol=1e-6, equal_nan=True):
                raise ValueError(
                    f"Activation '{self.name}' cannot be trained through: what the function makes of the same numbers "
                    f"depends on chance. Use a layer: Lambda(function). {_ADVICE}"
                )
            return tape.gradients(followed, da, [given])[0]
        self._following.say_differences(
            f"Activation '{self.name}': a plain function is differentiated by central differences, which takes longer "
            f"than a formula. {_ADVICE}"
        )
        found = self._differences.gradient(self._computed, z, da)
        if found is None:
            raise ValueError(
                f"Activation '{self.name}' cannot be trained through: what the function makes of a sample depends on "
                f"other samples of the batch, or on chance. {_ADVICE}"
            )
        return found
