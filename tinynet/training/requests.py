"""From a user's call to a run: every check before anything changes, then the choice of the loop."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from tinynet import data
from tinynet._arguments import shown
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.callbacks import CallbackList, History
from tinynet.network import Network
from tinynet.plan import Plan, choose, cores
from tinynet.training import running
from tinynet.training.advice import advise
from tinynet.training.choice import make_loop
from tinynet.training.feed import Feed
from tinynet.training.fitting import Fit
from tinynet.training.layer_loop import LayerLoop
from tinynet.training.loop import Course, Rows
from tinynet.training.predictor import Predictor
from tinynet.training.preparation import features_of, feed_of, network_of, read, read_to_train, target_shape
from tinynet.training.progress import check_verbose
from tinynet.training.schedule import Schedule
from tinynet.training.totals import logs_of, new_totals, tell_metrics
from tinynet.training.trainee import Trainee

__all__ = [
    "Prediction",
    "Schedule",
    "call",
    "evaluate",
    "fit",
    "fit_plan",
    "predict",
    "refuse_steps",
    "test_on_batch",
    "train_on_batch",
]


class Prediction(NamedTuple):
    """What a model predicts, and what predicts a few samples more without preparing anything, if there is such."""

    outputs: Array
    predictor: Predictor | None = None


def fit(
    model: Trainee,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: Any,
    validation_split: float,
    validation_data: Any,
    schedule: Schedule,
    callbacks: Any,
) -> History:
    """Check, prepare and run `Sequential.fit`."""
    model.require_compiled().check_trains(model.parameters)
    refuse_pair(x, y)
    listeners = CallbackList(callbacks)
    x_val = y_val = w_val = None
    if validation_data is not None:
        x_val, y_val, w_val = data.unpack_validation(validation_data)
    (x, y, sample_weight), seen = read_to_train(model, x, y, sample_weight)
    if x_val is not None:
        x_val, y_val, w_val = read(model, x_val, y_val, w_val, "validation ", seen)
    elif not (validation_split is None or (np.isscalar(validation_split) and not validation_split)):
        (x, y, sample_weight), (x_val, y_val, w_val) = data.split(x, y, sample_weight, validation_split)

    features, shape = features_of(model, x)
    network = network_of(model, shape, target_shape(y))
    feed = feed_of(features, network, y, sample_weight, class_weight)
    validation = None
    if x_val is not None:
        features_val, shape_val = features_of(model, x_val, "validation x")
        if shape_val != shape:
            data.check_features(features_val, shape, model.layers[0].name)
        validation = feed_of(features_val, network, y_val, w_val, argument="validation y")
    advise(network, feed.y)

    model.build((None, *shape))
    model.seen = seen
    plan = plan_of(model, network, schedule.batch_size, feed)
    return Fit(model, network, plan, feed, validation, schedule, listeners).run()


def evaluate(
    model: Trainee, x: Any, y: Any, sample_weight: Any, batch_size: Any, verbose: int | str, callbacks: Any
) -> dict[str, float]:
    """Check, prepare and run `Sequential.evaluate`."""
    model.require_compiled()
    refuse_pair(x, y)
    listeners = checked_listeners(verbose, callbacks)
    batch_size = data.check_batch_size(batch_size)
    x, y, sample_weight = read(model, x, y, sample_weight)
    features, shape = features_of(model, x)
    network = network_of(model, shape, target_shape(y)).evaluating
    feed = feed_of(features, network, y, sample_weight)
    model.build((None, *shape))
    plan = plan_of(model, network, batch_size, feed)
    return running.evaluate(model, network, plan, feed, batch_size, verbose, listeners)


def predict(model: Trainee, x: Any, batch_size: Any, verbose: int | str, callbacks: Any) -> Prediction:
    """Check, prepare and run `Sequential.predict`."""
    listeners = checked_listeners(verbose, callbacks)
    batch_size = data.check_batch_size(batch_size)
    features, shape = features_of(model, read(model, x).x)
    model.build((None, *shape))
    network = network_of(model, shape)
    feed = Feed(features, sparse=network.takes_sparse)
    plan = plan_of(model, network, batch_size, feed)
    predictor = Predictor(network) if plan.loop == "compiled" and plan.input == "resident" else None
    return Prediction(running.predict(model, network, plan, feed, batch_size, verbose, listeners), predictor)


def train_on_batch(model: Trainee, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, float]:
    """Check, prepare and run `Sequential.train_on_batch`."""
    model.require_compiled().check_trains(model.parameters)
    refuse_pair(x, y)
    (x, y, sample_weight), seen = read_to_train(model, x, y, sample_weight)
    features, shape = features_of(model, x)
    network = network_of(model, shape, target_shape(y))
    feed = feed_of(features, network, y, sample_weight, class_weight)
    model.build((None, *shape))
    model.seen = seen
    loop = make_loop(network, plan_of(model, network, feed.n, feed), feed.y.shape[1])
    totals = new_totals(network)
    samples = features.take(slice(0, feed.n)) if feed.samples is None else feed.samples
    course = Course(np.arange(feed.n), None, feed.n, totals, np.zeros(2, np.int64))
    loop.train(Rows(samples, feed.y, feed.weights), course, 1)
    tell_metrics(network, totals[0])
    return logs_of(network, totals[0])


def test_on_batch(model: Trainee, x: Any, y: Any, sample_weight: Any) -> dict[str, float]:
    """Run `Sequential.test_on_batch`."""
    refuse_pair(x, y)
    given = read(model, x, y, sample_weight)
    return evaluate(model, *given, given.x.shape[0] or 1, verbose=0, callbacks=None)


def call(model: Trainee, x: Any, training: bool) -> Prediction:
    """Check, prepare and run `Sequential.__call__`."""
    if isinstance(x, Real):
        raise TypeError(data.not_an_array(x, "x"))
    x = read(model, x).x
    if not training:
        return predict(model, x, x.shape[0] or 1, verbose=0, callbacks=None)
    features, shape = features_of(model, x)
    model.build((None, *shape))
    batch = features.take(slice(0, features.n)).reshape(-1, *shape)
    return Prediction(quiet(LayerLoop(network_of(model, shape)).forward)(batch, training=True).copy())


def refuse_pair(x: Any, y: Any) -> None:
    """Raise a TypeError for samples and targets that come as one argument."""
    if y is None and isinstance(x, tuple):
        raise TypeError(f"x is a tuple of {len(x)}. Pass samples and targets as two arguments: fit(x, y).")


def refuse_steps(x: Any, **steps: Any) -> None:
    """Raise a ValueError for numbers of steps, of which tinynet has no use; a generator is spoken of first."""
    for name, given in steps.items():
        if given is not None:
            if data.gives_batches(x):
                raise TypeError(data.not_an_array(x, "x"))
            raise ValueError(
                f"{name} is for data without an end: tinynet goes through all samples once an epoch. Leave it out, or "
                f"pass fewer samples. Received: {name}={shown(given)}"
            )


def checked_listeners(verbose: int | str, callbacks: Any) -> CallbackList | None:
    """Return the callbacks, if any; raise for anything that is no callback, and for a `verbose` without a meaning."""
    check_verbose(verbose)
    return None if callbacks is None or (isinstance(callbacks, list) and not callbacks) else CallbackList(callbacks)


def fit_plan(model: Trainee, batch_size: Any = None) -> Plan:
    """Return the plan for a `fit` on resident data of a model whose shapes are known."""
    setup, size = model.require_compiled(), data.check_batch_size(batch_size)
    model.require_layers()
    if model.sample_shape is None:
        raise ValueError(
            f"Sequential '{model.name}': the plan depends on shapes that are not known yet. Build the model first: "
            "model.build((None, 12)) for samples of 12 numbers."
        )
    shape = tuple(1 if axis is None else axis for axis in model.input_shape[1:])
    network = network_of(model, shape, tuple(axis or 1 for axis in model.output_shape[1:]))
    return choose(network, size, compiled=setup.compiled, usable=cores())


def plan_of(model: Trainee, network: Network, batch_size: int, feed: Feed) -> Plan:
    """Return the plan for a call, as the model was compiled."""
    compiled = model.setup is None or model.setup.compiled
    return choose(network, min(batch_size, feed.n), compiled=compiled, form=feed.form, usable=cores())
