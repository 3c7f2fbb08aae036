"""The loop that trains by a user's own steps: batch by batch, in plain Python.

Each batch is handed to the model's `train_step` as tensors; what that returns is reported.

Source: https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np

from tinynet import config, data
from tinynet._kinds import is_number
from tinynet.callbacks import CallbackList, History
from tinynet.layers.symbolic import leaves, shaped_like
from tinynet.runner.own_steps import results_of
from tinynet.runner.tensors import tensor
from tinynet.runner.watched import plain
from tinynet.training.busy import by_one_thread
from tinynet.training.calls import checked_listeners
from tinynet.training.progress import Progress
from tinynet.training.schedule import Schedule


class _Batches:
    """The batches of what a user passes, each in the form that a step is given.

    Parameters
    ----------
    parts : tuple
        Samples, targets and weights, or what gives batches alone.
    size, steps : int
        How many samples a batch has, and how many batches a pass; None for all.
    shuffle : bool
        Whether each pass is in an order of its own.
    """

    def __init__(self, parts: tuple[Any, ...], size: int, steps: int | None = None, shuffle: bool = False) -> None:
        self.size, self.limit, self.shuffle = size, steps, shuffle
        self.source = data.Source(parts[0]) if data.gives_batches(parts[0]) else None
        self.endless: Iterator[Any] | None = None
        self.arrays = () if self.source is not None else tuple(map(_arrays, parts))
        if self.source is None:
            _check_rows(self.arrays)
        self.rows = 0 if self.source is not None else len(leaves(self.arrays[0])[0])
        length = self.source.length if self.source is not None else -(-self.rows // size)
        self.steps = length if steps is None else steps

    def __iter__(self) -> Iterator[Any]:
        if self.source is None:
            order = config.generator().permutation(self.rows) if self.shuffle else np.arange(self.rows)
            places = (order[first : first + self.size] for first in range(0, self.rows, self.size))
            found: Iterator[Any] = (_packed(self.arrays, place) for place in places)
        else:
            state = np.array([config.generator().integers(2**63)], np.uint64) if self.shuffle else None
            if self.endless is None or self.limit is None:
                self.endless = iter(self.source.one_pass(state))
            found = map(_as_tensors, self.endless)
        yield from found if self.limit is None else islice(found, self.limit)
        if self.source is not None:
            self.source.tell("on_epoch_end")


def _check_rows(arrays: tuple[Any, ...]) -> None:
    """Raise a ValueError unless samples, targets and weights have as many rows, and some."""
    counts = [len(each) if np.ndim(each) else 0 for part in arrays if part is not None for each in leaves(part)]
    if not counts or not min(counts) or len(set(counts)) > 1:
        raise ValueError(
            f"x, y and sample_weight must have one row for each sample, and at least one. Received: {counts} rows"
        )


def _arrays(value: Any) -> Any:
    """Return arrays in lists and dicts as such; a list of numbers, or a table, is one array."""
    if isinstance(value, Mapping):
        return {name: _arrays(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)) and value and all(len(getattr(each, "shape", ())) for each in value):
        return type(value)(map(_arrays, value))
    return value if value is None else np.asarray(value)


def _packed(arrays: tuple[Any, ...], place: Any) -> Any:
    """Return a batch in Keras's form: x alone, or a tuple without the weights if there are none."""
    parts = [shaped_like(part, iter([each[place] for each in leaves(part)])) for part in arrays if part is not None]
    return _as_tensors(parts[0] if len(parts) == 1 and not isinstance(parts[0], (list, tuple)) else tuple(parts))


def _as_tensors(batch: Any) -> Any:
    def change(value: Any) -> Any:
        array = np.asarray(value)
        return tensor(array.astype(config.floatx()) if array.dtype.kind == "f" else array)

    if isinstance(batch, Mapping):
        return {name: _as_tensors(each) for name, each in batch.items()}
    return tuple(map(_as_tensors, batch)) if isinstance(batch, (list, tuple)) else change(batch)


def _weights(y: Any, sample_weight: Any, class_weight: Any) -> Any:
    """Return a weight for each sample, if there are any."""
    if class_weight is None:
        return sample_weight
    labels = np.asarray(y)
    labels = labels.argmax(axis=-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.reshape(len(labels))
    found = np.array([class_weight.get(int(label), 1.0) for label in labels], config.floatx())
    return found if sample_weight is None else found * np.asarray(sample_weight)


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
    """Train by the model's own steps."""
    model.require_compiled()
    listeners, of_validation = CallbackList(callbacks), None
    if validation_data is not None:
        of_validation = data.unpack_validation(validation_data)
    elif validation_split:
        (x, y, sample_weight), of_validation = data.split(x, y, sample_weight, validation_split)
    parts = x, y, _weights(y, sample_weight, class_weight)
    batches = _Batches(parts, schedule.batch_size, schedule.steps, bool(schedule.shuffle))
    tests = of_validation and _Batches(of_validation, schedule.validation_batch_size, schedule.validation_steps)
    verbose = 1 if schedule.verbose == "auto" else schedule.verbose
    listeners.set_params({"verbose": verbose, "epochs": schedule.epochs, "steps": batches.steps})
    listeners.set_model(model)
    if of_validation and of_validation[1] is not None:
        listeners.set_validation_data(*of_validation)
    model.stop_training = False
    listeners.on_train_begin()
    logs: dict[str, Any] = {}
    with Progress(schedule.verbose, epochs=schedule.epochs, steps=batches.steps) as progress:
        for epoch in range(schedule.initial_epoch, schedule.epochs):
            begun = perf_counter()
            listeners.on_epoch_begin(epoch)
            progress.epoch_begin(epoch)
            logs, done = _one_pass(model, model.train_step, batches, listeners, "train")
            if tests is not None and schedule.validates_after(epoch):
                logs |= {f"val_{name}": value for name, value in _tested(model, tests, listeners).items()}
            progress.clear()
            told = listeners.on_epoch_end(epoch, logs)
            shown = {name: float(value) for name, value in told.items() if is_number(value)}
            progress.epoch_end(epoch, shown, perf_counter() - begun, done)
            if model.stop_training:
                break
    listeners.on_train_end(logs)
    return listeners.history


def _one_pass(
    model: Any, step: Callable[[Any], Any], batches: _Batches, listeners: CallbackList, kind: str
) -> tuple[dict[str, Any], int]:
    """Call a step for each batch; returns what is reported of all of them, and how many there were."""
    model.reset_metrics()
    logs: Any = {}
    done = 0
    for done, batch in enumerate(batches, 1):
        getattr(listeners, f"on_{kind}_batch_begin")(done - 1)
        logs = _numbers(step(batch))
        getattr(listeners, f"on_{kind}_batch_end")(done - 1, logs)
        if kind == "train" and model.stop_training:
            break
    results = _numbers(results_of(model.metrics))
    return (results if {*results} == {*logs} else logs), done


def _numbers(logs: Any) -> dict[str, Any]:
    """Return what a step tells, as plain numbers and arrays."""
    told = logs if isinstance(logs, Mapping) else {"loss": logs}
    found = {name: np.asarray(plain(value)) for name, value in told.items()}
    return {name: value.item() if value.size == 1 else value for name, value in found.items()}


def _tested(model: Any, batches: _Batches, listeners: CallbackList) -> dict[str, Any]:
    listeners.on_test_begin()
    logs, _ = _one_pass(model, model.test_step, batches, listeners, "test")
    listeners.on_test_end(logs)
    return logs


def evaluate(
    model: Any, x: Any, y: Any, sample_weight: Any, batch_size: Any, verbose: Any, callbacks: Any, steps: Any
) -> dict[str, float]:
    """Return what the model's own steps tell of a data set."""
    listeners = checked_listeners(verbose, callbacks) or CallbackList()
    listeners.set_model(model)
    batches = _Batches((x, y, sample_weight), data.check_batch_size(batch_size), steps)
    return _tested(model, batches, listeners)


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, float]:
    """Make the model's own step on one batch."""
    parts = x, y, _weights(y, sample_weight, class_weight)
    return _one_pass(model, model.train_step, _Batches(parts, _ALL), CallbackList(), "train")[0]


def test_on_batch(model: Any, x: Any, y: Any, sample_weight: Any) -> dict[str, float]:
    """Return what the model's own step tells of one batch."""
    listeners = CallbackList()
    listeners.set_model(model)
    return _tested(model, _Batches((x, y, sample_weight), _ALL), listeners)


def predict(model: Any, x: Any, batch_size: Any, steps: Any) -> Any:
    """Return what the model's own step makes of all samples."""
    batches = _Batches((x,), data.check_batch_size(batch_size), steps)
    found = [model.predict_step(batch) for batch in batches]
    columns = zip(*map(leaves, found), strict=True)
    return shaped_like(found[0], iter([np.concatenate([np.asarray(plain(each)) for each in c]) for c in columns]))


_ALL = 1 << 40
