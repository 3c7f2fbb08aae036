"""The network as the compiled loop reads it: its layers, loss, metrics and penalties as tables of kernels."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from tinynet._configurable import changes
from tinynet.kernels import maps
from tinynet.kernels.dense import dense_backward, dense_forward, pass_backward, pass_forward
from tinynet.kernels.fusions import one_unit_backward
from tinynet.kernels.machine.jit import arguments_of, handle
from tinynet.kernels.penalties import penalise, penalise_outputs
from tinynet.kernels.tables import Metric, Net, Operation, Penalty
from tinynet.memory import aligned
from tinynet.network import Network

_NOTHING = np.empty(0)
_NOWHERE = np.empty(0, np.int64)
#: The fields of an operation that name kernels.
_KERNELS = (
    *("forward", "backward", "gradients", "activation", "activation_backward", "activity"),
    *("before_forward", "before_backward"),
)


class Tables(NamedTuple):
    """The network as the compiled loop reads it."""

    training: Net
    """In training and evaluation: the last activation is left to the loss where the two are fused."""
    predicting: Net
    """In prediction."""
    work: int
    """Length of the training workspace, per sample."""
    work_predicting: int
    """Length of the workspace that evaluation and prediction need, per sample."""


def tables_of(network: Network, targets: int = 1, sparse: bool = False) -> Tables:
    """Write the tables for a network whose parts all have a compiled form.

    Parameters
    ----------
    network : Network
        The parts.
    targets : int, default 1
        Columns of the targets.
    sparse : bool, default False
        Whether samples come in CSR form.
    """
    ops = _operations(network, sparse)
    for op, activation in ops:
        if activation is not None:
            op.numbers = activation.numbers
            op.activation, op.activation_backward = activation.kernels
    last, shape = ops[-1][0], network.output_shape
    net = Net(count=len(ops), inputs=max(1, prod(network.sample_shape)), targets=targets)
    net.outputs, net.repeat = shape[-1] if shape else 1, prod(shape[:-1])
    net.params, net.gradients = network.memory.parameters, network.memory.gradients
    work, work_predicting = _lay_out(net, ops)
    trained = [o for o, (op, _) in enumerate(ops) if op.trainable]
    net.lowest = trained[0] if trained else len(ops)
    net.head_numbers, net.loss_numbers, net.metrics, net.penalties = _NOTHING, _NOTHING, [], []

    predicting_ops = [(op.copy(sums=-1, before_forward=0, activity=0), activation) for op, activation in ops]
    predicting = net.copy(lowest=len(ops))
    if network.loss is not None:
        net.loss, net.loss_gradient = (handle(k, network.dtype) for k in network.loss.kernels(network.fused))
        net.loss_numbers, net.reduction = network.loss.numbers, network.loss.reduced_by
        if network.fused:
            net.head, net.head_numbers = handle(last.activation, network.dtype), last.numbers
            last.activation = last.activation_backward = 0
            ops[-1] = (last, None)
        _add_metrics(net, network)
        _add_penalties(net, network)
        if any(op.activity for op, _ in ops):
            net.penalise_outputs = handle(penalise_outputs, network.dtype)
    net.ops, predicting.ops = _finished(net, ops, network), _finished(predicting, predicting_ops, network)
    return Tables(net.pack(), predicting.pack(), work, work_predicting)


def kept_tables(network: Network, targets: int = 1, sparse: bool = False) -> Tables:
    """Return the network's tables, which are kept with it for as long as no part is changed."""
    version, tables = network.kept.get((targets, sparse), (-1, None))
    if version != (now := changes[0]):
        tables = tables_of(network, targets, sparse)
        network.kept[targets, sparse] = now, tables
    return tables  # type: ignore[no-any-return]


def _operations(network: Network, sparse: bool) -> list[tuple[Operation, Any]]:
    """Return a row for each layer that does something, and the activation that follows it."""
    ops: list[tuple[Operation, Any]] = []
    for layer, shape, after in zip(network.layers, network.shapes[:-1], network.shapes[1:], strict=True):
        inputs, repeat = shape[-1] if shape else 1, prod(shape[:-1])
        activation, penalty = layer.activation, layer.activity_regularizer
        if activation is not None and activation.does_nothing:
            activation = None
        if layer.does_nothing or (layer.only_activates and activation is None):
            if penalty is None:
                continue
            ops.append((_pass(after), None))
        elif layer.only_activates and ops and _may_end_in_activation(*ops[-1], inputs):
            ops[-1] = (ops[-1][0], activation)
        else:
            op = layer.operation(inputs, repeat, sparse and not ops)
            if (padding := network.padding) is not None and layer in padding.layers:
                columns = prod(network.sample_shape) // layer.steps(shape)
                op.options = np.append(op.options, (columns, padding.value or 0.0))
            ops.append((op, activation))
        if penalty is not None:
            ops[-1][0].activity, ops[-1][0].activity_numbers = penalty.kernel, penalty.numbers
    return ops or [(_pass(network.output_shape), None)]


def _pass(shape: tuple[int, ...]) -> Operation:
    """Return the row of what hands on the same numbers."""
    columns = shape[-1] if shape else 1
    same = Operation(forward=pass_forward, backward=pass_backward, inputs=columns, units=columns, sums=-1)
    same.repeat, same.places = prod(shape[:-1]), _NOWHERE
    same.numbers = same.options = same.shared = same.activity_numbers = _NOTHING
    return same


def _may_end_in_activation(op: Operation, activation: Any, units: int) -> bool:
    """Return whether an activation of so many columns can be done within an operation."""
    return activation is None and op.units == units and not op.activity


def _lay_out(net: Net, ops: list[tuple[Operation, Any]]) -> tuple[int, int]:
    """Give everything its offset in the workspace; return its length per sample, in training and in prediction."""
    offset = 0

    def place_of(size: int) -> int:
        nonlocal offset
        start, offset = offset, offset + aligned(size)
        return start

    for op, _ in ops:
        op.output = place_of(op.repeat * op.units)
    net.at_predictions = place_of(ops[-1][0].repeat * ops[-1][0].units)
    work_predicting = offset
    net.at_x, net.at_y, net.at_weights = place_of(net.inputs), place_of(net.repeat * net.targets), place_of(net.repeat)
    for op, activation in ops:
        op.gradient = place_of(op.repeat * op.units)
        if activation is not None and activation.takes_sums:
            op.sums = place_of(op.repeat * op.units)
    return offset, work_predicting


def _add_metrics(net: Net, network: Network) -> None:
    net.metrics = []
    if network.all_metrics:
        _add_each_metric(net, network)
    net.metric_count = len(net.metrics)


def _add_each_metric(net: Net, network: Network) -> None:
    from tinynet.metrics.sums import SumsMetric

    weighted = [False] * len(network.metrics) + [True] * len(network.weighted_metrics)
    for metric, counts, (first, last) in zip(network.all_metrics, weighted, network.metric_places, strict=True):
        if metric.compiles:
            form = "sums" if isinstance(metric, SumsMetric) else "function"
            kernel = {form: handle(metric.kernel, network.dtype)}
            net.metrics.append(Metric(**kernel, numbers=metric.numbers, weighted=counts, first=first, last=last))


def _add_penalties(net: Net, network: Network) -> None:
    net.penalties = [
        Penalty(
            function=handle(p.regularizer.kernel, network.dtype),
            numbers=p.regularizer.numbers,
            share=p.regularizer.share_place,
            start=p.offset,
            stop=p.stop,
        )
        for p in network.penalised
    ]
    net.penalty_count = len(net.penalties)
    if net.penalties:
        net.penalise = handle(penalise, network.dtype)


def _finished(net: Net, ops: list[tuple[Operation, Any]], network: Network) -> list[Operation]:
    """Fuse what is worth it, leave out what is not needed, and put the kernels' addresses in their places."""
    rows = [op for op, _ in ops]
    for o, (op, activation) in enumerate(ops):
        if o > net.lowest and op.backward is dense_backward and op.units == 1 and passes(*ops[o - 1]):
            op.backward, rows[o - 1].activation_backward = one_unit_backward(ops[o - 1][1].formulas[1]), 0
        if activation is not None and activation.floor is not None and op.forward is dense_forward:
            op.floor, op.activation = activation.floor, 0
    for o, op in enumerate(rows):
        if o < net.lowest:
            op.activation_backward = op.gradients = op.before_backward = 0
        if o <= net.lowest:
            op.backward = 0
        if not op.trainable:
            op.gradients = 0
        for name in _KERNELS:
            setattr(op, name, handle(getattr(op, name), network.dtype))
    return rows


def passes(op: Operation, activation: Any) -> bool:
    """Return whether an activation's derivative can be taken while the gradient passes: of single outputs alone."""
    return not op.activity and is_pointwise(activation)


def is_pointwise(activation: Any) -> bool:
    """Return whether an activation's derivative is of single outputs alone."""
    if activation is None or activation.takes_sums:
        return False
    backward = activation.formulas[1]
    return "Row" not in maps.kinds_of(backward) and len(arguments_of(backward)) == 2
