"""A data set on its way into a training loop: whole where it may be, else in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from tinynet import data
from tinynet._types import Array
from tinynet.kernels.samples import Csr
from tinynet.training.loop import Rows, target_rows


class Chunk(NamedTuple):
    """Part of a data set; `first` is the place of its first sample in the data set's order."""

    first: int
    rows: Rows


class Feed:
    """Features, targets (rows, columns) and sample weights (rows, or none) of one call.

    Parameters
    ----------
    features : Features
        The samples.
    y, weights : ndarray, optional
        Their targets and weights, checked.
    sparse : bool, default False
        Whether the network can take samples in CSR form, and shall if they are mostly zeros.

    Attributes
    ----------
    samples : ndarray, Csr or None
        All samples, where they may stand in memory as a whole.
    """

    def __init__(
        self, features: data.Features, y: Array | None = None, weights: Array | None = None, sparse: bool = False
    ) -> None:
        self.features, self.n = features, features.n
        self.y = np.empty((0, 1), features.dtype) if y is None else y
        self.weights = np.empty(0, features.dtype) if weights is None else weights
        self.samples: Array | Csr | None = data.compressed(features) if sparse else None
        if self.samples is None:
            self.samples = features.resident
        self._repeat = len(self.y) // self.n

    @cached_property
    def rows(self) -> Rows:
        """All of the data, where they may be in memory as a whole."""
        assert self.samples is not None
        return Rows(self.samples, self.y, self.weights)

    @property
    def form(self) -> str:
        """How the samples are handed over, for the plan."""
        return "chunks" if self.samples is None else "sparse" if isinstance(self.samples, Csr) else "resident"

    def chunks(self, batch: int, order: Array | None = None) -> Iterator[Chunk]:
        """Yield the data in chunks of whole batches, in `order` (default: as they stand)."""
        if self.samples is not None and order is None:
            yield Chunk(0, self.rows)
            return
        size = max(1, self.features.rows_per_chunk // batch) * batch
        for first in range(0, self.n, size):
            last = min(first + size, self.n)
            rows: Any = slice(first, last) if order is None else order[first:last]
            targets = target_rows(rows, self._repeat)
            weights = self.weights[targets] if self.weights.size else self.weights
            y = self.y[targets] if self.y.size else self.y
            yield Chunk(first, Rows(self.features.take(rows), y, weights))
