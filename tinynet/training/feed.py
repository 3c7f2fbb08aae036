"""A data set on its way into a training loop: whole where it may be, else in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinynet import data

Array = NDArray[Any]


class Chunk(NamedTuple):
    """Samples in the form that the loops take, `first` being the place of the first one in the data set's order."""

    first: int
    x: Array
    y: Array
    weights: Array


class Feed:
    """Features, targets (rows, columns) and sample weights (rows, or none) of one call.

    Attributes
    ----------
    resident : bool
        Whether the whole is one chunk.
    """

    def __init__(self, features: data.Features, y: Array | None, weights: Array | None) -> None:
        self.features, self.n = features, features.n
        self.y = np.empty((0, 1), features.dtype) if y is None else y
        self.weights = np.empty(0, features.dtype) if weights is None else weights
        self.resident = features.resident is not None
        self._repeat = len(self.y) // self.n

    def chunks(self, batch: int, order: Array | None = None) -> Iterator[Chunk]:
        """Yield the data in chunks of whole batches, in `order` (default: as they stand)."""
        if self.features.resident is not None and order is None:
            yield Chunk(0, self.features.resident, self.y, self.weights)
            return
        size = max(1, self.features.rows_per_chunk // batch) * batch
        for first in range(0, self.n, size):
            last = min(first + size, self.n)
            rows: Any = slice(first, last) if order is None else order[first:last]
            targets = self._target_rows(rows)
            weights = self.weights[targets] if self.weights.size else self.weights
            yield Chunk(first, self.features.take(rows), self.y[targets] if self.y.size else self.y, weights)

    def _target_rows(self, rows: Any) -> Any:
        if isinstance(rows, slice):
            return slice(rows.start * self._repeat, rows.stop * self._repeat)
        if self._repeat == 1:
            return rows
        return (rows[:, None] * self._repeat + np.arange(self._repeat)).reshape(-1)
