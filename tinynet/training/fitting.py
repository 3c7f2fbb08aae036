"""`fit`: epochs, batches, validation, callbacks and progress around a training loop."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import engine, kernels
from tinynet.callbacks import CallbackList, History
from tinynet.engine import Network, Plan
from tinynet.kernels.samples import count
from tinynet.training.compiled_loop import Tests
from tinynet.training.evaluation import evaluate_feed
from tinynet.training.feed import Feed
from tinynet.training.interrupts import WholeBatches
from tinynet.training.loops import make_loop
from tinynet.training.pace import CALL_SECONDS, Pace, batch_seconds
from tinynet.training.progress import Progress
from tinynet.training.threads import blas_threads
from tinynet.training.totals import Logs, in_order, logs_of, means, new_totals

Array = NDArray[Any]


class Fit:
    """One run of `fit`.

    Between two calls into the loop it does what somebody listens for: batch hooks if a callback has them, epoch hooks
    and validation at each epoch's end. Where nobody listens one call may run many epochs, and validate after each if
    that is short. `validation_due` says after which epochs, counted from 0, validation is due; None means all.
    """

    def __init__(
        self,
        model: Any,
        network: Network,
        plan: Plan,
        feed: Feed,
        validation: Feed | None,
        *,
        batch_size: int,
        epochs: int,
        initial_epoch: int,
        validation_batch_size: int,
        validation_due: Callable[[int], bool] | None,
        shuffle: bool,
        verbose: int | str,
        callbacks: Any,
    ) -> None:
        self.model, self.network, self.feed, self.validation = model, network, feed, validation
        batch_size = min(batch_size, feed.n)
        self.batch_size, self.epochs, self.initial_epoch = batch_size, epochs, initial_epoch
        self.validation_batch_size, self.validation_due = validation_batch_size, validation_due
        self.state = model.shuffle_state() if shuffle else None
        self.plan, self.loop = plan, make_loop(network, plan, feed.y.shape[1])
        self.order = np.arange(feed.n)
        self.steps = -(-feed.n // batch_size)
        params = {"verbose": 1 if verbose == "auto" else verbose, "epochs": epochs, "steps": self.steps}
        self.callbacks = CallbackList(callbacks, model, params)
        self.progress = Progress(verbose, epochs=epochs, steps=self.steps)
        self.guard = WholeBatches()
        self.validation_pace = Pace(batch_seconds(network, plan, validation_batch_size))
        self.tests, seconds = self._tests()
        self.pace = Pace(batch_seconds(network, plan, batch_size) + seconds / self.steps)
        # Somebody has to be called at each epoch's end, or the state of metrics in Python starts anew there.
        self.stops_at_epochs = (
            (validation is not None and self.tests is None)
            or self.callbacks.hears_epochs
            or feed.samples is None
            or not all(engine.is_builtin_metric(m) for m in network.all_metrics)
        )

    def _tests(self) -> tuple[Tests | None, float]:
        """Return the validation data if the loop is to evaluate them by itself, and how long that may take."""
        feed, size = self.validation, self.validation_batch_size
        if feed is None or self.validation_due is not None or self.callbacks.hears_tests:
            return None, 0.0
        if feed.samples is None or self.feed.samples is None or self.plan.loop == "layers":
            return None, 0.0
        tests = Tests(feed.samples, feed.y, feed.weights, min(size, feed.n), new_totals(self.network, 0))
        if not tests.match(self.feed.samples, self.feed.y, self.feed.weights):
            return None, 0.0
        seconds = batch_seconds(self.network, self.plan, tests.batch) * -(-feed.n // tests.batch)
        return (tests, seconds) if seconds < CALL_SECONDS else (None, 0.0)

    def run(self) -> History:
        """Train; returns the history."""
        self.model.stop_training = False
        self.guard.install()
        try:
            with self.progress, blas_threads(self.plan.blas_threads):
                self.callbacks.on_train_begin()
                logs: Logs = {}
                epoch = self.initial_epoch
                while epoch < self.epochs and not self.model.stop_training:
                    if self.stops_at_epochs:
                        logs = self.one_epoch(epoch)
                        epoch += 1
                    else:
                        epoch, logs = self.many_epochs(epoch)
                self.progress.close()
                self.callbacks.on_train_end(logs)
        finally:
            self.guard.remove()
        return self.callbacks.history

    def one_epoch(self, epoch: int) -> Logs:
        """Train for one epoch, validate, and tell everybody."""
        begun = perf_counter()
        self.callbacks.on_epoch_begin(epoch)
        self.progress.epoch_begin(epoch)
        totals = new_totals(self.network)
        if self.feed.samples is not None:
            self.train_chunk(self.feed.samples, self.feed.y, self.feed.weights, self.order, self.state, 0, totals)
        else:
            if self.state is not None:
                kernels.shuffle(self.order, self.state)
            for first, samples, y, weights in self.feed.chunks(self.batch_size, self.order):
                self.train_chunk(samples, y, weights, np.arange(count(samples)), None, first // self.batch_size, totals)
                if self.model.stop_training:
                    break
        logs = logs_of(self.network, totals[0])
        if self.validation is not None and (self.validation_due is None or self.validation_due(epoch)):
            logs |= self.validate(self.validation)
        self.tell_epoch_end(epoch, logs, perf_counter() - begun)
        return logs

    def train_chunk(
        self, samples: Any, y: Array, weights: Array, order: Array, state: Array | None, batches: int, totals: Array
    ) -> None:
        """Train on one chunk of an epoch of which `batches` are done; batch hooks and progress in between."""
        cursor = np.zeros(2, np.int64)
        hears = self.callbacks.hears_batches
        while cursor[0] == 0:
            if hears:
                self.progress.clear()
                self.callbacks.on_train_batch_begin(batches)
            budget = 1 if hears else self.pace.batches()
            batches += self.call(samples, y, weights, order, state, totals, cursor, budget)
            if hears:
                self.callbacks.on_train_batch_end(batches - 1, logs_of(self.network, totals[0]))
                if self.model.stop_training:
                    break
            if self.progress.interval is not None:
                self.progress.batches(batches, lambda: in_order(logs_of(self.network, totals[0])))

    def many_epochs(self, epoch: int) -> tuple[int, Logs]:
        """Train for as many epochs as fit into a call (at least to the end of one), then record them."""
        ahead = min(self.epochs - epoch, max(1, self.pace.batches() // self.steps))
        totals, cursor = new_totals(self.network, ahead), np.zeros(2, np.int64)
        samples, y, weights = self.feed.samples, self.feed.y, self.feed.weights
        tests = None if self.tests is None else self.tests._replace(totals=new_totals(self.network, ahead))
        logs: Logs = {}
        begun = perf_counter()
        self.progress.epoch_begin(epoch)
        with self.guard:  # an interrupt waits until the history holds every finished epoch
            while cursor[0] < ahead and not self.guard.pending:
                budget = self.pace.batches()
                self.call(samples, y, weights, self.order, self.state, totals, cursor, budget, tests)
                if self.progress.interval is not None and cursor[0] < ahead:
                    row, done = totals[int(cursor[0])], int(cursor[1]) // self.batch_size
                    self.progress.batches(done, lambda row=row: in_order(logs_of(self.network, row)))  # type: ignore[misc]
            finished = int(cursor[0])
            seconds = (perf_counter() - begun) / max(1, finished)
            columns = self.columns_of(totals[:finished])
            if tests is not None:
                columns |= self.columns_of(tests.totals[:finished], "val_")
            columns = in_order(columns)
            self.callbacks.history.extend(range(epoch, epoch + finished), columns)
            logs = {name: column[-1] for name, column in columns.items() if finished}
            for i in range(finished if self.progress.visible else 0):
                if i:
                    self.progress.epoch_begin(epoch + i)
                logs = {name: column[i] for name, column in columns.items()}
                self.progress.epoch_end(epoch + i, logs, seconds, self.steps)
        return epoch + ahead, logs

    def columns_of(self, totals: Array, prefix: str = "") -> dict[str, list[float]]:
        """Return loss and metrics of many epochs by name."""
        return {prefix + name: column.tolist() for name, column in means(self.network, totals.T).items()}

    def call(
        self,
        samples: Any,
        y: Array,
        weights: Array,
        order: Array,
        state: Array | None,
        totals: Array,
        cursor: Array,
        budget: int,
        tests: Tests | None = None,
    ) -> int:
        """Call into the loop once; returns the number of batches done."""
        before = self.network.optimizer.iterations if self.network.optimizer else 0
        begun = perf_counter()
        with self.guard:
            self.loop.train(samples, y, weights, order, state, self.batch_size, totals, cursor, budget, tests)
        done = (self.network.optimizer.iterations if self.network.optimizer else 0) - before
        self.pace.measured(done, perf_counter() - begun)
        return done

    def validate(self, feed: Feed) -> Logs:
        """Return loss and metrics of the validation data."""
        size = self.validation_batch_size
        totals = evaluate_feed(self.loop, self.network, feed, size, self.validation_pace, self.callbacks)
        return logs_of(self.network, totals, "val_")

    def tell_epoch_end(self, epoch: int, logs: Logs, seconds: float) -> None:
        """Tell callbacks and progress of an epoch's end."""
        self.progress.clear()
        told = self.callbacks.on_epoch_end(epoch, logs)
        self.progress.epoch_end(epoch, told, seconds, self.steps)
