"""The slopes of a penalty that a user computes in plain Python: by a tape, or by central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import tape
from tinynet._types import Array
from tinynet.differences import of_number

#: Of how many weights the penalty is differentiated by differences, two evaluations each.
MOST = 20_000
_ADVICE = (
    "Subclass tinynet.regularizers.Regularizer and give it `formulas`, or `__call__` and `gradient`, to train at full "
    "speed."
)


def gradient(
    whose: str, function: Callable[[Any], Any], following: tape.Following, penalty: Callable[[Array], float], w: Array
) -> Array:
    """Return the derivative of a penalty with respect to each weight.

    Parameters
    ----------
    whose : str
        What messages call it.
    function : callable
        What the user wrote, which a tape follows if it can.
    following : Following
        What is known of it.
    penalty : callable
        The same, whose answer is looked at: what differences are taken of.
    w : array
        The weights.
    """
    given = tape.Taped(w)
    if (followed := following.run(function, given)) is not None and followed.size == 1:
        return tape.gradients(followed, np.ones(followed.shape, w.dtype), [given])[0]
    if w.size > MOST:
        raise ValueError(
            f"{whose} is differentiated weight by weight, for at most {MOST} of them. Received: {w.size} weights. "
            f"{_ADVICE}"
        )
    following.say_differences(f"{whose} is differentiated by central differences, weight by weight. {_ADVICE}")
    return of_number(penalty, w)
