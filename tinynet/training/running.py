"""`evaluate` and `predict`: a data set through a loop, batch by batch, with callbacks and progress."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import numpy as np

from tinynet._types import Array
from tinynet.callbacks import CallbackList
from tinynet.kernels.samples import count
from tinynet.network import Network
from tinynet.plan import Plan
from tinynet.training.choice import make_loop
from tinynet.training.feed import Chunk, Feed
from tinynet.training.loop import Loop
from tinynet.training.pace import Pace, batch_seconds
from tinynet.training.progress import Progress
from tinynet.training.threads import with_blas_threads
from tinynet.training.totals import Logs, in_order, logs_of, new_totals, tell_metrics
from tinynet.training.trainee import Trainee


def parts(feed: Feed, batch_size: int, pace: Pace, singly: bool) -> Iterator[tuple[Chunk, int, int]]:
    """Yield what each call into a loop takes, samples first…last of a chunk: at the pace, or a batch `singly`."""
    for chunk in feed.chunks(batch_size):
        first, n = 0, count(chunk.rows.samples)
        while first < n:
            last = min(first + (1 if singly else pace.batches()) * batch_size, n)
            yield chunk, first, last
            first = last


def introduce(listeners: CallbackList | None, model: Trainee, verbose: int | str, steps: int) -> None:
    """Tell the callbacks of an evaluation or a prediction, if there are any, what they are about to hear of."""
    if listeners is not None:
        listeners.set_params({"verbose": verbose, "epochs": 1, "steps": steps})
        listeners.set_model(model)


def evaluate_feed(
    loop: Loop,
    network: Network,
    feed: Feed,
    batch_size: int,
    pace: Pace,
    callbacks: CallbackList | None = None,
    progress: Progress | None = None,
) -> Array:
    """Return the totals over a data set."""
    batch_size = min(batch_size, feed.n)
    totals: Array = new_totals(network)[0]
    hears = callbacks is not None and callbacks.hears_test_batches
    if callbacks is not None and callbacks.hears_tests:
        callbacks.on_test_begin()
    for chunk, first, last in parts(feed, batch_size, pace, hears):
        batch = (chunk.first + first) // batch_size
        if hears and callbacks is not None:
            callbacks.on_test_batch_begin(batch)
        begun = perf_counter()
        loop.evaluate(chunk.rows, batch_size, totals, first, last)
        pace.measured(-(-(last - first) // batch_size), perf_counter() - begun)
        if hears and callbacks is not None:
            tell_metrics(network, totals)
            callbacks.on_test_batch_end(batch, logs_of(network, totals))
        if progress is not None:
            progress.batches(-(-(chunk.first + last) // batch_size), lambda: in_order(logs_of(network, totals)))
    tell_metrics(network, totals)
    if callbacks is not None and callbacks.hears_tests:
        callbacks.on_test_end(logs_of(network, totals))
    return totals


def evaluate(
    model: Trainee,
    network: Network,
    plan: Plan,
    feed: Feed,
    batch_size: int,
    verbose: int | str,
    listeners: CallbackList | None,
) -> Logs:
    """Return loss and metrics of a data set, showing progress."""
    begun = perf_counter()
    steps = -(-feed.n // batch_size)
    introduce(listeners, model, verbose, steps)
    with Progress(verbose, epochs=1, steps=steps) as progress:
        progress.epoch_begin(0)
        loop = make_loop(network, plan, feed.y.shape[1])
        pace = Pace(batch_seconds(network, plan, batch_size))
        given = loop, network, feed, batch_size, pace, listeners, progress
        logs = logs_of(network, with_blas_threads(plan.blas_threads, evaluate_feed, *given))
        progress.epoch_end(0, in_order(logs), perf_counter() - begun, steps)
    return logs


def predict(
    model: Trainee,
    network: Network,
    plan: Plan,
    feed: Feed,
    batch_size: int,
    verbose: int | str,
    listeners: CallbackList | None,
) -> Array:
    """Return the outputs for a data set, (samples, …), showing progress."""
    begun = perf_counter()
    steps = -(-feed.n // batch_size)
    introduce(listeners, model, verbose, steps)
    hears = listeners is not None and listeners.hears_predict_batches
    out = np.empty((feed.n, int(np.prod(network.output_shape))), network.dtype)
    loop = make_loop(network, plan)
    pace = Pace(batch_seconds(network, plan, batch_size))
    if listeners is not None:
        listeners.on_predict_begin()
    with Progress(verbose, epochs=1, steps=steps) as progress:
        progress.epoch_begin(0)

        def all_parts() -> None:
            for chunk, first, last in parts(feed, batch_size, pace, hears):
                batch = (chunk.first + first) // batch_size
                if hears and listeners is not None:
                    listeners.on_predict_batch_begin(batch)
                called = perf_counter()
                written = out[chunk.first + first : chunk.first + last]
                loop.predict(chunk.rows.samples, first, last, batch_size, written)
                pace.measured(-(-(last - first) // batch_size), perf_counter() - called)
                if hears and listeners is not None:
                    listeners.on_predict_batch_end(batch, {"outputs": written.reshape(-1, *network.output_shape)})
                progress.batches(-(-(chunk.first + last) // batch_size), None)

        with_blas_threads(plan.blas_threads, all_parts)
        progress.epoch_end(0, {}, perf_counter() - begun, steps)
    if listeners is not None:
        listeners.on_predict_end()
    return out.reshape((feed.n, *network.output_shape))
