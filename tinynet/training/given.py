"""The data of one call, read and checked, with the parts that they are for: arrays, or what gives batches."""

from __future__ import annotations

from typing import Any, NamedTuple

from tinynet import data
from tinynet._types import Array
from tinynet.network import Network
from tinynet.training.batches import ArrayPasses, BatchFeed, ReadPasses
from tinynet.training.preparation import features_of, network_of
from tinynet.training.trainee import Trainee
from tinynet.training.with_targets import feed_of, target_shape


class Given(NamedTuple):
    """What is needed to run a call: `y` are the targets, or those of the first batch."""

    network: Network
    feed: Any
    shape: tuple[int, ...]
    seen: data.Seen
    y: Array


def given_arrays(model: Trainee, x: Any, y: Any, sample_weight: Any, class_weight: Any, seen: data.Seen) -> Given:
    """Return what was read of arrays, checked."""
    features, shape = features_of(model, x)
    network = network_of(model, shape, target_shape(y))
    feed = feed_of(features, network, y, sample_weight, class_weight)
    return Given(network, feed, shape, seen, feed.y)


def given_batches(
    model: Trainee,
    x: Any,
    steps: int | None,
    class_weight: Any = None,
    seen: data.Seen | None = None,
    targets: bool = True,
) -> Given:
    """Return what gives batches, of which the first is checked; the others are when they come."""
    passes = ReadPasses(model, x, "x", class_weight, seen, targets=targets)
    feed = BatchFeed(passes, steps, passes.batch, passes.columns)
    return Given(passes.network, feed, passes.shape, passes.seen, passes.y)


def in_steps(feed: Any, steps: int | None, batch_size: int, restarts: bool = False) -> Any:
    """Return a feed of which an epoch is so many batches, if it is not to be gone through as a whole."""
    if steps is None or isinstance(feed, BatchFeed):
        return feed
    passes = ArrayPasses(feed, batch_size)
    return BatchFeed(passes, steps, passes.size, feed.columns, restarts)
