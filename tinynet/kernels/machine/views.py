"""Parts of vectors, copies, and room for a moment: NumPy's in Python, in a kernel a few instructions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels.machine.jit import twin

Array = NDArray[Any]

_RAW = "tinynet.kernels.machine.raw_views"


@twin(_RAW)
def span(vector: Array, first: int, last: int) -> Array:
    """Return the numbers first…last of a vector, in the same memory."""
    return vector[first:last]


@twin(_RAW)
def copy(source: Array, source_at: int, out: Array, out_at: int, count: int) -> None:
    """out[out_at:…] = source[source_at:…] for `count` numbers; the two must not overlap."""
    out[out_at : out_at + count] = source[source_at : source_at + count]


@twin(_RAW)
def allocated(like: Array, count: int) -> Array:
    """Return room for `count` numbers, to be `released`."""
    return np.empty(count, like.dtype)


@twin(_RAW)
def released(array: Array) -> None:
    """Give back what was `allocated`."""
