"""Arrays for a user's functions that are run without a tape: what is done in place makes a new array, as on one."""

from __future__ import annotations

import operator
from typing import Any, NoReturn

import numpy as np

from tinynet._types import Array


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


def _made_anew(name: str) -> Any:
    function = getattr(operator, name)

    def compute(self: Any, other: Any) -> Any:
        return function(self, other)

    compute.__name__ = compute.__qualname__ = f"__i{name.strip('_')}__"
    return compute


for _name in ("add", "floordiv", "matmul", "mod", "mul", "pow", "sub", "truediv"):
    setattr(Unshared, f"__i{_name}__", _made_anew(f"__{_name}__"))


def unshared(array: Any) -> Array:
    """Return a copy of an array, for a user's function."""
    return np.array(array).view(Unshared)
