"""Backprop over layer objects, in plain Python.

`LayerLoop.step` is what a framework does in every training step. It runs what users write themselves, and large
networks, whose products it hands to BLAS. `CompiledLoop` has the same methods and does the same without Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import kernels
from tinynet.engine import Network
from tinynet.layers import Activation, Dense
from tinynet.losses import _Builtin as BuiltinLoss
from tinynet.metrics import Metric
from tinynet.metrics import _Mean as BuiltinMetric

Array = NDArray[Any]


class LayerLoop:
    """Train, evaluate and predict layer by layer."""

    def __init__(self, network: Network, metrics: tuple[Metric, ...] = ()) -> None:
        self.network = network
        self.layers = network.layers
        #: Metric objects that collect in Python; the others are kernels.
        self.metrics = metrics or network.all_metrics

    # ---- backprop ---------------------------------------------------------------------------------------------------

    def step(self, x: Array, y: Array, weights: Array, totals: Array) -> None:
        """Make one training step on a batch: forward, loss, backward, update."""
        outputs = self.forward(x, training=True)
        self.score(outputs, y, weights, totals)
        gradient = self.loss_gradient(outputs, y, weights)
        self.backward(gradient)
        assert self.network.optimizer is not None
        self.network.optimizer.apply(self.network.parameters)

    def forward(self, x: Array, training: bool) -> Array:
        """Run a batch through the layers; the result are logits where the loss is fused with the last activation."""
        for layer in self.layers[:-1]:
            x = self.cast(layer.forward(x, training))
        last = self.layers[-1]
        if self.network.fused:
            assert isinstance(last, (Dense, Activation))
            return last.logits(x, training)
        return self.cast(last.forward(x, training))

    def backward(self, gradient: Array) -> None:
        """Carry the loss's gradient back through the layers, as far down as there is something to train."""
        trained = [i for i, layer in enumerate(self.layers) if layer.trainable_parameters]
        first = trained[0] if trained else len(self.layers)
        for i in range(len(self.layers) - 1, first - 1, -1):
            layer = self.layers[i]
            if self.network.fused and i == len(self.layers) - 1:
                assert isinstance(layer, (Dense, Activation))
                gradient = layer.backward_logits(gradient)
            elif i > first:
                gradient = self.cast(layer.backward(gradient))
            else:
                layer.backward_parameters(gradient)

    def cast(self, a: Array) -> Array:
        """Return what a layer gave as the kernels take it; a user's layer may give another type or order."""
        return np.ascontiguousarray(a, self.network.dtype)

    # ---- loss and metrics -------------------------------------------------------------------------------------------

    def loss_gradient(self, outputs: Array, y: Array, weights: Array) -> Array:
        """Return the gradient of the batch's loss, Σ weight·loss / N, with respect to the outputs (or logits)."""
        loss, p = self.network.loss, _rows(outputs)
        if isinstance(loss, BuiltinLoss):
            dp = np.empty_like(p)
            kernels.loss_backward(
                self.network.loss_code,
                y.reshape(-1),
                p.reshape(-1),
                weights,
                p.shape[1],
                loss.label_smoothing,
                1.0 / len(p),
                dp.reshape(-1),
            )
        else:
            assert loss is not None
            factor = (weights if weights.size else np.ones(len(p), p.dtype)) / len(p)
            dp = np.asarray(loss.backward(y, p), p.dtype) * factor[:, None].astype(p.dtype)
        return dp.reshape(outputs.shape)

    def score(self, outputs: Array, y: Array, weights: Array, totals: Array) -> None:
        """Add rows, loss, weights and metrics of a batch to `totals` (as the compiled loop does)."""
        loss, p = self.network.loss, np.ascontiguousarray(_rows(outputs))
        rows, columns = p.shape
        totals[0] += rows
        if isinstance(loss, BuiltinLoss):
            totals[1] += kernels.loss_forward(
                self.network.loss_code, y.reshape(-1), p.reshape(-1), weights, columns, loss.label_smoothing
            )
        else:
            assert loss is not None
            losses = np.asarray(loss.forward(y, p), np.float64).reshape(-1)
            totals[1] += (losses * weights if weights.size else losses).sum()
        totals[2] += weights.sum()
        if self.network.fused:
            last = self.layers[-1]
            assert isinstance(last, (Dense, Activation))
            p = p.copy()
            last.activation.forward(p)
        for m, metric in enumerate(self.metrics):
            counted = weights if m >= len(self.network.metrics) else weights[:0]
            if isinstance(metric, BuiltinMetric):
                totals[3 + m] += kernels.metric_sum(
                    metric.code, y.reshape(-1), p.reshape(-1), counted, columns, metric.threshold
                )
            else:
                metric.update_state(y, p, counted if counted.size else None)
                totals[3 + m] = metric.result()

    # ---- many batches: the interface shared with CompiledLoop -------------------------------------------------------

    def train(
        self,
        x: Array,
        y: Array,
        weights: Array,
        order: Array,
        state: Array | None,
        batch: int,
        totals: Array,
        cursor: Array,
        budget: int,
    ) -> None:
        """Train for at most `budget` batches from where `cursor` stands; see `kernels._loop.train`.

        A `state` of None leaves the `order` as it is.
        """
        repeat = len(y) // len(x)
        while budget > 0 and cursor[0] < len(totals):
            first, last = int(cursor[1]), min(int(cursor[1]) + batch, len(x))
            if first == 0 and state is not None:
                kernels.shuffle(order, state)
            rows = order[first:last]
            row_targets = rows if repeat == 1 else (rows[:, None] * repeat + np.arange(repeat)).reshape(-1)
            x_batch = x[rows].reshape(-1, *self.network.sample_shape)
            w_batch = weights[row_targets] if weights.size else weights
            self.step(x_batch, y[row_targets], w_batch, totals[cursor[0]])
            cursor[:] = (cursor[0], last) if last < len(x) else (cursor[0] + 1, 0)
            budget -= 1

    def evaluate(self, x: Array, y: Array, weights: Array, batch: int, totals: Array, first: int, last: int) -> None:
        """Add loss and metrics of the samples first…last to `totals`."""
        repeat = len(y) // len(x)
        for start in range(first, last, batch):
            stop = min(start + batch, last)
            of = slice(start * repeat, stop * repeat)
            outputs = self.forward(x[start:stop].reshape(-1, *self.network.sample_shape), training=False)
            self.score(outputs, y[of], weights[of], totals)

    def predict(self, x: Array, batch: int, out: Array) -> None:
        """Write the outputs for the rows of `x` to `out`, (samples, outputs)."""
        for start in range(0, len(x), batch):
            a = x[start : start + batch].reshape(-1, *self.network.sample_shape)
            for layer in self.layers:
                a = self.cast(layer.forward(a, False))
            out[start : start + batch] = a.reshape(len(a), -1)


def _rows(outputs: Array) -> Array:
    """Return the outputs as (rows, columns)."""
    return outputs.reshape(-1, outputs.shape[-1] if outputs.ndim > 1 else 1)
