"""A data set on its way into a training loop: whole where it may be, else in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from tinynet import data
from tinynet._types import Array
from tinynet.kernels.random import shuffle
from tinynet.kernels.samples import Csr
from tinynet.training.loop import Rows, target_rows


class Chunk(NamedTuple):
    """Part of a data set: whole batches.

    Attributes
    ----------
    first : int
        The place of its first sample in the data set's order.
    rows : Rows
        The samples, with their targets and weights.
    batches : int
        How many batches come before.
    batch : int
        Samples per batch.
    """

    first: int
    rows: Rows
    batches: int
    batch: int


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

    @property
    def columns(self) -> int:
        """Columns of the targets."""
        return int(self.y.shape[1])

    @property
    def at_once(self) -> Rows:
        """All of the data, for one batch: also where they may not stay in memory."""
        return self.rows if self.samples is not None else self.rows_at(slice(0, self.n))

    def steps_of(self, batch: int) -> int:
        """Return how many batches an epoch has."""
        return -(-self.n // min(batch, self.n))

    def ready(self, state: Array | None = None) -> bool:
        """Return whether there are data for another epoch: an array has no end."""
        return True

    def chunks(self, batch: int, order: Array | None = None, state: Array | None = None) -> Iterator[Chunk]:
        """Yield the data in chunks of whole batches, in `order` (default: as they stand), which a `state` shuffles."""
        if self.samples is not None and order is None:
            yield Chunk(0, self.rows, 0, batch)
            return
        if order is not None and state is not None:
            shuffle(order, state)
        size = max(1, self.features.rows_per_chunk // batch) * batch
        for first in range(0, self.n, size):
            last = min(first + size, self.n)
            rows = self.rows_at(slice(first, last) if order is None else order[first:last])
            yield Chunk(first, rows, first // batch, batch)

    def rows_at(self, places: Any) -> Rows:
        """Return some of the data, by a slice or by their numbers."""
        targets = target_rows(places, self._repeat)
        weights = self.weights[targets] if self.weights.size else self.weights
        return Rows(self.features.take(places), self.y[targets] if self.y.size else self.y, weights)
