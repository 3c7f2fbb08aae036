"""`evaluate`: a data set through a loop, batch by batch, with callbacks and progress."""

from __future__ import annotations

from time import perf_counter

from tinynet._types import Array
from tinynet.callbacks import CallbackList
from tinynet.network import Network
from tinynet.plan import Plan
from tinynet.training.batches import BatchFeed
from tinynet.training.calls import introduce, parts
from tinynet.training.choice import make_loop
from tinynet.training.feed import Feed
from tinynet.training.loop import Loop
from tinynet.training.pace import Pace, batch_seconds
from tinynet.training.progress import Progress
from tinynet.training.threads import with_blas_threads
from tinynet.training.totals import Logs, in_order, logs_of, new_totals, tell_metrics
from tinynet.training.trainee import Trainee


def evaluate_feed(
    loop: Loop,
    network: Network,
    feed: Feed | BatchFeed,
    batch_size: int,
    pace: Pace,
    callbacks: CallbackList | None = None,
    progress: Progress | None = None,
) -> Array:
    """Return the totals over a data set."""
    batch_size = batch_size if feed.n is None else min(batch_size, feed.n)
    totals: Array = new_totals(network)[0]
    hears = callbacks is not None and callbacks.hears_test_batches
    if callbacks is not None and callbacks.hears_tests:
        callbacks.on_test_begin()
    for part in parts(feed, batch_size, pace, hears):
        if hears and callbacks is not None:
            callbacks.on_test_batch_begin(part.begun)
        begun = perf_counter()
        loop.evaluate(part.rows, part.batch, totals, part.first, part.last)
        pace.measured(part.done - part.begun, perf_counter() - begun)
        if hears and callbacks is not None:
            tell_metrics(network, totals)
            callbacks.on_test_batch_end(part.begun, logs_of(network, totals))
        if progress is not None:
            progress.batches(part.done, lambda: in_order(logs_of(network, totals)))
    tell_metrics(network, totals)
    if callbacks is not None and callbacks.hears_tests:
        callbacks.on_test_end(logs_of(network, totals))
    return totals


def evaluate(
    model: Trainee,
    network: Network,
    plan: Plan,
    feed: Feed | BatchFeed,
    batch_size: int,
    verbose: int | str,
    listeners: CallbackList | None,
) -> Logs:
    """Return loss and metrics of a data set, showing progress."""
    begun = perf_counter()
    steps = feed.steps_of(batch_size)
    introduce(listeners, model, verbose, steps)
    with Progress(verbose, epochs=1, steps=steps) as progress:
        progress.epoch_begin(0)
        loop = make_loop(network, plan, feed.columns)
        pace = Pace(batch_seconds(network, plan, batch_size))
        given = loop, network, feed, batch_size, pace, listeners, progress
        logs = logs_of(network, with_blas_threads(plan.blas_threads, evaluate_feed, *given))
        progress.epoch_end(0, in_order(logs), perf_counter() - begun, feed.steps_of(batch_size) or 1)
    return logs
