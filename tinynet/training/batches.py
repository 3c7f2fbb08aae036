"""Data that come in batches on their way into a training loop: one batch is in memory at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from tinynet import data
from tinynet._types import Array
from tinynet.kernels.random import shuffle
from tinynet.kernels.samples import count
from tinynet.network import Network
from tinynet.training.feed import Chunk, Feed
from tinynet.training.loop import Rows
from tinynet.training.preparation import features_of, first_name, network_of, read, read_to_train
from tinynet.training.trainee import Trainee
from tinynet.training.with_targets import feed_of, target_shape


class Passes(Protocol):
    """What can be gone through, batch by batch, again and again."""

    features: data.Features
    length: int | None

    def one_pass(self, state: Array | None) -> Iterator[Rows]:
        """Yield the batches; in an order drawn from `state`, if there is one and the order can be chosen."""

    def tell(self, event: str) -> None:
        """Call ``on_epoch_begin`` or ``on_epoch_end`` of what gives the batches."""


class ArrayPasses:
    """Arrays, in batches of one size."""

    def __init__(self, feed: Feed, batch: int) -> None:
        self.feed, self.features, self.batch = feed, feed.features, min(batch, feed.n)
        self.length: int | None = -(-feed.n // self.batch)
        self._order = np.arange(feed.n)

    def one_pass(self, state: Array | None) -> Iterator[Rows]:
        """Yield the batches, of samples in a new order if there is a `state`."""
        if state is not None:
            shuffle(self._order, state)
        for first in range(0, self.feed.n, self.batch):
            yield self.feed.rows_at(self._order[first : first + self.batch])

    def tell(self, event: str) -> None:
        """Arrays listen to nothing."""


class ReadPasses:
    """A generator, a data set or a data loader, each of whose batches is checked as `train_on_batch` checks it.

    Parameters
    ----------
    model : Trainee
        The model that they are for.
    value : iterable or data set
        What gives the batches.
    argument : str
        What messages call it: ``"x"``.
    class_weight : dict, optional
        As in `fit`.
    seen : Seen, optional
        The names to hold tables against. Default: those that the model has seen and those of the first batch.
    network : Network, optional
        The parts, for batches like the first. Default: made from the first batch.
    targets : bool, default True
        Whether targets are needed.

    Attributes
    ----------
    features : Features
        The samples of the batch that was read last.
    y : ndarray
        The targets of the first batch, of which there are so many `columns`.
    batch : int
        How many samples it has.
    """

    def __init__(
        self,
        model: Trainee,
        value: Any,
        argument: str = "x",
        class_weight: Any = None,
        seen: data.Seen | None = None,
        network: Network | None = None,
        targets: bool = True,
    ) -> None:
        self.model, self.class_weight, self.targets = model, class_weight, targets
        self.source, self._prefix = data.Source(value), argument.removesuffix("x")
        self.length, self.tell = self.source.length, self.source.tell
        name = self._named(0)
        first = data.unpacked(self.source.peek(argument), name[:-2])
        if seen is None:
            given, self.seen = read_to_train(model, *first, name)
        else:
            given, self.seen = read(model, *first, name, seen), seen
        self.features, self.shape = features_of(model, given.x, f"{name}x")
        if network is None:
            network = network_of(model, self.shape, target_shape(given.y) if targets else None)
        self.network, self.columns = network, 0
        rows = self._checked(given, 0)
        self.y, self.columns, self.batch = rows.y, rows.y.shape[1], count(rows.samples)

    def _named(self, number: int) -> str:
        return f"{self._prefix}batch {number}: "

    def one_pass(self, state: Array | None) -> Iterator[Rows]:
        """Yield the batches, each read and checked."""
        for number, batch in enumerate(self.source.one_pass(state)):
            name = self._named(number)
            yield self._checked(read(self.model, *data.unpacked(batch, name[:-2]), name, self.seen), number)

    def _checked(self, given: data.Given, number: int) -> Rows:
        name, network = self._named(number), self.network
        self.features, shape = features_of(self.model, given.x, f"{name}x")
        if shape != network.sample_shape:
            data.check_features(self.features, network.sample_shape, first_name(self.model))
        if self.targets:
            feed = feed_of(self.features, network, given.y, given.sample_weight, self.class_weight, f"{name}y")
        else:
            feed = Feed(self.features, sparse=network.takes_sparse)
        if self.columns and feed.y.shape[1] != self.columns:
            raise ValueError(f"{name}y has {feed.y.shape[1]} columns, and that of the first batch has {self.columns}.")
        return feed.at_once


class BatchFeed:
    """Batches as the loops take them, so many of them an epoch; has what a `Feed` has.

    Parameters
    ----------
    passes : Passes
        What gives the batches.
    steps : int, optional
        How many batches an epoch has. The next epoch goes on where this one has ended, until a pass is over. Default:
        all of a pass.
    batch : int
        Samples of a batch, about.
    columns : int
        Columns of the targets.
    restarts : bool, default False
        Whether every epoch begins a new pass all the same, as every evaluation does.
    """

    samples = None
    form = "batches"
    n = None

    def __init__(self, passes: Passes, steps: int | None, batch: int, columns: int, restarts: bool = False) -> None:
        self.passes, self.steps, self.batch, self.columns, self.restarts = passes, steps, batch, columns, restarts
        self._pass: Iterator[Rows] | None = None
        self._next: Rows | None = None
        self._counted: int | None = None

    @property
    def features(self) -> data.Features:
        """The samples that were read last."""
        return self.passes.features

    def steps_of(self, batch: int) -> int | None:
        """Return how many batches an epoch has, if that is known: of a stream after its first pass."""
        return self.steps or self.passes.length or self._counted

    def ready(self, state: Array | None = None) -> bool:
        """Read the first batch of an epoch, if that is not done; returns whether there is one."""
        if self._next is None:
            self.passes.tell("on_epoch_begin")
            fresh = self._pass is None or self.steps is None or self.restarts
            if not fresh:
                assert self._pass is not None
                self._next = next(self._pass, None)
            if self._next is None:
                self._pass = self.passes.one_pass(state)
                self._next = next(self._pass, None)
            if self._next is None:
                warn_of_end()
        return self._next is not None

    def chunks(self, batch: int, order: Array | None = None, state: Array | None = None) -> Iterator[Chunk]:
        """Yield the batches of one epoch."""
        first = done = 0
        while self.ready(state) if done == 0 else self._another(done):
            rows, self._next = self._next, None
            assert rows is not None
            n = count(rows.samples)
            yield Chunk(first, rows, done, n)
            first, done = first + n, done + 1
        self._counted = done
        self.passes.tell("on_epoch_end")

    def _another(self, done: int) -> bool:
        """Read the next batch of an epoch of which some are done, if there is one."""
        if done == self.steps:
            return False
        assert self._pass is not None
        self._next = next(self._pass, None)
        if self._next is None and self.steps is not None:
            warn_of_end()
        return self._next is not None


def warn_of_end() -> None:
    """Warn, as Keras does, that there are fewer batches than were to come."""
    warnings.warn(
        "Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate at "
        "least `steps_per_epoch * epochs` batches.",
        UserWarning,
        stacklevel=2,
    )


def refuse_beside_batches(x: Any, **others: Any) -> None:
    """Raise a ValueError for targets or weights beside what gives batches, which must hold them."""
    for name, value in others.items():
        if value is not None:
            what = {"y": "the targets", "sample_weight": "the sample weights"}[name]
            raise ValueError(
                f"When providing `x` as a {type(x).__name__}, which gives batches, `{name}` should not be passed. "
                f"Instead, {what} should be included in the batches: (x, y) or (x, y, sample_weight)."
            )
