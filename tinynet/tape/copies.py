"""Arrays for a user's functions that are run without a tape: what is done in place makes a new array, as on one."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from tinynet._types import Array
from tinynet.variables import anew


@anew
class Unshared(np.ndarray[Any, Any]):
    """An array of which ``x += y`` makes a new one, as with a `Taped` and with tensors; its entries can be set.

    Examples
    --------
    >>> x = unshared(np.zeros(2))
    >>> before = x
    >>> x += 1
    >>> before.tolist(), x.tolist()
    ([0.0, 0.0], [1.0, 1.0])
    """

    __array_priority__ = -0.5

    def _refuse(self, *value: object) -> NoReturn:
        raise TypeError("a weight cannot be assigned to while `call` is run: assign between steps, by a Callback.")

    assign = assign_add = assign_sub = _refuse


def unshared(array: Any) -> Array:
    """Return a copy of an array, for a user's function."""
    return np.array(array).view(Unshared)
