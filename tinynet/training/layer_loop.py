"""Backprop over layer objects, in plain Python.

`LayerLoop.step` is what a framework does in every training step. It runs what users write themselves, and large
networks, whose products it hands to BLAS. `CompiledLoop` has the same methods and does the same without Python.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import kernels
from tinynet.engine import BUILTIN_LAYERS, Network, is_builtin_loss, is_builtin_metric
from tinynet.kernels.samples import Csr, SparseBatch, count
from tinynet.layers import Activation, Dense, Layer
from tinynet.training.pace import CALL_SECONDS

Array = NDArray[Any]

#: A training that diverges shows in its loss, as in the compiled loop, not in NumPy's warnings.
_QUIET = np.errstate(over="ignore", invalid="ignore", divide="ignore")


class LayerLoop:
    """Train, evaluate and predict layer by layer."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers = network.layers
        #: Shapes of one sample before, between and after the layers.
        self.shapes: list[tuple[int | None, ...]] = [network.sample_shape]
        for layer in self.layers:
            self.shapes.append(layer.compute_output_shape((None, *self.shapes[-1]))[1:])

    # ---- backprop ---------------------------------------------------------------------------------------------------

    def step(self, x: Any, y: Array, weights: Array, totals: Array) -> None:
        """Make one training step on a batch: forward, loss, backward, update."""
        outputs = self.forward(x, training=True)
        self.score(outputs, y, weights, totals)
        gradient = self.loss_gradient(outputs, y, weights)
        self.backward(gradient)
        assert self.network.optimizer is not None
        self.network.optimizer.apply(self.network.parameters)

    def forward(self, x: Any, training: bool) -> Array:
        """Run a batch through the layers; the result are logits where the loss is fused with the last activation."""
        fused = self.network.fused
        a: Array = x
        for i, layer in enumerate(self.layers[:-1] if fused else self.layers):
            a = self.cast(layer, "forward", layer.forward(a, training), a.shape[0], self.shapes[i + 1])
        if fused:
            last = self.layers[-1]
            assert isinstance(last, (Dense, Activation))
            a = last.logits(a, training)
        return a

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
                dx = layer.backward(gradient)
                gradient = self.cast(layer, "backward", dx, len(gradient), self.shapes[i])
            else:
                layer.backward_parameters(gradient)

    def cast(self, layer: Layer, method: str, a: Array, rows: int, shape: tuple[int | None, ...]) -> Array:
        """Return what a layer gave as the kernels take it; a user's layer may give another type or order."""
        if type(layer) not in BUILTIN_LAYERS and np.shape(a) != (rows, *shape):
            found = "None: is its `return` missing?" if a is None else f"shape {np.shape(a)}."
            source = ", as `compute_output_shape` says" if method == "forward" else ", the shape of the input"
            raise ValueError(
                f"Layer '{layer.name}' ({type(layer).__name__}): `{method}` must return an array of shape "
                f"{(rows, *shape)}{source}. It returned {found}"
            )
        return np.ascontiguousarray(a, self.network.dtype)

    # ---- loss and metrics -------------------------------------------------------------------------------------------

    def loss_gradient(self, outputs: Array, y: Array, weights: Array) -> Array:
        """Return the gradient of the batch's loss, Σ weight·loss / N, with respect to the outputs (or logits)."""
        loss, p = self.network.loss, _rows(outputs)
        if is_builtin_loss(loss):
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
        if is_builtin_loss(loss):
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
        for m, metric in enumerate(self.network.all_metrics):
            counted = weights if m >= len(self.network.metrics) else weights[:0]
            if is_builtin_metric(metric):
                totals[3 + m] += kernels.metric_sum(
                    metric.code, y.reshape(-1), p.reshape(-1), counted, columns, metric.threshold
                )
            else:
                metric.update_state(y, p, counted if counted.size else None)
                totals[3 + m] = metric.result()

    # ---- many batches: the interface shared with CompiledLoop -------------------------------------------------------

    @_QUIET
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
        tests: Any = None,
    ) -> None:
        """Train for at most `budget` batches from where `cursor` stands; see `kernels._loop.train`.

        A `state` of None leaves the `order` as it is; `tests` are for the other loop. Nobody knows how long a user's
        layer takes: after `CALL_SECONDS` the call returns, so that Ctrl-C and progress need not wait.
        """
        until = perf_counter() + CALL_SECONDS
        n = count(samples)
        repeat = len(y) // n
        while budget > 0 and cursor[0] < len(totals):
            first, last = int(cursor[1]), min(int(cursor[1]) + batch, n)
            if first == 0 and state is not None:
                kernels.shuffle(order, state)
            rows = order[first:last]
            row_targets = rows if repeat == 1 else (rows[:, None] * repeat + np.arange(repeat)).reshape(-1)
            w_batch = weights[row_targets] if weights.size else weights
            self.step(self.batch(samples, rows), y[row_targets], w_batch, totals[cursor[0]])
            cursor[:] = (cursor[0], last) if last < n else (cursor[0] + 1, 0)
            budget = budget - 1 if perf_counter() < until else 0

    @_QUIET
    def evaluate(
        self, samples: Array | Csr, y: Array, weights: Array, batch: int, totals: Array, first: int, last: int
    ) -> None:
        """Add loss and metrics of the samples first…last to `totals`."""
        repeat = len(y) // count(samples)
        for start in range(first, last, batch):
            stop = min(start + batch, last)
            of = slice(start * repeat, stop * repeat)
            outputs = self.forward(self.batch(samples, slice(start, stop)), training=False)
            self.score(outputs, y[of], weights[of], totals)

    @_QUIET
    def predict(self, samples: Array | Csr, first: int, last: int, batch: int, out: Array) -> None:
        """Write the outputs for the samples first…last to `out`, (samples, outputs)."""
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


def _rows(outputs: Array) -> Array:
    """Return the outputs as (rows, columns)."""
    return outputs.reshape(-1, outputs.shape[-1] if outputs.ndim > 1 else 1)
