"""Data that come in batches on their way into a training loop: one batch is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from tinynet import data
from tinynet._types import Array
from tinynet.kernels.samples import count
from tinynet.network import Network
from tinynet.training.epochs import Epochs, InOrder, Passes
from tinynet.training.feed import Chunk, Feed
from tinynet.training.loop import Rows
from tinynet.training.preparation import features_of, first_name, network_of, read, read_to_train
from tinynet.training.trainee import Trainee
from tinynet.training.with_targets import feed_of, target_shape


class ArrayPasses(InOrder):
    """Arrays, in batches of one size."""

    def __init__(self, feed: Feed, size: int) -> None:
        super().__init__(feed.n, min(size, feed.n))
        self.feed, self.features = feed, feed.features

    def batch(self, samples: Array) -> Rows:
        """Return the rows of some samples."""
        return self.feed.rows_at(samples)


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


class FeedPasses(Passes, Protocol):
    """Passes whose batches are rows for a loop."""

    features: data.Features


class BatchFeed(Epochs):
    """Batches as the loops take them, so many of them an epoch; has what a `Feed` has.

    Parameters
    ----------
    passes : FeedPasses
        What gives the batches.
    steps : int, optional
        As of `Epochs`.
    batch : int
        Samples of a batch, about.
    columns : int
        Columns of the targets.
    restarts : bool, default False
        As of `Epochs`.
    """

    samples = None
    form = "batches"
    n = None

    def __init__(self, passes: FeedPasses, steps: int | None, batch: int, columns: int, restarts: bool = False) -> None:
        super().__init__(passes, steps, restarts)
        self._rows, self.batch, self.columns = passes, batch, columns

    @property
    def features(self) -> data.Features:
        """The samples that were read last."""
        return self._rows.features

    def steps_of(self, batch: int) -> int | None:
        """Return how many batches an epoch has, if that is known."""
        return self.known_steps

    def chunks(self, batch: int, order: Array | None = None, state: Array | None = None) -> Iterator[Chunk]:
        """Yield the batches of one epoch."""
        first = 0
        for done, rows in enumerate(self.batches(state)):
            n = count(rows.samples)
            yield Chunk(first, rows, done, n)
            first += n


def refuse_beside_batches(x: Any, **others: Any) -> None:
    """Raise a ValueError for targets or weights beside what gives batches, which must hold them."""
    for name, value in others.items():
        if value is not None:
            what = {"y": "the targets", "sample_weight": "the sample weights"}[name]
            raise ValueError(
                f"When providing `x` as a {type(x).__name__}, which gives batches, `{name}` should not be passed. "
                f"Instead, {what} should be included in the batches: (x, y) or (x, y, sample_weight)."
            )
