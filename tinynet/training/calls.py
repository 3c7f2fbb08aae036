"""What evaluations and predictions begin with, and fits in part: callbacks, the plan, a data set in parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from tinynet.kernels.samples import count
from tinynet.network import Network
from tinynet.plan import Plan, choose, cores
from tinynet.training.feed import Feed
from tinynet.training.loop import Rows
from tinynet.training.pace import Pace
from tinynet.training.progress import check_verbose
from tinynet.training.trainee import Trainee

if TYPE_CHECKING:
    from tinynet.callbacks import CallbackList
    from tinynet.training.batches import BatchFeed


def checked_listeners(verbose: int | str, callbacks: Any) -> CallbackList | None:
    """Return the callbacks, if any; raise for anything that is no callback, and for a `verbose` without a meaning."""
    check_verbose(verbose)
    if callbacks is None or (isinstance(callbacks, list) and not callbacks):
        return None
    from tinynet.callbacks import CallbackList

    return CallbackList(callbacks)


def plan_of(model: Trainee, network: Network, batch_size: int, feed: Feed | BatchFeed) -> Plan:
    """Return the plan for a call, as the model was compiled."""
    batch = feed.batch if feed.n is None else min(batch_size, feed.n)
    return planned(network, batch, model.loop_options[0], feed.form)


def planned(network: Network, batch: int, compiled: bool, form: str = "resident") -> Plan:
    """Return the plan for batches of a size, on the cores that may be used."""
    return choose(network, batch, compiled=compiled, form=form, usable=cores())


class Part(NamedTuple):
    """What one call into a loop takes: the samples first…last of some rows, so many a `batch`.

    `begun` and `done` are the batches of the whole before and after it, `at` is the place of its first sample.
    """

    rows: Rows
    first: int
    last: int
    batch: int
    begun: int
    done: int
    at: int


def parts(feed: Feed | BatchFeed, batch_size: int, pace: Pace, singly: bool) -> Iterator[Part]:
    """Yield what each call into a loop takes: as many batches as the pace allows, or one `singly`."""
    for chunk in feed.chunks(batch_size):
        first, n = 0, count(chunk.rows.samples)
        while first < n:
            last = min(first + (1 if singly else pace.batches()) * chunk.batch, n)
            begun, done = (chunk.batches + -(-place // chunk.batch) for place in (first, last))
            yield Part(chunk.rows, first, last, chunk.batch, begun, done, chunk.first + first)
            first = last


def introduce(listeners: CallbackList | None, model: Trainee, verbose: int | str, steps: int | None) -> None:
    """Tell the callbacks of an evaluation or a prediction, if there are any, what they are about to hear of."""
    if listeners is not None:
        listeners.set_params({"verbose": verbose, "epochs": 1, "steps": steps})
        listeners.set_model(model)
