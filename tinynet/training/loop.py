"""What the two training loops have in common: what they are given, and what they are asked to do."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from tinynet._types import Array
from tinynet.kernels.samples import Csr


class Rows(NamedTuple):
    """Samples with their targets (rows, columns) and weights (rows, or none)."""

    samples: Array | Csr
    y: Array
    weights: Array


def target_rows(samples: Any, repeat: int) -> Any:
    """Return the rows of the targets that belong to samples, given as a slice or by their numbers."""
    if isinstance(samples, slice):
        return slice(samples.start * repeat, samples.stop * repeat)
    return samples if repeat == 1 else (samples[:, None] * repeat + np.arange(repeat)).reshape(-1)


class Course(NamedTuple):
    """A training's way through its samples, and what it has come to.

    Attributes
    ----------
    order : ndarray
        The samples' numbers in the order in which they come.
    state : ndarray or None
        Of the generator that shuffles the order at each epoch's beginning; None keeps it.
    batch : int
        Samples per batch.
    totals : ndarray
        A row per epoch: rows, Σ loss, Σ weights, the sums of each metric.
    cursor : ndarray
        Epoch and sample that come next.
    """

    order: Array
    state: Array | None
    batch: int
    totals: Array
    cursor: Array


class Point(NamedTuple):
    """Where a run of `fit` is, beside what the model and its optimizer hold: for one that goes on from there.

    Attributes
    ----------
    epoch, batch : int
        How many epochs are done, and how many batches of the next one.
    order, totals : ndarray
        That epoch's: see `Course`.
    variables : list of ndarray
        What metrics in Python have collected in it.
    began : int, optional
        The state that shuffling began the epoch with, where the batches have to be asked for again.
    """

    epoch: int
    batch: int
    order: Array
    totals: Array
    variables: list[Array]
    began: int | None = None


def cursor_at(done: int, samples: int) -> tuple[int, int]:
    """Return the cursor of an epoch of which so many samples are done.

    Examples
    --------
    >>> cursor_at(-4, 10), cursor_at(4, 10), cursor_at(12, 10)
    ((0, 0), (0, 4), (1, 0))
    """
    return (1, 0) if done >= samples else (0, max(0, done))


class Tests(NamedTuple):
    """What is evaluated after every epoch, so many samples at a time, and a row of totals per epoch for the results."""

    rows: Rows
    batch: int
    totals: Array


class Loop(Protocol):
    """Trains, evaluates and predicts: the layer loop over objects, the compiled loop over tables."""

    def train(self, rows: Rows, course: Course, budget: int, tests: Tests | None = None) -> None:
        """Train for at most `budget` batches from where the course's cursor is."""

    def evaluate(self, rows: Rows, batch: int, totals: Array, first: int, last: int) -> None:
        """Add loss and metrics of the samples first…last to `totals`."""

    def predict(self, samples: Array | Csr, first: int, last: int, batch: int, out: Array) -> None:
        """Write the outputs for the samples first…last to `out`, (samples, outputs)."""
