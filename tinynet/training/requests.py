"""From a user's call to a run: every check before anything changes, then the choice of the loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import data
from tinynet.callbacks import CallbackList, History
from tinynet.plan import Plan
from tinynet.training import running
from tinynet.training.advice import advise
from tinynet.training.batches import BatchFeed, ReadPasses, refuse_beside_batches
from tinynet.training.busy import by_one_thread
from tinynet.training.calls import checked_listeners, plan_of, planned
from tinynet.training.choice import make_loop
from tinynet.training.facts import facts_before
from tinynet.training.fitting import Fit
from tinynet.training.given import given_arrays, given_batches, in_steps
from tinynet.training.loop import Course
from tinynet.training.preparation import build, features_of, first_name, network_of, read, read_to_train
from tinynet.training.schedule import Schedule, check_steps
from tinynet.training.totals import logs_of, new_totals, tell_metrics
from tinynet.training.trainee import Trainee
from tinynet.training.with_targets import feed_of, targets_for

__all__ = ["Schedule", "evaluate", "fit", "fit_plan", "test_on_batch", "train_on_batch"]


@by_one_thread
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
    """Check, prepare and run `Sequential.fit`, unless another thread trains the model."""
    model.require_compiled().check_trains(model.parameters)
    refuse_pair(x, y)
    y = targets_for(model, x, y)
    listeners = CallbackList(callbacks)
    splits = not (validation_split is None or (np.isscalar(validation_split) and not validation_split))
    x_val = y_val = w_val = None
    if validation_data is not None:
        x_val, y_val, w_val = data.unpack_validation(validation_data)
        y_val = targets_for(model, x_val, y_val)
    if data.gives_batches(x):
        refuse_beside_batches(x, y=y, sample_weight=sample_weight)
        if splits and validation_data is None:
            raise ValueError("validation_split is for arrays: of batches nobody knows the last. Pass validation_data.")
        given = given_batches(model, x, schedule.steps, class_weight)
    else:
        (x, y, sample_weight), seen = read_to_train(model, x, y, sample_weight)
        if splits and validation_data is None:
            (x, y, sample_weight), (x_val, y_val, w_val) = data.split(x, y, sample_weight, validation_split)
        given = given_arrays(model, x, y, sample_weight, class_weight, seen)
    validation = None
    if x_val is not None and y_val is not None:
        listeners.set_validation_data(x_val, y_val, w_val)
    if data.gives_batches(x_val):
        passes = ReadPasses(model, x_val, "validation x", seen=given.seen, network=given.network)
        validation = BatchFeed(passes, schedule.validation_steps, passes.batch, passes.columns, restarts=True)
    elif x_val is not None:
        if validation_data is not None:  # what was split off has been read
            x_val, y_val, w_val = read(model, x_val, y_val, w_val, "validation ", given.seen)
        features, shape = features_of(model, x_val, "validation x")
        if shape != given.shape:
            data.check_features(features, given.shape, first_name(model))
        validation = in_steps(
            feed_of(features, given.network, y_val, w_val, argument="validation y"),
            schedule.validation_steps,
            schedule.validation_batch_size,
            restarts=True,
        )
    advise(given.network, given.y)

    build(model, given.shape)
    model.seen = given.seen
    feed = in_steps(given.feed, schedule.steps, schedule.batch_size)
    plan = plan_of(model, given.network, schedule.batch_size, feed)
    facts = facts_before(given.network, given.y)
    history = Fit(model, given.network, plan, feed, validation, schedule, listeners).run()
    history.facts_of_run = facts()
    return history


def evaluate(
    model: Trainee,
    x: Any,
    y: Any,
    sample_weight: Any,
    batch_size: Any,
    verbose: int | str,
    callbacks: Any,
    steps: Any = None,
) -> dict[str, float]:
    """Check, prepare and run `Sequential.evaluate`."""
    model.require_compiled()
    refuse_pair(x, y)
    y = targets_for(model, x, y)
    listeners = checked_listeners(verbose, callbacks)
    batch_size, steps = data.check_batch_size(batch_size), check_steps("evaluate", "steps", steps)
    if data.gives_batches(x):
        refuse_beside_batches(x, y=y, sample_weight=sample_weight)
        given = given_batches(model, x, steps, seen=model.seen)
    else:
        given = given_arrays(model, *read(model, x, y, sample_weight), None, model.seen)
    network, feed = given.network.evaluating, in_steps(given.feed, steps, batch_size)
    build(model, given.shape)
    plan = plan_of(model, network, batch_size, feed)
    return running.evaluate(model, network, plan, feed, batch_size, verbose, listeners)


@by_one_thread
def train_on_batch(model: Trainee, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, float]:
    """Check, prepare and run `Sequential.train_on_batch`, unless another thread trains the model."""
    model.require_compiled().check_trains(model.parameters)
    refuse_pair(x, y)
    (x, y, sample_weight), seen = read_to_train(model, x, y, sample_weight)
    network, feed, shape, _, _ = given_arrays(model, x, y, sample_weight, class_weight, seen)
    build(model, shape)
    model.seen = seen
    loop = make_loop(network, plan_of(model, network, feed.n, feed), feed.columns)
    totals = new_totals(network)
    course = Course(np.arange(feed.n), None, feed.n, totals, np.zeros(2, np.int64))
    loop.train(feed.at_once, course, 1)
    tell_metrics(network, totals[0])
    return logs_of(network, totals[0])


def test_on_batch(model: Trainee, x: Any, y: Any, sample_weight: Any) -> dict[str, float]:
    """Run `Sequential.test_on_batch`."""
    refuse_pair(x, y)
    given = read(model, x, y, sample_weight)
    several = model.joins is not None  # whose arrays stand side by side in what was read
    return evaluate(
        model, *((x, y, sample_weight) if several else given), given.x.shape[0] or 1, verbose=0, callbacks=None
    )


def refuse_pair(x: Any, y: Any) -> None:
    """Raise a TypeError for samples and targets that come as one argument."""
    if y is None and isinstance(x, tuple):
        raise TypeError(f"x is a tuple of {len(x)}. Pass samples and targets as two arguments: fit(x, y).")


def fit_plan(model: Trainee, batch_size: Any = None) -> Plan:
    """Return the plan for a `fit` on resident data of a model whose shapes are known."""
    setup, size = model.require_compiled(), data.check_batch_size(batch_size)
    model.require_layers()
    if model.sample_shape is None:
        raise ValueError(
            f"Model '{model.name}': the plan depends on shapes that are not known yet. Build the model first: "
            "model.build((None, 12)) for samples of 12 numbers."
        )
    shape = tuple(1 if axis is None else axis for axis in model.sample_shape)
    network = network_of(model, shape, tuple(axis or 1 for axis in model.shape_after((None, *shape))[1:]))
    return planned(network, size, setup.compiled)
