"""`fit`, `evaluate` and `predict`: epochs, batches, validation, callbacks and progress around a training loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import engine, kernels
from tinynet.callbacks import CallbackList, History
from tinynet.engine import Network, Plan
from tinynet.kernels.samples import count
from tinynet.training.compiled_loop import CompiledLoop, Tests
from tinynet.training.feed import Feed
from tinynet.training.interrupts import WholeBatches
from tinynet.training.layer_loop import CALL_SECONDS, LayerLoop
from tinynet.training.progress import Progress
from tinynet.training.threads import blas_threads

Array = NDArray[Any]
Logs = dict[str, float]


def make_loop(network: Network, plan: Plan, targets: int = 1) -> CompiledLoop | LayerLoop:
    """Return the loop that the plan names."""
    return CompiledLoop(network, targets, plan.threads) if plan.loop == "compiled" else LayerLoop(network)


def logs_of(network: Network, totals: Array, prefix: str = "") -> Logs:
    """Return loss and metrics by name from the totals of one epoch: rows, Σ loss, Σ weights, Σ of each metric."""
    logs = means(network, totals.tolist()) if totals[0] else dict.fromkeys(["loss", *dict(network.metric_kinds)], 0.0)
    return {prefix + name: value for name, value in logs.items()} if prefix else logs


def means(network: Network, totals: Any) -> dict[str, Any]:
    """Divide sums by counts; `totals` are the columns of an epoch's totals, or whole columns of many epochs."""
    rows, loss, weights, *sums = totals
    found = {"loss": loss / rows}
    for (name, kind), total in zip(network.metric_kinds, sums, strict=True):
        weighted = kind == "weighted mean" and np.any(weights)
        found[name] = total / (1.0 if kind == "result" else weights if weighted else rows)
    return found


def new_totals(network: Network, epochs: int = 1) -> Array:
    """Return the empty totals of some epochs; metrics that collect in Python start anew."""
    for metric in network.all_metrics:
        if not engine.is_builtin_metric(metric):
            metric.reset_state()
    return np.zeros((epochs, 3 + len(network.all_metrics)))


class Pace:
    """How many batches fit into one call: guessed for the first, then learnt from the calls before.

    The guess is trusted, although it may be wrong by half: calling carefully at first would mean to call twice where
    once is enough, and between two calls a thread may have to wait for the others' Python.
    """

    def __init__(self, seconds_per_batch: float) -> None:
        self._guess = seconds_per_batch
        self._calls, self._known = 0, False

    def batches(self, seconds: float) -> int:
        """Return how many batches take about `seconds`."""
        return max(1, int(seconds / self._guess))

    def measured(self, batches: int, seconds: float) -> None:
        """Take in what a call took. A slow first one may have compiled or loaded kernels, and tells nothing."""
        each = seconds / max(1, batches)
        if self._calls or each < self._guess:
            self._guess = 0.5 * (self._guess + each) if self._known else each
            self._known = True
        self._calls += 1


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
        self.validation_pace = Pace(engine.batch_seconds(network, validation_batch_size))
        self.tests, seconds = self._tests()
        self.pace = Pace(engine.batch_seconds(network, batch_size) + seconds / self.steps)
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
        if feed.samples is None or self.feed.samples is None or isinstance(self.loop, LayerLoop):
            return None, 0.0
        tests = Tests(feed.samples, feed.y, feed.weights, min(size, feed.n), new_totals(self.network, 0))
        if not tests.match(self.feed.samples, self.feed.y, self.feed.weights):
            return None, 0.0
        seconds = engine.batch_seconds(self.network, tests.batch) * -(-feed.n // tests.batch)
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
            budget = 1 if hears else self.pace.batches(CALL_SECONDS)
            batches += self.call(samples, y, weights, order, state, totals, cursor, budget)
            if hears:
                self.callbacks.on_train_batch_end(batches - 1, logs_of(self.network, totals[0]))
                if self.model.stop_training:
                    break
            if self.progress.interval is not None:
                self.progress.batches(batches, lambda: _sorted(logs_of(self.network, totals[0])))

    def many_epochs(self, epoch: int) -> tuple[int, Logs]:
        """Train for as many epochs as fit into a call (at least to the end of one), then record them."""
        ahead = min(self.epochs - epoch, max(1, self.pace.batches(CALL_SECONDS) // self.steps))
        totals, cursor = new_totals(self.network, ahead), np.zeros(2, np.int64)
        samples, y, weights = self.feed.samples, self.feed.y, self.feed.weights
        tests = None if self.tests is None else self.tests._replace(totals=new_totals(self.network, ahead))
        logs: Logs = {}
        begun = perf_counter()
        self.progress.epoch_begin(epoch)
        with self.guard:  # an interrupt waits until the history holds every finished epoch
            while cursor[0] < ahead and not self.guard.pending:
                budget = self.pace.batches(CALL_SECONDS)
                self.call(samples, y, weights, self.order, self.state, totals, cursor, budget, tests)
                if self.progress.interval is not None and cursor[0] < ahead:
                    row, done = totals[int(cursor[0])], int(cursor[1]) // self.batch_size
                    self.progress.batches(done, lambda row=row: _sorted(logs_of(self.network, row)))  # type: ignore[misc]
            finished = int(cursor[0])
            seconds = (perf_counter() - begun) / max(1, finished)
            columns = self.columns_of(totals[:finished])
            if tests is not None:
                columns |= self.columns_of(tests.totals[:finished], "val_")
            columns = _sorted(columns)
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


def evaluate_feed(
    loop: CompiledLoop | LayerLoop,
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
    for chunk in feed.chunks(batch_size):
        first = 0
        while first < count(chunk.samples):
            batch = (chunk.first + first) // batch_size
            if hears and callbacks is not None:
                callbacks.on_test_batch_begin(batch)
            budget = 1 if hears else pace.batches(CALL_SECONDS)
            last = min(first + budget * batch_size, count(chunk.samples))
            begun = perf_counter()
            loop.evaluate(chunk.samples, chunk.y, chunk.weights, batch_size, totals, first, last)
            pace.measured(-(-(last - first) // batch_size), perf_counter() - begun)
            if hears and callbacks is not None:
                callbacks.on_test_batch_end(batch, logs_of(network, totals))
            if progress is not None:
                progress.batches(-(-(chunk.first + last) // batch_size), lambda: _sorted(logs_of(network, totals)))
            first = last
    if callbacks is not None and callbacks.hears_tests:
        callbacks.on_test_end(logs_of(network, totals))
    return totals


def evaluate(
    model: Any, network: Network, plan: Plan, feed: Feed, batch_size: int, verbose: int | str, callbacks: Any
) -> Logs:
    """Return loss and metrics of a data set, showing progress."""
    begun = perf_counter()
    steps = -(-feed.n // batch_size)
    listeners = CallbackList(callbacks, model, {"verbose": verbose, "epochs": 1, "steps": steps}) if callbacks else None
    with Progress(verbose, epochs=1, steps=steps) as progress, blas_threads(plan.blas_threads):
        progress.epoch_begin(0)
        loop = make_loop(network, plan, feed.y.shape[1])
        pace = Pace(engine.batch_seconds(network, batch_size))
        totals = evaluate_feed(loop, network, feed, batch_size, pace, listeners, progress)
        logs = logs_of(network, totals)
        progress.epoch_end(0, _sorted(logs), perf_counter() - begun, steps)
    return logs


def predict(
    model: Any, network: Network, plan: Plan, feed: Feed, batch_size: int, verbose: int | str, callbacks: Any
) -> Array:
    """Return the outputs for a data set, (samples, …), showing progress."""
    begun = perf_counter()
    steps = -(-feed.n // batch_size)
    listeners = CallbackList(callbacks, model, {"verbose": verbose, "epochs": 1, "steps": steps}) if callbacks else None
    hears = listeners is not None and listeners.hears_predict_batches
    out = np.empty((feed.n, int(np.prod(network.output_shape))), network.dtype)
    loop = make_loop(network, plan)
    pace = Pace(engine.batch_seconds(network, batch_size))
    if listeners is not None:
        listeners.on_predict_begin()
    with Progress(verbose, epochs=1, steps=steps) as progress, blas_threads(plan.blas_threads):
        progress.epoch_begin(0)
        for chunk in feed.chunks(batch_size):
            first = 0
            while first < count(chunk.samples):
                batch = (chunk.first + first) // batch_size
                if hears and listeners is not None:
                    listeners.on_predict_batch_begin(batch)
                last = min(first + (1 if hears else pace.batches(CALL_SECONDS)) * batch_size, count(chunk.samples))
                called = perf_counter()
                written = out[chunk.first + first : chunk.first + last]
                loop.predict(chunk.samples, first, last, batch_size, written)
                pace.measured(-(-(last - first) // batch_size), perf_counter() - called)
                if hears and listeners is not None:
                    outputs = written.reshape(-1, *network.output_shape)
                    listeners.on_predict_batch_end(batch, {"outputs": outputs})
                progress.batches(-(-(chunk.first + last) // batch_size), None)
                first = last
        progress.epoch_end(0, {}, perf_counter() - begun, steps)
    if listeners is not None:
        listeners.on_predict_end()
    return out.reshape((feed.n, *network.output_shape))


def for_evaluation(network: Network) -> Network:
    """Return the network without its optimizer: what evaluation needs."""
    return replace(network, optimizer=None)


def _sorted(logs: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(logs.items()))
