"""What every run of `fit` has, whatever makes its steps: who is told, where it is, its way through the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from tinynet import data
from tinynet._whole import afterwards
from tinynet.callbacks import CallbackList, History
from tinynet.callbacks.callback import Logs
from tinynet.training.advice import warn_of_loss
from tinynet.training.interrupts import WholeBatches
from tinynet.training.loop import Point
from tinynet.training.progress import Progress
from tinynet.training.schedule import Schedule
from tinynet.training.threads import with_blas_threads
from tinynet.training.trainee import Trainee


class Run:
    """One run of `fit`, which callbacks find as ``model.run_of_fit``.

    Parameters
    ----------
    model : Trainee
        The model, which is compiled.
    feed : Feed, BatchFeed or Epochs
        What it is trained on.
    schedule : Schedule
        The arguments of `fit` that are no data.
    callbacks : CallbackList
        Who is told.
    steps : int or None
        How many batches an epoch has, if that is known.
    """

    #: How many threads BLAS is to have; 0 leaves it as it is.
    blas_threads = 0
    #: The state of the model's shuffling, if that puts the samples in order.
    state: Any = None

    def __init__(
        self, model: Trainee, feed: Any, schedule: Schedule, callbacks: CallbackList, steps: int | None
    ) -> None:
        self.model, self.feed, self.schedule, self.callbacks, self.steps = model, feed, schedule, callbacks, steps
        self.optimizer = model.require_compiled().optimizer
        #: Some callbacks say it by themselves.
        self.told_of_nan = any(getattr(callback, "tells_of_nan", False) for callback in callbacks.callbacks)
        verbose = 1 if schedule.verbose == "auto" else schedule.verbose
        callbacks.set_params({"verbose": verbose, "epochs": schedule.epochs, "steps": steps})
        callbacks.set_model(model)
        self.progress = Progress(schedule.verbose, epochs=schedule.epochs, steps=steps)
        self.guard = WholeBatches()
        #: Where an earlier run had come to, if a callback has found that.
        self.point: Point | None = None
        self.began: int | None = None

    def run(self) -> History:
        """Train; returns the history."""
        self.model.run_of_fit = self
        return afterwards(self._leave, self._guarded)

    def _leave(self) -> None:
        self.guard.remove()
        self.model.run_of_fit = None

    def _guarded(self) -> History:
        self.guard.install()
        self.model.stop_training = False
        with self.progress:
            with_blas_threads(self.blas_threads, self._epochs)
        return self.callbacks.history

    def _epochs(self) -> None:
        self.callbacks.on_train_begin()
        logs = afterwards(self.finish, self._each_epoch)
        self.progress.close()
        self.callbacks.on_train_end(logs)

    def finish(self) -> None:
        """Make averages of the weights the weights, if the optimizer keeps them."""
        if self.optimizer.use_ema:
            self.optimizer.finalize_variable_values(self.model.parameters)

    def _each_epoch(self) -> Logs:
        logs: Logs = {}
        epoch = self.schedule.initial_epoch if self.point is None else self.point.epoch
        while epoch < self.schedule.epochs and self._ready():
            epoch, logs = self.some_epochs(epoch)
            if self.model.stop_training:
                break
        return logs

    def _ready(self) -> bool:
        """Return whether there are data for another epoch, and note what shuffling begins with."""
        self.began = None if self.state is None else int(self.state[0])
        return bool(self.feed.ready(self.state))

    def some_epochs(self, epoch: int) -> tuple[int, Logs]:
        """Train for one epoch or several; returns which comes next, and the logs of the last one."""
        raise NotImplementedError

    def samples(self) -> data.Features | None:
        """Return what the model is trained on, as far as advice can tell of it."""
        raise NotImplementedError

    def look_at(self, losses: Sequence[float], epoch: int) -> None:
        """Say, once, from which epoch on the loss is no number; `epoch` is the first of these losses'."""
        for number, loss in enumerate(losses, epoch):
            if not self.told_of_nan and not isfinite(loss):
                self.told_of_nan = True
                warn_of_loss(loss, number, self.samples(), self.optimizer)
