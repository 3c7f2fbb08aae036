"""The loop that trains by a user's own steps: batch by batch, in plain Python.

Each batch is handed to the model's `train_step` as tensors; what that returns is reported. What stands here takes the
place of the functions in `tinynet.training.requests` and `predicting`.

Source: https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np

from tinynet import data
from tinynet.callbacks import CallbackList, History
from tinynet.layers.symbolic import leaves, shaped_like
from tinynet.runner.own_batches import OwnBatches, epochs_of, split
from tinynet.runner.own_fit import OwnFit, numbers_of, results_on, shown
from tinynet.runner.watched import plain
from tinynet.training.busy import by_one_thread
from tinynet.training.calls import checked_listeners, introduce
from tinynet.training.epochs import Epochs
from tinynet.training.progress import Progress
from tinynet.training.requests import refuse_pair
from tinynet.training.schedule import Schedule, check_steps

#: A batch's size for all samples at once: more than there are.
_ALL = 1 << 40


@by_one_thread
def fit(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: Any,
    validation_split: float,
    validation_data: Any,
    schedule: Schedule,
    callbacks: Any,
) -> History:
    """Train by the model's own steps, unless another thread trains the model."""
    model.require_compiled()
    refuse_pair(x, y)
    listeners, size, tests = CallbackList(callbacks), schedule.batch_size, None
    if validation_data is not None:
        tests = _unpacked(validation_data)
    elif validation_split:
        if data.gives_batches(x):
            raise ValueError("validation_split is for arrays: of batches nobody knows the last. Pass validation_data.")
        (x, y, sample_weight), tests = split(x, y, sample_weight, validation_split)
    feed = epochs_of(x, y, sample_weight, class_weight, size=size, steps=schedule.steps)
    validation = None
    if tests is not None:
        size, steps = schedule.validation_batch_size, schedule.validation_steps
        validation = epochs_of(*tests, size=size, steps=steps, tests=True)
        if tests[1] is not None:
            listeners.set_validation_data(*tests)
    return OwnFit(model, feed, validation, schedule, listeners).run()


def _unpacked(validation_data: Any) -> Any:
    """Return x, y and the weights to validate on; steps may need x alone."""
    alone = isinstance(validation_data, tuple) and len(validation_data) == 1
    if alone or isinstance(validation_data, Mapping) or len(getattr(validation_data, "shape", ())):
        return (validation_data[0] if alone else validation_data), None, None
    return data.unpack_validation(validation_data)


@by_one_thread  # in whose metrics the results are collected
def evaluate(
    model: Any, x: Any, y: Any, sample_weight: Any, batch_size: Any, verbose: Any, callbacks: Any, steps: Any = None
) -> dict[str, float]:
    """Return what the model's own steps tell of a data set."""
    refuse_pair(x, y)
    listeners, steps = checked_listeners(verbose, callbacks), check_steps("evaluate", "steps", steps)
    tests = epochs_of(x, y, sample_weight, size=data.check_batch_size(batch_size), steps=steps)
    introduce(listeners, model, verbose, tests.known_steps)
    begun = perf_counter()
    with Progress(verbose, epochs=1, steps=tests.known_steps) as progress:
        progress.epoch_begin(0)
        logs = results_on(model, tests, listeners, progress)
        progress.epoch_end(0, shown(logs), perf_counter() - begun, tests.known_steps or 1)
    return _in_order(model, logs)


def _in_order(model: Any, logs: dict[str, Any]) -> dict[str, Any]:
    """Return logs in Keras's order: the model's metrics first, then what else the steps tell, by the alphabet."""
    first = [metric.name for metric in model.metrics if metric.name in logs]
    return {name: logs[name] for name in dict.fromkeys((*first, *sorted(logs)))}


@by_one_thread
def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, float]:
    """Make the model's own step on one batch."""
    model.require_compiled()
    batch = _whole(x, y, sample_weight, class_weight)
    model.reset_metrics()
    return _in_order(model, numbers_of(model.train_step(batch)))


@by_one_thread
def test_on_batch(model: Any, x: Any, y: Any, sample_weight: Any) -> dict[str, float]:
    """Return what the model's own step tells of one batch."""
    refuse_pair(x, y)
    at_once = Epochs(OwnBatches(x, y, sample_weight, size=_ALL), None)
    return _in_order(model, results_on(model, at_once, None, None))


def _whole(x: Any, y: Any, sample_weight: Any, class_weight: Any) -> Any:
    """Return what was given as one batch."""
    refuse_pair(x, y)
    batches = OwnBatches(x, y, sample_weight, class_weight)
    return batches.batch(batches.order)


def predict(model: Any, x: Any, batch_size: Any, verbose: Any, callbacks: Any, steps: Any = None) -> Any:
    """Return what the model's own step makes of all samples."""
    listeners, steps = checked_listeners(verbose, callbacks), check_steps("predict", "steps", steps)
    size = data.check_batch_size(batch_size)
    feed = epochs_of(x, size=size, steps=steps)
    introduce(listeners, model, verbose, feed.known_steps)
    begun, found = perf_counter(), []
    with Progress(verbose, epochs=1, steps=feed.known_steps) as progress:
        progress.epoch_begin(0)
        if listeners is not None:
            listeners.on_predict_begin()
        for done, batch in enumerate(feed.batches() if feed.ready() else ()):
            if listeners is not None:
                listeners.on_predict_batch_begin(done)
            found.append(model.predict_step(batch))
            if listeners is not None:
                listeners.on_predict_batch_end(done, {"outputs": found[-1]})
            progress.batches(done + 1, None)
        progress.epoch_end(0, {}, perf_counter() - begun, len(found) or 1)
    if listeners is not None:
        listeners.on_predict_end()
    return _together(found)


def predict_on_batch(model: Any, x: Any) -> Any:
    """Return what the model's own step makes of one batch."""
    return _together([model.predict_step(_whole(x, None, None, None))])


def _together(found: list[Any]) -> Any:
    """Return the outputs of batches, one behind the other, in lists and dicts as they came."""
    columns = zip(*map(leaves, found), strict=True)
    joined = [np.concatenate([np.asarray(plain(each)) for each in column]) for column in columns]
    return shaped_like(found[0], iter(joined))
