"""One run of `fit` of a model with steps of its own: epochs, batches, validation, callbacks and progress around them.

Source: https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from tinynet import data
from tinynet._kinds import is_number
from tinynet._types import Array
from tinynet._whole import afterwards
from tinynet.callbacks import CallbackList, HistoryDict
from tinynet.metrics import Metric
from tinynet.metrics.variable import Derived, Variable, variables_in
from tinynet.runner.own_batches import OwnBatches
from tinynet.runner.own_pieces import results_of
from tinynet.runner.watched import plain
from tinynet.training.epochs import Epochs
from tinynet.training.loop import Point
from tinynet.training.progress import Progress
from tinynet.training.run import Run
from tinynet.training.schedule import Schedule


class OwnFit(Run):
    """One run of `fit`, each of whose batches is handed to the model's `train_step`.

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

    model: Any

    def __init__(
        self, model: Any, feed: Epochs, validation: Epochs | None, schedule: Schedule, callbacks: CallbackList
    ) -> None:
        super().__init__(model, feed, schedule, callbacks, feed.known_steps)
        self.validation = validation
        self.state = model.shuffle_state() if schedule.shuffle else None
        self.arrays = feed.passes if isinstance(feed.passes, OwnBatches) else None
        #: What is reported of validations, as far as that is known before one.
        self.validated = {f"val_{name}" for name in ("loss", *(m.name for m in model.metrics))} if validation else set()

    def _ready(self) -> bool:
        if self.point is not None and self.arrays is not None:
            self.arrays.order[...] = self.point.order
            self.arrays.goes_on = self.point.batch > 0
        return super()._ready()

    def some_epochs(self, epoch: int) -> tuple[int, dict[str, Any]]:
        """Train for one epoch, validate, and tell everybody."""
        begun = perf_counter()
        self.callbacks.on_epoch_begin(epoch)
        self.progress.epoch_begin(epoch)
        logs, done = self._trained()
        if self.validation is not None and self.schedule.validates_after(epoch) and self.validation.ready():
            found = results_on(self.model, self.validation, self.callbacks, None)
            logs |= {f"val_{name}": value for name, value in found.items()}
            self.validated |= {name for name in logs if name.startswith("val_")}
        else:
            logs.not_due = frozenset(self.validated)
        self.progress.clear()
        told = self.callbacks.on_epoch_end(epoch, logs)
        self.progress.epoch_end(epoch, shown(told), perf_counter() - begun, done)
        self.look_at([logs["loss"]] if is_number(logs.get("loss")) else [], epoch)
        return epoch + 1, logs

    def _trained(self) -> tuple[HistoryDict, int]:
        """Make the steps of an epoch; returns what is reported of them, and how many there were."""
        done = self._begun_anew()
        skipped, told = done, None
        heard = self.callbacks if self.callbacks.hears_batches else None
        batches = self.feed.batches(self.state)
        for done, told in told_by(self._whole_step, batches, heard, "train", skipped, self.progress):
            if self.model.stop_training:
                break
            self.progress.batches(done, partial(line_of, told))
        goes_on = told is None and skipped > 0  # a run that was cut off behind its last batch
        return HistoryDict(reported(self.model, results_of(self.model.metrics) if goes_on else told)), done

    def _begun_anew(self) -> int:
        """Let the metrics begin anew, or where a run was cut off; returns how many batches of the epoch are done."""
        point, self.point = self.point, None
        self.model.reset_metrics()
        if point is None or not point.batch:
            return 0
        put_back(zip(self.variables, point.variables, strict=True))
        return point.batch

    def _whole_step(self, batch: Any) -> Any:
        """Make a step, which no interrupt cuts short."""
        with self.guard:
            return self.model.train_step(batch)

    @property
    def variables(self) -> list[Variable]:
        """What metrics collect in."""
        return variables_of(self.model)

    def point_at(self, epoch: int, batch: int) -> Point:
        """Return where the run is: so many epochs are done, and so many batches of the next one."""
        order = np.arange(0) if self.arrays is None else self.arrays.order.copy()
        values = [variable.numpy() for variable in self.variables] if batch else []
        began = self.began if batch and self.arrays is None else None
        return Point(epoch, batch, order, np.zeros(0), values, began)

    def samples(self) -> data.Features | None:
        """Return the samples, if they are arrays of numbers."""
        return None if self.arrays is None else self.arrays.features()


def told_by(
    step: Callable[[Any], Any],
    batches: Iterable[Any],
    listeners: CallbackList | None,
    kind: str,
    skipped: int = 0,
    progress: Progress | None = None,
) -> Iterator[tuple[int, Any]]:
    """Call a step for each batch but the first ones; yields how many batches are done, and what the step tells.

    Parameters
    ----------
    step : callable
        The model's step.
    batches : iterable
        What it is called with.
    listeners : CallbackList or None
        Who hears of each batch, of which `kind`: ``"train"`` or ``"test"``.
    skipped : int, default 0
        How many batches were done by an earlier run.
    progress : Progress, optional
        What makes room for the listeners' output.
    """
    for done, batch in enumerate(batches, 1):
        if done <= skipped:
            continue
        if listeners is not None:
            if progress is not None:
                progress.clear()
            getattr(listeners, f"on_{kind}_batch_begin")(done - 1)
        told = step(batch)
        if listeners is not None:
            getattr(listeners, f"on_{kind}_batch_end")(done - 1, numbers_of(told))
        yield done, told


def results_on(model: Any, tests: Epochs, listeners: CallbackList | None, progress: Progress | None) -> dict[str, Any]:
    """Return what the model's own steps tell of a data set.

    The metrics are the model's: during a `fit` what they have collected so far is put back afterwards.
    """
    kept = [(variable, variable.numpy()) for variable in variables_of(model)] if model.run_of_fit else []

    def act() -> dict[str, Any]:
        model.reset_metrics()
        if listeners is not None:
            listeners.on_test_begin()
        told, heard = None, listeners if listeners is not None and listeners.hears_test_batches else None
        for done, told in told_by(model.test_step, tests.batches() if tests.ready() else (), heard, "test"):
            if progress is not None:
                progress.batches(done, partial(line_of, told))
        logs = reported(model, told)
        if listeners is not None:
            listeners.on_test_end(logs)
        return logs

    return afterwards(lambda: put_back(kept), act)


def reported(model: Any, told: Any) -> dict[str, Any]:
    """Return what is reported of a pass: what its last step told, or what the metrics say if it told just of these."""
    logs, results = numbers_of(told), numbers_of(results_of(model.metrics))
    return results if {*results} == {*logs} else logs


def variables_of(model: Any) -> list[Variable]:
    """Return what the metrics of a model collect in."""
    found = {id(each): each for metric in model.metrics for each in variables_in(metric, Metric)}
    return [each for each in found.values() if not isinstance(each, Derived)]


def put_back(kept: Iterable[tuple[Variable, Array]]) -> None:
    """Set what metrics collect in; some know its shape only from their first batch on."""
    for variable, value in kept:
        variable.value = np.array(value)


def numbers_of(told: Any) -> dict[str, Any]:
    """Return what a step tells, as plain numbers and arrays; a single value counts as the loss."""
    if told is None:
        return {}
    given = told if isinstance(told, Mapping) else {"loss": told}
    found = {name: np.asarray(plain(value)) for name, value in given.items()}
    return {name: value.item() if value.size == 1 else value for name, value in found.items()}


def line_of(told: Any) -> dict[str, float]:
    """Return what a line shows of what a step tells."""
    return shown(numbers_of(told))


def shown(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return what a line shows of logs."""
    return {name: float(value) for name, value in sorted(logs.items()) if is_number(value)}
