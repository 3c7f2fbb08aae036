"""The compiled loop's Python side: it prepares the tables and the workspace, and calls the kernels."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinynet._configurable import changes
from tinynet._types import Array
from tinynet.kernels import loop
from tinynet.kernels.machine.jit import entry, handle
from tinynet.kernels.samples import NO_ORDER, Csr, count, data_of
from tinynet.kernels.tables import Batch, Data, Prediction, Training
from tinynet.memory import Memory, aligned_zeros, runs, segments
from tinynet.network import Network
from tinynet.plan import why_python
from tinynet.training.load import Load
from tinynet.training.loop import Course, Rows, Tests
from tinynet.training.tables import Tables, kept_tables, tables_of
from tinynet.training.threads import side_by_side

if TYPE_CHECKING:
    from tinynet.optimizers import Optimizer

_NO_STATE, _NO_TOTALS = np.zeros(1, np.uint64), np.empty(0)
#: How many learning rates of a schedule are computed ahead, and so how many batches a call makes at most.
AHEAD = 1024
#: What a thread alone would meet others by.
_ALONE = np.zeros(1, np.int64)


class _Prepared(NamedTuple):
    """What a call of `train` hands to the kernels."""

    version: int
    rows: Rows
    course: Course
    tests: Tests | None
    tables: Tables
    training: Training
    data: Data
    test_data: Data
    batch: Batch
    work: Array
    train: Callable[..., Any]

    def serve(self, rows: Rows, course: Course, tests: Tests | None) -> bool:
        """Return whether a call for these can use it."""
        return self.version == changes[0] and self.rows is rows and self.course is course and self.tests is tests


def update_kernels(optimizer: Optimizer) -> dict[str, Any]:
    """Return the kernels of an update, as the table `Training` names them."""
    from tinynet.kernels import clipping

    kernels = {"update": optimizer.kernel}
    if optimizer.weight_decay:
        kernels["decay"] = clipping.decay_weights
    clips = optimizer.clips
    if clips:
        kernels["clip"] = clipping.clip_gradients
    if clips or optimizer.batches_an_update > 1 or optimizer.schedule is not None:
        kernels["before"] = clipping.before_update
    if optimizer.use_ema:
        kernels["average"] = clipping.average_weights
    return kernels


def prepare_loops(network: Network) -> None:
    """Load what the loops call of a network's layers, loss and metrics, and the loops; compile what is missing."""
    tables_of(network)
    for kernel in (loop.train, loop.evaluate, loop.predict):
        handle(kernel, network.dtype)


class CompiledLoop:
    """Train, evaluate and predict many batches per call into compiled code; the same methods as `LayerLoop`."""

    def __init__(self, network: Network, targets: int = 1, threads: int = 1) -> None:
        self.network, self.targets, self.threads = network, targets, threads
        self._work = aligned_zeros(0, network.dtype)
        self._prepared: _Prepared | None = None
        self._rates = np.empty(0)
        self._memory: Memory
        self._runs: Array
        self._segments: Array
        self._look()

    def _look(self) -> None:
        """Take note of where the parameters are, and which of them are trained; kept until some part is changed."""
        version, found = self.network.kept.get("parameters", (-1, None))
        if version != (now := changes[0]):
            self.network.check()
            if reason := why_python(self.network):
                raise ValueError(f"This runs in the compiled loop, but meanwhile {reason}. Set it before the call.")
            trained = self.network.parameters
            optimizer = self.network.optimizer
            if optimizer is None:
                stretches = runs(trained)
            else:
                from tinynet.optimizers.updating import update_runs

                stretches = update_runs(optimizer, trained)
            found = self.network.memory, stretches.reshape(-1), segments(trained).reshape(-1)
            self.network.kept["parameters"] = now, found
        self._memory, self._runs, self._segments = found

    def tables(self, samples: Array | Csr) -> Tables:
        """Return the tables for dense or for sparse samples; kept for as long as no part is changed."""
        return kept_tables(self.network, self.targets, isinstance(samples, Csr))

    def _workspace(self, size: int) -> Array:
        """Return this call's workspace; it belongs to the call, so that calls in other threads have their own."""
        if self._work.size < size:
            self._work = aligned_zeros(size, self.network.dtype)
        return self._work

    def _batch(self, member: int, members: int, arrivals: Array) -> Batch:
        batch = Batch(member=member, members=members, arrivals=arrivals, order=NO_ORDER)
        batch.params, batch.gradients = self._memory.parameters, self._memory.gradients
        return batch.pack()

    def _training(self, course: Course, tests: Tests | None) -> Training:
        """Return the optimizer and the course as the kernels read them."""
        optimizer, dtype = self.network.optimizer, self.network.dtype
        assert optimizer is not None
        self._rates = np.empty(0 if optimizer.schedule is None else AHEAD)
        from tinynet.optimizers.updating import slots_of

        slots = slots_of(optimizer, self._memory)
        update = {name: handle(kernel, dtype) for name, kernel in update_kernels(optimizer).items()}
        training = Training(**update, numbers=optimizer.numbers, rates=self._rates)
        training.counter, training.slots, training.stride = optimizer.counter, slots.reshape(-1), slots.shape[1]
        training.every = optimizer.batches_an_update
        if training.every > 1:
            training.sums = training.stride * optimizer.row_of("gradient_accumulator")
        if optimizer.use_ema:
            training.averages = training.stride * optimizer.row_of("average")
        training.runs, training.segments = self._runs, self._segments
        training.order, training.batch, training.cursor = course.order, course.batch, course.cursor
        training.state, training.shuffle = _NO_STATE if course.state is None else course.state, course.state is not None
        training.totals, training.columns = course.totals.reshape(-1), course.totals.shape[1]
        training.test_totals = _NO_TOTALS
        if tests is not None and len(tests.totals):
            training.tests, training.test_batch = count(tests.rows.samples), tests.batch
            training.test_totals = tests.totals.reshape(-1)
            training.evaluate = handle(loop.evaluate, dtype)
        return training.pack()

    def train(self, rows: Rows, course: Course, budget: int, tests: Tests | None = None) -> None:
        """Train for at most `budget` batches from where the course's cursor is."""
        prepared = self._prepared
        if prepared is None or not prepared.serve(rows, course, tests):
            prepared = self._prepared = self._prepare(rows, course, tests)
        tables, train, training = prepared.tables.training, prepared.train, prepared.training
        if self._rates.size:
            budget = self._follow(course, budget)
        data, test_data, work = prepared.data, prepared.test_data, prepared.work
        if self.threads == 1:
            train(tables, training, prepared.batch, data, test_data, work, budget)
            return
        load = self._load("train", course.batch)
        threads, budget = load.choose(budget)

        def task(member: int, members: int, arrivals: Array) -> None:
            train(tables, training, self._batch(member, members, arrivals), data, test_data, work, budget)

        done, begun = int(training.counter[0]), perf_counter()
        side_by_side(task, threads)
        load.measured(threads, int(training.counter[0]) - done, perf_counter() - begun)

    def _follow(self, course: Course, budget: int) -> int:
        """Compute the learning rates of the batches to come; return how many of `budget` they are for."""
        from tinynet.optimizers.rates import set_rates

        assert self.network.optimizer is not None
        epoch, start = (int(number) for number in course.cursor)
        left = (len(course.totals) - epoch) * -(-course.order.size // course.batch) - start // course.batch
        return set_rates(self.network.optimizer, self._rates, max(1, min(budget, left)))

    def _prepare(self, rows: Rows, course: Course, tests: Tests | None) -> _Prepared:
        """Write all that a call reads; the next call for the same rows and course needs none of it again."""
        version = changes[0]
        self._look()  # a callback may have frozen or thawed a layer, or built another model over one
        tables, training = self.tables(rows.samples), self._training(course, tests)
        data = data_of(*rows)
        test_data = data if tests is None else data_of(*tests.rows)
        size = max(tables.work * course.batch, tables.work_predicting * training.test_batch)
        work, train = self._workspace(size), entry(loop.train, self.network.dtype)
        alone = self._batch(0, 1, _ALONE)
        return _Prepared(version, rows, course, tests, tables, training, data, test_data, alone, work, train)

    def evaluate(self, rows: Rows, batch: int, totals: Array, first: int, last: int) -> None:
        """Add loss and metrics of the samples first…last to `totals`."""
        self._look()
        tables = self.tables(rows.samples)
        work, evaluate = self._workspace(tables.work_predicting * batch), entry(loop.evaluate, self.network.dtype)
        data = data_of(*rows)

        def part(threads: int, begin: int, end: int) -> None:
            def task(member: int, members: int, arrivals: Array) -> None:
                mine = self._batch(member, members, arrivals)
                evaluate(tables.training, mine, data, work, totals, batch, begin, end)

            side_by_side(task, threads)

        self._in_parts(part, "evaluate", batch, first, last)

    def predict(self, samples: Array | Csr, first: int, last: int, batch: int, out: Array) -> None:
        """Write the outputs for the samples first…last to `out`, (samples, outputs)."""
        self._look()
        tables = self.tables(samples)
        batch = min(batch, last - first)
        call: dict[str, Any] = {"net": tables.predicting, "data": data_of(samples), "size": batch}
        call["work"] = np.empty(tables.work_predicting * batch, self.network.dtype)
        predict, outputs = entry(loop.predict, self.network.dtype), out.reshape(last - first, -1)

        def part(threads: int, begin: int, end: int) -> None:
            rows = {"begin": begin, "end": end, "out": outputs[begin - first : end - first].reshape(-1)}

            def task(member: int, members: int, arrivals: Array) -> None:
                predict(Prediction(**call, **rows, batch=self._batch(member, members, arrivals)).pack())

            side_by_side(task, threads)

        self._in_parts(part, "predict", batch, first, last)

    def _load(self, work: str, batch: int) -> Load:
        """Return what chooses the number of threads, with what earlier calls for such batches have measured."""
        kept: dict[Any, Load] = self.network.kept
        return kept.setdefault((work, batch, self.threads), Load(self.threads))

    def _in_parts(self, part: Callable[[int, int, int], None], work: str, batch: int, first: int, last: int) -> None:
        """Call ``part(threads, begin, end)`` for the samples first…last, each time with as many threads as pay."""
        load = self._load(work, batch)
        while first < last:
            threads, batches = load.choose(-(-(last - first) // batch))
            end, begun = min(last, first + batches * batch), perf_counter()
            part(threads, first, end)
            load.measured(threads, batches, perf_counter() - begun)
            first = end
