"""`evaluate` and `predict`: a data set through a loop, batch by batch, with callbacks and progress."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import NamedTuple

import numpy as np

from tinynet._types import Array
from tinynet.callbacks import CallbackList
from tinynet.kernels.samples import count
from tinynet.network import Network
from tinynet.plan import Plan
from tinynet.training.batches import BatchFeed
from tinynet.training.choice import make_loop
from tinynet.training.feed import Feed
from tinynet.training.loop import Loop, Rows
from tinynet.training.pace import Pace, batch_seconds
from tinynet.training.progress import Progress
from tinynet.training.threads import with_blas_threads
from tinynet.training.totals import Logs, in_order, logs_of, new_totals, tell_metrics
from tinynet.training.trainee import Trainee


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


def predict(
    model: Trainee,
    network: Network,
    plan: Plan,
    feed: Feed | BatchFeed,
    batch_size: int,
    verbose: int | str,
    listeners: CallbackList | None,
) -> Array:
    """Return the outputs for a data set, (samples, …), showing progress."""
    begun = perf_counter()
    steps = feed.steps_of(batch_size)
    introduce(listeners, model, verbose, steps)
    hears = listeners is not None and listeners.hears_predict_batches
    outputs = int(np.prod(network.output_shape))
    out = np.empty((feed.n or 0, outputs), network.dtype)
    of_batches: list[Array] = []
    loop = make_loop(network, plan)
    pace = Pace(batch_seconds(network, plan, batch_size))
    if listeners is not None:
        listeners.on_predict_begin()
    with Progress(verbose, epochs=1, steps=steps) as progress:
        progress.epoch_begin(0)

        def all_parts() -> None:
            for part in parts(feed, batch_size, pace, hears):
                if hears and listeners is not None:
                    listeners.on_predict_batch_begin(part.begun)
                called, n = perf_counter(), part.last - part.first
                if feed.n is None:
                    of_batches.append(np.empty((n, outputs), network.dtype))
                written = out[part.at : part.at + n] if feed.n is not None else of_batches[-1]
                loop.predict(part.rows.samples, part.first, part.last, part.batch, written)
                pace.measured(part.done - part.begun, perf_counter() - called)
                if hears and listeners is not None:
                    listeners.on_predict_batch_end(part.begun, {"outputs": written.reshape(-1, *network.output_shape)})
                progress.batches(part.done, None)

        with_blas_threads(plan.blas_threads, all_parts)
        progress.epoch_end(0, {}, perf_counter() - begun, feed.steps_of(batch_size) or 1)
    if listeners is not None:
        listeners.on_predict_end()
    return (np.concatenate(of_batches) if of_batches else out).reshape((-1, *network.output_shape))
