"""`predict` and a model that is called: from a user's call to the outputs.

A process that only predicts imports this, and nothing of what trains.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from tinynet import data
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.graph import in_a_row, looking_up
from tinynet.network import Network
from tinynet.plan import Plan
from tinynet.training.calls import checked_listeners, introduce, parts, plan_of
from tinynet.training.choice import layer_loop, make_loop
from tinynet.training.feed import Feed
from tinynet.training.pace import Pace, batch_seconds
from tinynet.training.preparation import build, features_of, network_of, read
from tinynet.training.progress import Progress
from tinynet.training.schedule import check_steps
from tinynet.training.threads import with_blas_threads
from tinynet.training.trainee import Trainee

if TYPE_CHECKING:
    from tinynet.callbacks import CallbackList
    from tinynet.training.batches import BatchFeed
    from tinynet.training.predictor import Predictor


T = TypeVar("T")


class Prediction(NamedTuple):
    """What a model predicts, and what predicts a few samples more without preparing anything, if there is such."""

    outputs: Array
    predictor: Predictor | None = None


def predict(
    model: Trainee, x: Any, batch_size: Any, verbose: int | str, callbacks: Any, steps: Any = None
) -> Prediction:
    """Check, prepare and run `Sequential.predict`."""
    listeners = checked_listeners(verbose, callbacks)
    batch_size, steps = data.check_batch_size(batch_size), check_steps("predict", "steps", steps)
    if not data.gives_batches(x):
        return _of_samples(model, read(model, x).x, batch_size, verbose, listeners, steps)
    from tinynet.training.given import given_batches

    given = given_batches(model, x, steps, seen=model.seen, targets=False)
    build(model, given.shape)
    return _of_feed(model, given.network, given.feed, None, batch_size, verbose, listeners)


def _of_samples(
    model: Trainee,
    x: Any,
    batch_size: int,
    verbose: int | str,
    listeners: CallbackList | None,
    steps: int | None,
) -> Prediction:
    """Predict for samples that were read and prepared."""
    features, shape = features_of(model, x)
    feed: Feed | BatchFeed
    network, feed, out = _built(model, _with_room, model, features, shape)
    if steps is not None:
        from tinynet.training.given import in_steps

        feed = in_steps(feed, steps, batch_size)
    return _of_feed(model, network, feed, out, batch_size, verbose, listeners)


def _of_feed(
    model: Trainee,
    network: Network,
    feed: Feed | BatchFeed,
    out: Array | None,
    batch_size: int,
    verbose: int | str,
    listeners: CallbackList | None,
) -> Prediction:
    plan = plan_of(model, network, batch_size, feed)
    is_quick = plan.loop == "compiled" and plan.input == "resident" and not looking_up(in_a_row(network.layers))
    predictor = None
    if is_quick:
        from tinynet.training.predictor import Predictor

        predictor = Predictor(network)
    return Prediction(_run(model, network, plan, feed, out, batch_size, verbose, listeners), predictor)


def _built(model: Trainee, act: Callable[..., T], *arguments: Any) -> T:
    """Return what is computed by a function that builds the model; if it was not built and it raises, it is not."""
    return act(*arguments) if model.built else model.all_or_nothing([], act, *arguments)


def _with_room(model: Trainee, features: Any, shape: tuple[int, ...]) -> tuple[Network, Feed, Array]:
    """Build the model; return its parts, the samples as it takes them and room for all of the outputs."""
    build(model, shape)
    network = network_of(model, shape)
    feed = Feed(features, sparse=network.takes_sparse)
    return network, feed, np.empty((features.n, int(np.prod(network.output_shape))), network.dtype)


def call(model: Trainee, x: Any, training: bool) -> Prediction:
    """Check, prepare and run `Sequential.__call__`."""
    if isinstance(x, Real):
        raise TypeError(data.not_an_array(x, "x"))
    found = read(model, x).x
    if not training:
        return _of_samples(model, found, found.shape[0] or 1, verbose=0, listeners=None, steps=None)
    features, shape = features_of(model, found)
    batch = features.take(slice(0, features.n)).reshape(-1, *shape)

    def act() -> Array:
        build(model, shape)
        return quiet(layer_loop(network_of(model, shape)).forward)(batch, training=True).copy()

    return Prediction(_built(model, act))


def _run(
    model: Trainee,
    network: Network,
    plan: Plan,
    feed: Feed | BatchFeed,
    out: Array | None,
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
    room = out if feed.n is not None else None  # who gives batches has not said how many samples there are
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
                if room is None:
                    of_batches.append(np.empty((n, outputs), network.dtype))
                written = of_batches[-1] if room is None else room[part.at : part.at + n]
                loop.predict(part.rows.samples, part.first, part.last, part.batch, written)
                pace.measured(part.done - part.begun, perf_counter() - called)
                if hears and listeners is not None:
                    listeners.on_predict_batch_end(part.begun, {"outputs": written.reshape(-1, *network.output_shape)})
                progress.batches(part.done, None)

        with_blas_threads(plan.blas_threads, all_parts)
        progress.epoch_end(0, {}, perf_counter() - begun, feed.steps_of(batch_size) or 1)
    if listeners is not None:
        listeners.on_predict_end()
    found = np.concatenate(of_batches) if room is None else room
    return found.reshape((-1, *network.output_shape))
