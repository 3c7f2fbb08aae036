"""One run of `fit` of a model with steps of its own: epochs, batches, validation, callbacks and progress around them.

Source: https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from time import perf_counter
from typing import Any

import numpy as np

from tinynet._kinds import is_number
from tinynet._types import Array
from tinynet._whole import afterwards
from tinynet.callbacks import CallbackList, History, HistoryDict
from tinynet.runner.own_batches import OwnBatches
from tinynet.runner.own_steps import results_of
from tinynet.runner.watched import plain
from tinynet.training.advice import warn_of_loss
from tinynet.training.epochs import Epochs
from tinynet.training.interrupts import WholeBatches
from tinynet.training.loop import Point
from tinynet.training.progress import Progress
from tinynet.training.schedule import Schedule


class OwnFit:
    """One run of `fit`, for callbacks what `training.fitting.Fit` is: each batch is handed to the model's `train_step`.

    Parameters
    ----------
    model : Model
        A model of a class with own steps.
    feed, validation : Epochs
        The batches to train and to validate on; None for no validation.
    schedule : Schedule
        The other arguments of `fit`.
    callbacks : CallbackList
        Who is told.
    """

    def __init__(
        self, model: Any, feed: Epochs, validation: Epochs | None, schedule: Schedule, callbacks: CallbackList
    ) -> None:
        self.model, self.feed, self.validation = model, feed, validation
        self.schedule, self.callbacks = schedule, callbacks
        self.state = model.shuffle_state() if schedule.shuffle else None
        self.arrays = feed.passes if isinstance(feed.passes, OwnBatches) else None
        self.steps = feed.known_steps
        self.guard = WholeBatches()
        #: What is reported of validations, as far as that is known before one.
        self.validated = {f"val_{name}" for name in ("loss", *(m.name for m in model.metrics))} if validation else set()
        self.told_of_nan = any(getattr(callback, "tells_of_nan", False) for callback in callbacks.callbacks)
        #: Where an earlier run had come to, if a callback has found that.
        self.point: Point | None = None
        self.began: int | None = None
        verbose = 1 if schedule.verbose == "auto" else schedule.verbose
        callbacks.set_params({"verbose": verbose, "epochs": schedule.epochs, "steps": self.steps})
        callbacks.set_model(model)
        self.progress = Progress(schedule.verbose, epochs=schedule.epochs, steps=self.steps)

    def run(self) -> History:
        """Train; returns the history."""
        self.model.kept["fit"] = self  # where callbacks find it
        return afterwards(self._leave, self._guarded)

    def _leave(self) -> None:
        self.guard.remove()
        self.model.kept.pop("fit", None)

    def _guarded(self) -> History:
        self.guard.install()
        self.model.stop_training = False
        with self.progress:
            self.callbacks.on_train_begin()
            logs = afterwards(self._finish, self._each_epoch)
            self.progress.close()
            self.callbacks.on_train_end(logs)
        return self.callbacks.history

    def _finish(self) -> None:
        """Make averages of the weights the weights, if the optimizer keeps them."""
        if getattr(optimizer := self.model.optimizer, "use_ema", False):
            optimizer.finalize_variable_values(self.model.parameters)

    def _each_epoch(self) -> dict[str, Any]:
        logs: dict[str, Any] = {}
        epoch = self.schedule.initial_epoch if self.point is None else self.point.epoch
        while epoch < self.schedule.epochs and self._ready():
            logs = self._one_epoch(epoch)
            epoch += 1
            if self.model.stop_training:
                break
        return logs

    def _ready(self) -> bool:
        """Return whether there are data for another epoch, and note what shuffling begins with."""
        if self.point is not None and self.arrays is not None:
            self.arrays.order[...] = self.point.order
            self.arrays.goes_on = self.point.batch > 0
        self.began = None if self.state is None else int(self.state[0])
        return self.feed.ready(self.state)

    def _one_epoch(self, epoch: int) -> dict[str, Any]:
        begun = perf_counter()
        self.callbacks.on_epoch_begin(epoch)
        self.progress.epoch_begin(epoch)
        logs, done = self._trained()
        if self.validation is not None and self.schedule.validates_after(epoch) and self.validation.ready():
            found = results_on(self.model, self.validation, self.callbacks)
            logs |= {f"val_{name}": value for name, value in found.items()}
            self.validated |= {name for name in logs if name.startswith("val_")}
        else:
            logs.not_due = frozenset(self.validated)
        self.progress.clear()
        told = self.callbacks.on_epoch_end(epoch, logs)
        self.progress.epoch_end(epoch, _shown(told), perf_counter() - begun, done)
        self._look_at(logs.get("loss"), epoch)
        return logs

    def _trained(self) -> tuple[HistoryDict, int]:
        """Make the steps of an epoch; returns what is reported of them, and how many there were."""
        point, self.point = self.point, None
        skipped = 0 if point is None else point.batch
        self.model.reset_metrics()
        if point is not None and skipped:
            for variable, value in zip(self.variables, point.variables, strict=True):
                variable.assign(value)

        def after(done: int, logs: Callable[[], Mapping[str, Any]]) -> bool:
            if not self.model.stop_training:
                self.progress.batches(done, lambda: _shown(logs()))
            return bool(self.model.stop_training)

        with_hooks = self.callbacks if self.callbacks.hears_batches else None
        step = self._whole(self.model.train_step)
        batches = self.feed.batches(self.state)
        logs, done = one_pass(self.model, step, batches, with_hooks, "train", after, skipped, self.progress.clear)
        return HistoryDict(logs), done

    def _whole(self, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return a step that no interrupt cuts short."""

        def whole(batch: Any) -> Any:
            with self.guard:
                return step(batch)

        return whole

    @property
    def variables(self) -> list[Any]:
        """What metrics collect in."""
        return variables_of(self.model)

    def point_at(self, epoch: int, batch: int) -> Point:
        """Return where the run is: so many epochs are done, and so many batches of the next one."""
        order = np.arange(0) if self.arrays is None else self.arrays.order.copy()
        values: list[Array] = [np.array(variable.numpy()) for variable in self.variables] if batch else []
        began = self.began if batch and self.arrays is None else None
        return Point(epoch, batch, order, np.zeros(0), values, began)

    def _look_at(self, loss: Any, epoch: int) -> None:
        """Say, once, from which epoch on the loss is no number."""
        if not self.told_of_nan and is_number(loss) and not isfinite(loss):
            self.told_of_nan = True
            warn_of_loss(loss, epoch, None if self.arrays is None else self.arrays.features(), self.model.optimizer)


def one_pass(
    model: Any,
    step: Callable[[Any], Any],
    batches: Any,
    listeners: CallbackList | None,
    kind: str,
    after: Callable[[int, Callable[[], Mapping[str, Any]]], bool] | None = None,
    skipped: int = 0,
    before: Callable[[], None] | None = None,
) -> tuple[dict[str, Any], int]:
    """Call a step for each batch but some that are `skipped`; returns what is reported of all, and how many there were.

    `after` is told how many batches are done, and what gives the logs so far; it returns whether to stop. `before` is
    called before the listeners are.
    """
    told: Any = {}
    done = skipped
    for done, batch in enumerate(batches, 1):
        if done <= skipped:
            continue
        if listeners is not None:
            if before is not None:
                before()
            getattr(listeners, f"on_{kind}_batch_begin")(done - 1)
        told = step(batch)
        if listeners is not None:
            getattr(listeners, f"on_{kind}_batch_end")(done - 1, numbers_of(told))
        if after is not None and after(done, lambda told=told: numbers_of(told)):  # type: ignore[misc]
            break
    logs, results = numbers_of(told), numbers_of(results_of(model.metrics))
    goes_on = 0 < skipped == done  # a run that was cut off behind its last batch
    return (results if goes_on or {*results} == {*logs} else logs), done


def results_on(
    model: Any, tests: Epochs, listeners: CallbackList | None = None, progress: Progress | None = None
) -> Any:
    """Return what the model's own steps tell of a data set.

    The metrics are the model's: during a `fit` what they have collected so far is put back afterwards.
    """
    fit, hears = model.kept.get("fit"), listeners is not None and listeners.hears_test_batches
    kept = [] if fit is None else [(variable, np.array(variable.numpy())) for variable in variables_of(model)]

    def after(done: int, logs: Callable[[], Mapping[str, Any]]) -> bool:
        if progress is not None:
            progress.batches(done, lambda: _shown(logs()))
        return False

    def act() -> Any:
        model.reset_metrics()
        if listeners is not None:
            listeners.on_test_begin()
        batches = tests.batches() if tests.ready() else ()
        logs, _ = one_pass(model, model.test_step, batches, listeners if hears else None, "test", after)
        if listeners is not None:
            listeners.on_test_end(logs)
        return logs

    return afterwards(lambda: [variable.assign(value) for variable, value in kept], act)


def variables_of(model: Any) -> list[Any]:
    """Return what the metrics of a model collect in."""
    return [variable for metric in model.metrics for variable in metric.variables]


def numbers_of(told: Any) -> dict[str, Any]:
    """Return what a step tells, as plain numbers and arrays; of a single thing as the loss."""
    if told is None:
        return {}
    given = told if isinstance(told, Mapping) else {"loss": told}
    found = {name: np.asarray(plain(value)) for name, value in given.items()}
    return {name: value.item() if value.size == 1 else value for name, value in found.items()}


def _shown(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return what a line shows of logs."""
    return {name: float(value) for name, value in sorted(logs.items()) if is_number(value)}
