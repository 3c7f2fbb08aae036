"""Which numbers of a trace's arrays a film keeps: all where there are few, else some rows and columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinynet._types import Array
from tinynet.learn.tracing import Trace

#: So many numbers a film keeps, all frames together: 2.4 MB as float32, 3.2 MB in the page.
_NUMBERS = 600_000
_SIDES = (128, 64, 48, 32, 24, 16, 12, 8, 6, 4)
#: Of the batch, and of arrays other than weights and their gradients, fewer are enough.
_FEW = 8


class Kept(NamedTuple):
    """The rows and columns that are kept of an array of this shape."""

    shape: tuple[int, ...]
    rows: Array
    columns: Array


class Excerpt:
    """What is kept of each array, the same for all frames.

    Attributes
    ----------
    kept : dict
        Rows and columns of each array, by its name.
    """

    def __init__(self, trace: Trace, frames: int) -> None:
        names = [*trace.given, *trace.names]
        weights = set(trace.array_names.parameters.values())
        weights |= {f"d{name}" for name in weights}
        for side in _SIDES:
            self.kept = {name: _kept(trace[name], side if name in weights else min(side, _FEW)) for name in names}
            if frames * sum(len(k.rows) * len(k.columns) for k in self.kept.values()) <= _NUMBERS:
                break

    def of(self, trace: Trace) -> dict[str, Array]:
        """Return the numbers that are kept."""
        return {
            name: np.atleast_2d(trace[name])[np.ix_(k.rows, k.columns)].astype(np.float32)
            for name, k in self.kept.items()
        }


def _kept(array: Array, side: int) -> Kept:
    rows, columns = np.atleast_2d(array).shape
    return Kept(array.shape, *(np.unique(np.linspace(0, n - 1, min(n, side)).astype(int)) for n in (rows, columns)))
