"""`fit`: epochs, batches, validation, callbacks and progress around a training loop."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from tinynet._whole import afterwards
from tinynet.callbacks import CallbackList, HistoryDict
from tinynet.data import Features
from tinynet.kernels.samples import Csr, count
from tinynet.network import Network
from tinynet.plan import Plan
from tinynet.training.batches import BatchFeed
from tinynet.training.choice import make_loop
from tinynet.training.feed import Feed
from tinynet.training.loop import Course, Point, Rows, Tests, cursor_at
from tinynet.training.pace import CALL_SECONDS, Pace, batch_seconds
from tinynet.training.run import Run
from tinynet.training.running import evaluate_feed
from tinynet.training.schedule import Schedule
from tinynet.training.totals import Logs, begin_again, columns_of, in_order, logs_of, new_totals, tell_metrics
from tinynet.training.trainee import Trainee


class Fit(Run):
    """One run of `fit` in one of the loops.

    Between two calls into the loop it does what somebody listens for: batch hooks if a callback has them, epoch hooks
    and validation at each epoch's end. Where nobody listens one call may run many epochs, and validate after each if
    that is short.
    """

    def __init__(
        self,
        model: Trainee,
        network: Network,
        plan: Plan,
        feed: Feed | BatchFeed,
        validation: Feed | BatchFeed | None,
        schedule: Schedule,
        callbacks: CallbackList,
    ) -> None:
        self.network, self.plan, self.blas_threads = network, plan, plan.blas_threads
        self.validation = validation
        self.loop = make_loop(network, plan, feed.columns)
        #: What puts the samples in order before each epoch, if it is not tinynet's own generator.
        self.reorder = schedule.shuffle if callable(schedule.shuffle) else None
        self.state = model.shuffle_state() if schedule.shuffle and self.reorder is None else None
        self.order = np.arange(feed.n or 0)
        self.batch_size = feed.batch if feed.n is None else min(schedule.batch_size, feed.n)
        #: One epoch's course, which every epoch begins again.
        self.epoch = Course(self.order, self.state, self.batch_size, new_totals(network), np.zeros(2, np.int64))
        super().__init__(model, feed, schedule, callbacks, feed.steps_of(self.batch_size))
        #: What is reported in epochs in which validation is due, if there are any.
        names = model.require_compiled().names if validation is not None and schedule.validates else []
        self.validated = frozenset(f"val_{name}" for name in names)
        self.validation_pace = Pace(batch_seconds(network, plan, schedule.validation_batch_size))
        self.tests, seconds = self._tests()
        self.pace = Pace(batch_seconds(network, plan, self.batch_size) + seconds / (self.steps or 1))
        # Somebody has to be called at each epoch's end, or the state of metrics in Python starts anew there.
        self.stops_at_epochs = (
            (validation is not None and self.tests is None)
            or self.callbacks.hears_epochs
            or self.reorder is not None
            or feed.samples is None
            or not all(metric.compiles for metric in network.all_metrics)
        )

    def _tests(self) -> tuple[Tests | None, float]:
        """Return the validation data if the loop is to evaluate them by itself, and how long that may take."""
        feed, size = self.validation, self.schedule.validation_batch_size
        if feed is None or not self.schedule.always_validates or self.callbacks.hears_tests:
            return None, 0.0
        if feed.samples is None or self.feed.samples is None or self.plan.loop == "layers":
            return None, 0.0
        if isinstance(feed.samples, Csr) != isinstance(self.feed.samples, Csr):
            return None, 0.0  # one table serves both
        tests = Tests(feed.rows, min(size, feed.n), new_totals(self.network, 0))
        seconds = batch_seconds(self.network, self.plan, tests.batch) * -(-feed.n // tests.batch)
        return (tests, seconds) if seconds < CALL_SECONDS else (None, 0.0)

    def some_epochs(self, epoch: int) -> tuple[int, Logs]:
        """Train for one epoch, or for as many as nobody has to hear of one by one."""
        return (epoch + 1, self.one_epoch(epoch)) if self.stops_at_epochs else self.many_epochs(epoch)

    def samples(self) -> Features:
        """Return the samples; of batches those that were read last."""
        features: Features = self.feed.features
        return features

    def one_epoch(self, epoch: int) -> Logs:
        """Train for one epoch, validate, and tell everybody."""
        begun = perf_counter()
        self.callbacks.on_epoch_begin(epoch)
        self.progress.epoch_begin(epoch)
        begin_again(self.network, self.epoch)
        totals, done = self.epoch.totals, self.go_on()
        if self.reorder is not None and not done:
            self.reorder(self.order)
        if self.feed.samples is not None:
            self.train_chunk(self.feed.rows, self.epoch, done)
        else:
            shuffled = None if done and self.feed.n is not None else self.state  # not again
            for chunk in self.feed.chunks(self.batch_size, self.order, shuffled):
                order = np.arange(count(chunk.rows.samples))
                course = Course(order, None, chunk.batch, totals, np.zeros(2, np.int64))
                course.cursor[:] = cursor_at((done - chunk.batches) * chunk.batch, len(order))
                self.train_chunk(chunk.rows, course, max(done, chunk.batches))
                if self.model.stop_training:
                    break
        tell_metrics(self.network, totals[0])
        logs = HistoryDict(logs_of(self.network, totals[0]))
        if self.validation is not None and self.schedule.validates_after(epoch) and self.validation.ready():
            logs |= self.validate(self.validation)
        else:
            logs.not_due = self.validated
        self.tell_epoch_end(epoch, logs, perf_counter() - begun)
        self.look_at([logs["loss"]], epoch)
        return logs

    def go_on(self) -> int:
        """Return how many batches of the epoch that begins are done already: those of a run that was cut off in it."""
        point, self.point = self.point, None
        if point is None:
            return 0
        self.order[...] = point.order  # which the next shuffling starts from
        if not point.batch:
            return 0
        self.epoch.totals[0] = point.totals
        self.epoch.cursor[:] = cursor_at(point.batch * self.batch_size, len(self.order))
        for variable, value in zip(self.variables, point.variables, strict=True):
            variable.assign(value)
        return point.batch

    @property
    def variables(self) -> list[Any]:
        """What metrics in Python collect in."""
        return [variable for metric in self.network.all_metrics if not metric.compiles for variable in metric.variables]

    def point_at(self, epoch: int, batch: int) -> Point:
        """Return where the run is: so many epochs are done, and so many batches of the next one."""
        began, values = self.began if batch and self.feed.n is None else None, [v.numpy() for v in self.variables]
        return Point(epoch, batch, self.order.copy(), self.epoch.totals[0].copy(), values, began)

    def train_chunk(self, rows: Rows, course: Course, batches: int) -> None:
        """Train on one chunk of an epoch of which `batches` are done; batch hooks and progress in between."""
        totals, hears = course.totals, self.callbacks.hears_batches
        while course.cursor[0] == 0:
            if hears:
                self.progress.clear()
                self.callbacks.on_train_batch_begin(batches)
            budget = 1 if hears or self.model.stop_training else self.pace.batches()
            batches += self.call(rows, course, budget)
            if hears:
                tell_metrics(self.network, totals[0])
                self.callbacks.on_train_batch_end(batches - 1, logs_of(self.network, totals[0]))
            if self.model.stop_training:
                break
            if self.progress.interval is not None:
                self.progress.batches(batches, lambda: in_order(logs_of(self.network, totals[0])))

    def many_epochs(self, epoch: int) -> tuple[int, Logs]:
        """Train for as many epochs as fit into a call (at least to the end of one), then record them."""
        assert isinstance(self.feed, Feed)
        rows, steps = self.feed.rows, self.feed.steps_of(self.batch_size)
        ahead = min(self.schedule.epochs - epoch, max(1, self.pace.batches() // steps))
        totals, cursor = new_totals(self.network, ahead), np.zeros(2, np.int64)
        course = Course(self.order, self.state, self.batch_size, totals, cursor)
        tests = None if self.tests is None else self.tests._replace(totals=new_totals(self.network, ahead))
        history, before = self.callbacks.history, len(self.callbacks.history.epoch)
        columns: dict[str, list[Any]] = {}
        begun = perf_counter()
        self.progress.epoch_begin(epoch)

        def advance() -> None:
            while cursor[0] < ahead and not self.guard.pending:
                self.call(rows, course, 1 if self.model.stop_training else self.pace.batches(), tests)
                if self.model.stop_training:
                    break
                if self.progress.interval is not None and cursor[0] < ahead:
                    row, done = totals[int(cursor[0])], int(cursor[1]) // self.batch_size
                    self.progress.batches(done, lambda row=row: in_order(logs_of(self.network, row)))  # type: ignore[misc]

        def record() -> None:
            nonlocal columns
            if len(history.epoch) == before and cursor[0]:
                finished = int(cursor[0])
                columns = columns_of(self.network, totals[:finished])
                if tests is not None:
                    columns |= columns_of(self.network, tests.totals[:finished], "val_")
                history.extend(range(epoch, epoch + finished), columns := in_order(columns))

        with self.guard:  # an interrupt waits until the history holds every finished epoch
            afterwards(record, advance)
        finished, within = (int(number) for number in cursor)
        seconds = (perf_counter() - begun) / (finished + 1 if within else finished)
        if finished:
            tell_metrics(self.network, (totals if tests is None else tests.totals)[finished - 1])
            self.look_at(columns["loss"], epoch)
        for i in range(finished if self.progress.visible else 0):
            if i:
                self.progress.epoch_begin(epoch + i)
            logs = {name: column[i] for name, column in columns.items()}
            self.progress.epoch_end(epoch + i, logs, seconds, steps)
        if within:  # another thread has stopped the training
            tell_metrics(self.network, totals[finished])
            logs = logs_of(self.network, totals[finished])
            if self.validation is not None:
                logs |= self.validate(self.validation)
            self.tell_epoch_end(epoch + finished, logs, seconds)
            return epoch + finished + 1, logs
        return epoch + finished, {name: column[-1] for name, column in columns.items()}

    def call(self, rows: Rows, course: Course, budget: int, tests: Tests | None = None) -> int:
        """Call into the loop once; returns the number of batches done."""
        optimizer = self.network.optimizer
        assert optimizer is not None
        before, begun = int(optimizer.counter[0]), perf_counter()
        with self.guard:
            self.loop.train(rows, course, budget, tests)
        done = int(optimizer.counter[0]) - before
        self.pace.measured(done, perf_counter() - begun)
        return done

    def validate(self, feed: Feed | BatchFeed) -> Logs:
        """Return loss and metrics of the validation data."""
        size, pace = self.schedule.validation_batch_size, self.validation_pace
        totals = evaluate_feed(self.loop, self.network, feed, size, pace, self.callbacks)
        return logs_of(self.network, totals, "val_")

    def tell_epoch_end(self, epoch: int, logs: Logs, seconds: float) -> None:
        """Tell callbacks and progress of an epoch's end."""
        self.progress.clear()
        told = self.callbacks.on_epoch_end(epoch, logs)
        self.progress.epoch_end(epoch, told, seconds, self.feed.steps_of(self.batch_size) or 1)
