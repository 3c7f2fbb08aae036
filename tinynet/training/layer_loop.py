"""Backprop over layer objects, in plain Python.

`LayerLoop.step` is what a framework does in every training step. It runs what users write in NumPy, and large networks,
whose products it hands to BLAS. `CompiledLoop` has the same methods and does the same without Python.
"""

from __future__ import annotations

from math import prod
from time import perf_counter
from typing import Any

import numpy as np

from tinynet import answers
from tinynet._batches import note_batch
from tinynet._types import Array
from tinynet.kernels import random
from tinynet.kernels.samples import Csr, SparseBatch, count
from tinynet.layers import Layer
from tinynet.layers.activated import Activated
from tinynet.layers.added_losses import OF_BATCH
from tinynet.losses import Loss
from tinynet.metrics.metric import result_of
from tinynet.metrics.sums import SumsMetric
from tinynet.network import Network
from tinynet.training.forks import undisturbed
from tinynet.training.loop import Course, Rows, Tests, target_rows
from tinynet.training.pace import CALL_SECONDS
from tinynet.training.padding import loss_of_rows, mask_behind, rows_kept, share_of, told, weighed


class LayerLoop:
    """Train, evaluate and predict layer by layer."""

    def __init__(self, network: Network) -> None:
        self.network, self.layers = network, network.layers
        self._head: Any = None
        #: The outputs of the last batch on which there is a penalty.
        self.penalised_outputs: dict[Layer, Array] = {}
        #: 1 for each row of the last batch's outputs that counts in the loss; None if all do.
        self.kept: Array | None = None
        #: What users' layers added to its loss.
        self.added_losses = 0.0
        self.look()

    def look(self) -> None:
        """Take note of what may change between two batches: what is trained, and whether the loss is fused."""
        #: The layers with something to train, and what that is.
        self.trained = [(layer, found) for layer in self.layers if (found := layer.trainable_parameters)]
        head = None if self.network.last is None else self.network.last.activation
        if head is not self._head or head is None:
            self._head, self.fused = head, self.network.fused

    # ---- backprop ---------------------------------------------------------------------------------------------------

    def step(self, x: Any, y: Array, weights: Array, totals: Array) -> None:
        """Make one training step on a batch: forward, loss, backward, update."""
        outputs = self.forward(x, training=True)
        self.score(outputs, y, weights, totals)
        gradient = self.loss_gradient(outputs, y, weights)
        self.backward(gradient)
        self.tell_share(share_of(self.loss.reduced_by, weighed(weights, self.kept), self.kept, len(rows_of(outputs))))
        totals[1] += self.penalise() * len(y)
        self.update()

    def forward(self, x: Any, training: bool) -> Array:
        """Take a batch through the layers; the result are logits where the loss is fused with the last activation."""
        added: list[float] = []
        adding = OF_BATCH.set(added)
        try:
            return self._through(x, training)
        finally:  # also where a layer raises: the next batch adds anew
            OF_BATCH.reset(adding)
            self.added_losses = sum(added)

    def _through(self, x: Any, training: bool) -> Array:
        self.penalised_outputs = {}
        a: Array = x
        mask, padded = None, self.network.padding is not None
        for i, layer in enumerate(self.layers):
            self.note(layer, i + 1, len_of(a), training)
            verb = "sums" if self.fused and i == len(self.layers) - 1 else "forward"
            before, mask = mask, mask_behind(layer, a, mask) if padded else None
            given = self.told(layer, verb, a, training, before)
            a = self.checked(layer, verb, given, len_of(a), self.network.shapes[i + 1])
            if layer.activity_regularizer is not None:
                self.penalised_outputs[layer] = a.copy()
        self.kept = rows_kept(mask, a) if self.network.loss is not None else None
        return a

    def note(self, layer: Layer, number: int, samples: int, training: bool) -> None:
        """Take note, in training, of how many rows a user's parts are given to make the value of that number."""
        if training:
            note_batch(layer, samples)
            if layer.activation is not None and not layer.activation.compiles:
                note_batch(layer.activation, samples * prod(self.network.shapes[number][:-1]))

    def backward(self, gradient: Array) -> None:
        """Carry the loss's gradient back through the layers, as far down as there is something to train."""
        first = self.layers.index(self.trained[0][0]) if self.trained else len(self.layers)
        for i in range(len(self.layers) - 1, first - 1, -1):
            layer = self.layers[i]
            gradient = self.with_slope(layer, gradient)
            verb = "backward_sums" if self.fused and i == len(self.layers) - 1 else "backward"
            if i == first:
                self.ask(layer, f"{verb}_parameters", gradient)
            else:
                dx = self.ask(layer, verb, gradient)
                gradient = self.checked(layer, verb, dx, len(gradient), self.network.shapes[i])

    def with_slope(self, layer: Layer, gradient: Array) -> Array:
        """Return the gradient of a layer's output with the slope of the penalty on that output, if there is one."""
        if layer not in self.penalised_outputs:
            return gradient
        output = self.penalised_outputs[layer]
        slope = layer.activity_regularizer.gradient(output)
        total: Array = gradient + slope * gradient.dtype.type(1 / len(output))
        return total

    def penalise_outputs(self) -> float:
        """Return the penalties of the last batch's outputs, divided by its samples as in Keras, and what was added."""
        penalties = (float(layer.activity_regularizer(a)) / len(a) for layer, a in self.penalised_outputs.items())
        return sum(penalties) + self.added_losses

    def tell_share(self, share: float) -> None:
        """Tell the penalties that depend on it what a row counts in the batch's loss."""
        for parameter in self.network.penalised:
            parameter.regularizer.tell_share(share)

    def penalise(self) -> float:
        """Add the regularizers' gradients to the parameters'; return the penalties."""
        total = 0.0
        for parameter in (p for _, trained in self.trained for p in trained if p.regularizer is not None):
            total += parameter.regularizer(parameter.value)
            parameter.gradient[...] += parameter.regularizer.gradient(parameter.value)
        return total

    def update(self) -> None:
        """Let the optimizer make its update, of what was and is to be trained: another thread may have frozen some."""
        assert self.network.optimizer is not None
        self.network.optimizer.advance([p for layer, trained in self.trained if layer.trainable for p in trained])

    def ask(self, layer: Layer, verb: str, *arguments: Any) -> Any:
        """Call a layer's method: every call of a layer goes through here, so that a recorder can listen."""
        return getattr(layer, verb)(*arguments)

    def told(self, layer: Layer, verb: str, taken: Any, training: bool, mask: Array | None) -> Any:
        """Call a layer's method on a batch; one that is to leave out padding is told where that is."""
        if mask is None or not layer.told_of_padding:
            return self.ask(layer, verb, taken, training)
        with told(layer, taken, mask):
            return self.ask(layer, verb, taken, training)

    def checked(self, layer: Layer, verb: str, a: Array, rows: int, shape: tuple[int, ...]) -> Array:
        """Return what a layer gave as the kernels take it; a user's layer may give another type or order."""
        if type(a) is np.ndarray and a.shape == (rows, *shape) and a.dtype == self.network.dtype:
            return np.ascontiguousarray(a)
        source = ", the shape of the input" if verb.startswith("backward") else ", as `compute_output_shape` says"
        return answers.array(layer.described, verb, a, (rows, *shape), self.network.dtype, source)

    # ---- loss and metrics -------------------------------------------------------------------------------------------

    def loss_gradient(self, outputs: Array, y: Array, weights: Array) -> Array:
        """Return the gradient of the batch's loss, Σ weight·loss / N as a rule, to the outputs (or logits)."""
        loss, p = self.loss, rows_of(outputs)
        weights = weighed(weights, self.kept)
        scale = share_of(loss.reduced_by, weights, self.kept, len(p))
        if loss.compiles:
            dp, columns = np.empty_like(p), p.shape[1]
            gradient = loss.kernels(self.fused)[1]
            gradient(y.reshape(-1), p.reshape(-1), weights, columns, loss.numbers, scale, dp.reshape(-1))
        else:
            factor = (weights if weights.size else np.ones(len(p), p.dtype)) * scale
            dp = loss.row_gradients(y, p) * factor[:, None].astype(p.dtype)
        return dp.reshape(outputs.shape)

    def score(self, outputs: Array, y: Array, weights: Array, totals: Array) -> None:
        """Add rows, loss, weights and metrics of a batch to `totals` (as the compiled loop does)."""
        loss, p = self.loss, np.ascontiguousarray(rows_of(outputs))
        rows, columns, counted = *p.shape, weighed(weights, self.kept)
        totals[0] += rows
        if loss.compiles:
            total = loss.kernels(self.fused)[0](y.reshape(-1), p.reshape(-1), counted, columns, loss.numbers)
        else:
            note_batch(loss, rows)
            losses = loss.row_losses(y, p, weighted=bool(counted.size))
            total = (losses * counted if counted.size else losses).sum()
        totals[1] += loss_of_rows(loss.reduced_by, counted, self.kept, rows, total) + self.penalise_outputs() * rows
        totals[2] += weights.sum() if weights.size else rows
        if self.fused:
            p = self.predictions(p)
        self.measure(y, p, weights, totals)

    def measure(self, y: Array, p: Array, weights: Array, totals: Array) -> None:
        """Add the metrics of a batch's rows to `totals`."""
        columns = p.shape[1]
        for m, (metric, (first, last)) in enumerate(
            zip(self.network.all_metrics, self.network.metric_places, strict=True)
        ):
            counted = weights if m >= len(self.network.metrics) else weights[:0]
            counted = weighed(counted, self.kept) if metric.leaves_out else counted
            given = y.reshape(-1), p.reshape(-1), counted, columns
            if not metric.compiles:
                arrays = (y, p, counted) if counted.size else (y, p)
                metric.update_state(*(answers.HANDED[0](each.copy()) for each in arrays))
                totals[first] = result_of(metric)
            elif isinstance(metric, SumsMetric):
                metric.kernel(*given, metric.numbers, totals[first:last])
            else:
                totals[first] += metric.kernel(*given, metric.numbers)
                totals[first + 1 : last] += counted.sum()  # where padding is left out: see `Network.metric_places`

    def predictions(self, logits: Array) -> Array:
        """Return what the last layer makes of its sums, which are left as they are."""
        last, p = self.network.last, logits.copy()
        assert isinstance(last, Activated)
        last.activation.forward(p)
        return p

    @property
    def loss(self) -> Loss:
        """The loss."""
        assert self.network.loss is not None
        return self.network.loss

    # ---- many batches: the interface shared with CompiledLoop -------------------------------------------------------

    @undisturbed
    def train(self, rows: Rows, course: Course, budget: int, tests: Tests | None = None) -> None:
        """Train for at most `budget` batches from where the course's cursor is; `tests` are for the other loop.

        Nobody knows how long a user's layer takes: after `CALL_SECONDS` the call returns, so that Ctrl-C and progress
        need not wait.
        """
        until, cursor = perf_counter() + CALL_SECONDS, course.cursor
        n, optimizer = count(rows.samples), self.network.optimizer
        assert optimizer is not None
        self.network.check()
        repeat = len(rows.y) // n
        while budget > 0 and cursor[0] < len(course.totals):
            first, last = int(cursor[1]), min(int(cursor[1]) + course.batch, n)
            if first == 0 and course.state is not None:
                random.shuffle(course.order, course.state)
            self.look()
            for layer in self.layers:
                layer.begin_step(int(optimizer.counter[0]))
            batch = course.order[first:last]
            targets = target_rows(batch, repeat)
            weights = rows.weights[targets] if rows.weights.size else rows.weights
            self.step(self.batch(rows.samples, batch), rows.y[targets], weights, course.totals[cursor[0]])
            cursor[:] = (cursor[0], last) if last < n else (cursor[0] + 1, 0)
            budget = budget - 1 if perf_counter() < until else 0

    @undisturbed
    def evaluate(self, rows: Rows, batch: int, totals: Array, first: int, last: int) -> None:
        """Add loss and metrics of the samples first…last to `totals`."""
        self.look()
        repeat = len(rows.y) // count(rows.samples)
        lasting = (p for p in self.network.penalised if p.regularizer.share_place < 0)
        penalty = sum(p.regularizer(p.value) for p in lasting)
        for start in range(first, last, batch):
            stop = min(start + batch, last)
            of = target_rows(slice(start, stop), repeat)
            outputs = self.forward(self.batch(rows.samples, slice(start, stop)), training=False)
            self.score(outputs, rows.y[of], rows.weights[of], totals)
            totals[1] += penalty * (stop - start) * repeat

    @undisturbed
    def predict(self, samples: Array | Csr, first: int, last: int, batch: int, out: Array) -> None:
        """Write the outputs for the samples first…last to `out`, (samples, outputs)."""
        self.look()
        for start in range(first, last, batch):
            stop = min(start + batch, last)
            outputs = self.forward(self.batch(samples, slice(start, stop)), training=False)
            out[start - first : stop - first] = outputs.reshape(len(outputs), -1)

    def batch(self, samples: Array | Csr, rows: Any) -> Any:
        """Return some of the samples as the first layer takes them."""
        if isinstance(samples, Csr):
            order = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
            return SparseBatch(samples, order, self.network.sample_shape[0])
        return samples[rows].reshape(-1, *self.network.sample_shape)


def len_of(batch: Any) -> int:
    """Return how many samples a batch has, dense or sparse."""
    return int(batch.shape[0])


def rows_of(outputs: Array) -> Array:
    """Return the outputs as (rows, columns)."""
    return outputs.reshape(-1, outputs.shape[-1] if outputs.ndim > 1 else 1)
