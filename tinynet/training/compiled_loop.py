"""The compiled loop's Python side: it prepares the tables and the workspace, and calls the kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinynet import kernels
from tinynet.engine import Network
from tinynet.kernels import _codes as code
from tinynet.kernels.samples import Csr
from tinynet.losses.base import BuiltinLoss
from tinynet.lowering import Tables, lower
from tinynet.memory import aligned_zeros, runs, segments
from tinynet.training.threads import side_by_side

Array = NDArray[Any]


class Tests(NamedTuple):
    """What `train` evaluates after every epoch, and room for the results: a row of totals per epoch."""

    samples: Array | Csr
    y: Array
    weights: Array
    batch: int
    totals: Array

    def match(self, samples: Array | Csr, y: Array, weights: Array) -> bool:
        """Return whether they are of the types of those trained on, so that one compiled function takes both."""
        ours = [*_arrays(self.samples), self.y, self.weights]
        theirs = [*_arrays(samples), y, weights]
        return len(ours) == len(theirs) and all(map(_same_type, ours, theirs))


def _arrays(samples: Array | Csr) -> tuple[Array, ...]:
    return samples if isinstance(samples, Csr) else (samples,)


def _same_type(a: Array, b: Array) -> bool:
    alike = a.dtype == b.dtype and a.ndim == b.ndim and a.flags.writeable == b.flags.writeable
    return alike and all(array.flags.c_contiguous and array.flags.aligned for array in (a, b))


class CompiledLoop:
    """Train, evaluate and predict many batches per call into compiled code; the same methods as `LayerLoop`."""

    def __init__(self, network: Network, targets: int = 1, threads: int = 1) -> None:
        self.network, self.targets, self.threads = network, targets, threads
        self._prepare()
        self.smoothing = network.loss.label_smoothing if isinstance(network.loss, BuiltinLoss) else 0.0
        self._work = aligned_zeros(0, network.dtype)

    def _prepare(self) -> None:
        """Write the tables for the parameters as they lie now."""
        self.tables: Tables = lower(self.network, self.targets)
        self._memory, self._trained = self.network.memory, self.network.parameters
        self._runs, self._segments = runs(self._trained), segments(self._trained)

    def _workspace(self, size: int) -> Array:
        """Return this call's workspace; it belongs to the call, so that calls in other threads have their own."""
        if self._work.size < size:
            self._work = aligned_zeros(size, self.network.dtype)
        return self._work

    def train(
        self,
        samples: Array | Csr,
        y: Array,
        weights: Array,
        order: Array,
        state: Array | None,
        batch: int,
        totals: Array,
        cursor: Array,
        budget: int,
        tests: Tests | None = None,
    ) -> None:
        """Train for at most `budget` batches from where `cursor` stands; a `state` of None keeps the order.

        Samples, targets and weights of the `tests` are of the same types as those trained on: they `match`.
        """
        memory, parameters, optimizer = self.network.memory, self.network.parameters, self.network.optimizer
        assert optimizer is not None
        if memory is not self._memory or parameters != self._trained:
            self._prepare()  # a callback froze or thawed a layer, or built another model over one
        tables = self.tables
        tables.settings[code.SET_SHUFFLE] = state is not None
        slots, trained, clipped = optimizer.accumulators.laid_out(memory), self._runs, self._segments
        if tests is None:  # with no row to write to nothing is evaluated: what is trained on only gives the types
            tests = Tests(samples, y, weights, batch, totals[:0])
        work = self._workspace(max(tables.work * batch, tables.work_predicting * tests.batch))
        train = kernels.train

        def task(member: int, members: int, arrivals: Array) -> None:
            train(
                samples,
                y,
                weights,
                order,
                _NO_STATE if state is None else state,
                tables.settings,
                tables.ops,
                memory.parameters,
                memory.gradients,
                slots,
                trained,
                clipped,
                optimizer.hyper,
                optimizer.counter,
                self.smoothing,
                tables.metrics,
                work,
                totals,
                cursor,
                batch,
                budget,
                tests.samples,
                tests.y,
                tests.weights,
                tests.totals,
                tests.batch,
                arrivals,
                member,
                members,
            )

        side_by_side(task, self.threads)

    def evaluate(
        self, samples: Array | Csr, y: Array, weights: Array, batch: int, totals: Array, first: int, last: int
    ) -> None:
        """Add loss and metrics of the samples first…last to `totals`."""
        tables, params = self.tables, self.network.memory.parameters
        work, evaluate = self._workspace(tables.work_predicting * batch), kernels.evaluate

        def task(member: int, members: int, arrivals: Array) -> None:
            evaluate(
                samples,
                y,
                weights,
                tables.settings,
                tables.ops,
                params,
                self.smoothing,
                tables.metrics,
                work,
                totals,
                batch,
                first,
                last,
                arrivals,
                member,
                members,
            )

        side_by_side(task, self.threads)

    def predict(self, samples: Array | Csr, first: int, last: int, batch: int, out: Array) -> None:
        """Write the outputs for the samples first…last to `out`, (samples, outputs)."""
        batch = min(batch, last - first)
        work = np.empty(self.tables.work_predicting * batch, self.network.dtype)
        operations, params, flat = self.tables.predicting, self.network.memory.parameters, out.reshape(-1)
        predict = kernels.predict

        def task(member: int, members: int, arrivals: Array) -> None:
            predict(samples, first, last, operations, params, work, batch, flat, arrivals, member, members)

        side_by_side(task, self.threads)


_NO_STATE = np.zeros(1, np.uint64)
