"""Backprop through a network with branches: the layer loop, over calls instead of layers."""

from __future__ import annotations

import copy
from collections import Counter
from math import prod
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.branches import Branched, Head, apart
from tinynet.kernels.reductions import MEAN, share_of_row
from tinynet.layers import Layer
from tinynet.training.layer_loop import LayerLoop
from tinynet.training.padding import mask_behind, rows_kept


class GraphLoop(LayerLoop):
    """Train, evaluate and predict call by call.

    Forward, each call takes the values that it names. Backward, the calls come in the opposite order, and a value that
    several calls have taken gets the sum of the gradients that they give back; so does a layer that is called twice.
    """

    network: Branched

    def __init__(self, network: Branched) -> None:
        self.heads = [(head, LayerLoop(head.network)) for head in network.heads]
        super().__init__(network)

    def look(self) -> None:
        """Take note of what may change between two batches: what is trained, and which values that depends on."""
        super().look()
        self.fused = self.network.fused
        for _, loop in self.heads:
            loop.fused = loop.network.fused
        trained = {layer for layer, _ in self.trained}
        graph = self.network.graph
        #: Which values are worth a gradient: those that something trained has a part in.
        self.learns = [False] * len(graph.inputs)
        for call in graph.calls:
            self.learns.append(call.layer in trained or any(self.learns[number] for number in call.takes))
        fused = {head.output: loop.fused for head, loop in self.heads} or {0: self.fused}
        #: The values that are handed on as sums, their activation being the loss's.
        self.sums = {value for number, value in enumerate(graph.outputs) if fused.get(number)}

    # ---- backprop ---------------------------------------------------------------------------------------------------

    def _through(self, x: Any, training: bool) -> Array:
        """Take a batch through the calls; the outputs stand side by side if there are several."""
        values, graph = self.network.split_inputs(x), self.network.graph
        used: Counter[Layer] = Counter()
        masks: list[Any] = [None] * len(values)
        padded = self.network.padding is not None
        self.penalised_outputs = {}
        #: What was called: a layer's second call is made on a copy, which remembers that call and shares its weights.
        self.called: list[Layer] = []
        for number, call in enumerate(graph.calls, len(graph.inputs)):
            used[call.layer] += 1
            layer = _twin(call.layer, used[call.layer]) if used[call.layer] > 1 else call.layer
            self.called.append(layer)
            self.note(call.layer, number, len(values[0]), training)
            taken: Any = [values[n] for n in call.takes]
            verb = "sums" if number in self.sums else "forward"
            before: Any = [masks[n] for n in call.takes]
            if not layer.merges:
                taken, before = taken[0], before[0]
            masks.append(mask_behind(layer, taken, before) if padded else None)
            given = self.told(layer, verb, taken, training, before)
            values.append(self.checked(layer, verb, given, len(values[0]), self.network.shapes[number]))
            if layer.activity_regularizer is not None:
                self.penalised_outputs[layer] = values[-1].copy()
        outputs = [values[n] for n in graph.outputs]
        for head, loop in self.heads:
            loop.kept = rows_kept(masks[graph.outputs[head.output]], outputs[head.output])
        if not self.heads and self.network.loss is not None:
            self.kept = rows_kept(masks[graph.outputs[0]], outputs[0])
        return outputs[0] if len(outputs) == 1 else np.concatenate([a.reshape(len(a), -1) for a in outputs], axis=1)

    def backward(self, gradient: Array) -> None:
        """Carry the loss's gradient back through the calls, as far as there is something to train."""
        graph, shapes = self.network.graph, self.network.output_shapes
        arrived: dict[int, Array] = {}
        parts = [gradient] if len(shapes) == 1 else apart(gradient, shapes)
        for value, part in zip(graph.outputs, parts, strict=True):
            arrived[value] = arrived[value] + part if value in arrived else part
        done: set[Layer] = set()
        for number in range(len(self.learns) - 1, len(graph.inputs) - 1, -1):
            if number not in arrived or not self.learns[number]:
                continue
            call, layer = graph.calls[number - len(graph.inputs)], self.called[number - len(graph.inputs)]
            before = [p.gradient.copy() for p in layer.trainable_parameters] if call.layer in done else []
            verb = "backward_sums" if number in self.sums else "backward"
            slope = self.with_slope(layer, arrived.pop(number))
            if any(self.learns[n] for n in call.takes):
                found = self.ask(layer, verb, slope)
                for n, dx in zip(call.takes, found if layer.merges else [found], strict=True):
                    dx = self.checked(layer, verb, dx, len(gradient), self.network.shapes[n])
                    arrived[n] = arrived[n] + dx if n in arrived else dx
            else:
                self.ask(layer, f"{verb}_parameters", slope)
            for parameter, already in zip(layer.trainable_parameters, before, strict=False):
                parameter.gradient[...] += already
            done.add(call.layer)
        #: What is left are the gradients of the inputs, as far as anybody asked for them.
        self.arrived = arrived
        for layer, trained in self.trained:
            if layer not in done:  # no output depends on it
                for parameter in trained:
                    parameter.gradient[...] = 0

    def input_gradient(self, gradient: Array) -> Array:
        """Return the gradient of the inputs, side by side if there are several, from that of the outputs."""
        learns, self.learns = self.learns, [True] * len(self.learns)
        try:
            self.backward(gradient)
        finally:
            self.learns = learns
        found = []
        for number, shape in enumerate(self.network.input_shapes):
            own = self.arrived.get(number)
            found.append(np.zeros((len(gradient), *shape), gradient.dtype) if own is None else own.copy())
        return found[0] if len(found) == 1 else np.concatenate([a.reshape(len(a), -1) for a in found], axis=1)

    # ---- several outputs --------------------------------------------------------------------------------------------

    def step(self, x: Any, y: Array, weights: Array, totals: Array) -> None:
        """Make one training step on a batch: forward, losses, backward, update."""
        if not self.heads:
            super().step(x, y, weights, totals)
            return
        outputs = self.forward(x, training=True)
        self.score(outputs, y, weights, totals)
        self.backward(self.loss_gradient(outputs, y, weights))
        self.tell_share(share_of_row(MEAN, weights, len(outputs)))
        totals[1] += self.penalise() * len(y)
        self.update()

    def score(self, outputs: Array, y: Array, weights: Array, totals: Array) -> None:
        """Add rows, loss and metrics of a batch to `totals`: each output's by itself, and the sum of the losses."""
        if not self.heads:
            super().score(outputs, y, weights, totals)
            return
        parts = self.parts(outputs, y)
        totals[0] += len(outputs)
        totals[2] += len(outputs)
        of_heads = self.network.totals_of_heads(totals)
        for (head, loop), own, (p, target, weight) in zip(self.heads, of_heads, parts, strict=True):
            rows, loss = own[0], own[1]
            loop.score(p, target, weight, own)
            totals[1] += head.weight * (own[1] - loss) / (own[0] - rows) * len(outputs)
        totals[1] += self.penalise_outputs() * len(outputs)

    def loss_gradient(self, outputs: Array, y: Array, weights: Array) -> Array:
        """Return the gradient of the batch's loss to the outputs, side by side if there are several."""
        if not self.heads:
            return super().loss_gradient(outputs, y, weights)
        found = [np.zeros((len(outputs), prod(shape)), outputs.dtype) for shape in self.network.output_shapes]
        for (head, loop), (p, target, weight) in zip(self.heads, self.parts(outputs, y), strict=True):
            gradient = loop.loss_gradient(p, target, weight)
            found[head.output] = gradient.reshape(len(outputs), -1) * gradient.dtype.type(head.weight)
        return np.concatenate(found, axis=1)

    def parts(self, outputs: Array, y: Array) -> list[tuple[Array, Array, Array]]:
        """Return each head's predictions, targets and weights out of arrays in which they stand side by side."""
        heads, given = self.network.heads, apart(outputs, self.network.output_shapes)
        return [(given[head.output], *targets) for head, targets in zip(heads, split_targets(heads, y), strict=True)]


def split_targets(heads: tuple[Head, ...], y: Array) -> list[tuple[Array, Array]]:
    """Return the targets (rows, columns) of each output, and the weights of its rows, of which there may be none."""
    ends, found = np.cumsum([head.columns for head in heads]), []
    for number, (head, end) in enumerate(zip(heads, ends, strict=True)):
        rows = int(np.prod(head.network.output_shape[:-1]))
        target = np.ascontiguousarray(y[:, end - head.columns : end]).reshape(len(y) * rows, -1)
        weight = np.empty(0, y.dtype)
        if y.shape[1] > ends[-1]:
            weight = np.repeat(y[:, ends[-1] + number], rows)
        found.append((target, weight))
    return found


def _twin(layer: Layer, number: int) -> Layer:
    """Return a layer with the same parameters that remembers another call, and draws other numbers."""
    twin = copy.copy(layer)
    if isinstance(stream := vars(layer).get("_stream"), int):
        vars(twin)["_stream"] = stream + number
    return twin
