"""The network as tables of numbers, which is how the compiled loop reads it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.engine import Network, is_builtin_metric
from tinynet.kernels import _codes as code
from tinynet.layers import Activation, Dense
from tinynet.memory import ALIGNMENT

Array = NDArray[Any]


@dataclass(frozen=True)
class Tables:
    """The network as the compiled loop reads it; columns and entries are explained in `kernels._codes`."""

    ops: Array
    """Operations in training and evaluation: the last activation is left to the loss where the two are fused."""
    predicting: Array
    """Operations in prediction."""
    settings: Array
    metrics: Array
    """A row per metric: code, threshold, whether it is weighted."""
    work: int
    """Length of the training workspace, per sample."""
    work_predicting: int
    """Length of the workspace that evaluation and prediction need, per sample."""


def lower(network: Network, targets: int = 1) -> Tables:
    """Write the tables of the compiled loop for a network of built-in layers; `targets` is their number per row."""
    rows: list[list[int]] = []
    shape = network.sample_shape
    for layer in network.layers:
        inputs = shape[-1] if shape else 1
        repeat = prod(shape[:-1])
        if isinstance(layer, Dense):
            kernel, *bias = layer.parameters
            place = [kernel.offset, bias[0].offset if bias else -1]
            activation = layer.activation.code
            assert activation is not None
            trains = bool(layer.trainable_parameters)
            rows.append([code.DENSE, repeat, inputs, layer.units, *place, activation, 0, 0, trains])
        elif isinstance(layer, Activation):
            activation = layer.activation.code
            assert activation is not None
            if rows and rows[-1][code.OP_ACTIVATION] == code.LINEAR and rows[-1][code.OP_UNITS] == inputs:
                rows[-1][code.OP_ACTIVATION] = activation
            else:
                rows.append([code.ACTIVATION, repeat, inputs, inputs, -1, -1, activation, 0, 0, 0])
        after = layer.compute_output_shape((None, *shape))[1:]
        shape = tuple(a for a in after if a is not None)
    columns, repeat = shape[-1] if shape else 1, prod(shape[:-1])
    if not rows:
        rows.append([code.ACTIVATION, repeat, columns, columns, -1, -1, code.LINEAR, 0, 0, 0])

    offset = 0

    def place_of(size: int) -> int:
        nonlocal offset
        start, offset = offset, offset + -(-size // ALIGNMENT) * ALIGNMENT
        return start

    sizes = [row[code.OP_REPEAT] * row[code.OP_UNITS] for row in rows]
    inputs = max(1, prod(network.sample_shape))
    entries = [0] * code.SETTINGS
    entries[code.SET_INPUTS] = inputs
    entries[code.SET_OUTPUT_ROWS], entries[code.SET_OUTPUTS], entries[code.SET_TARGETS] = repeat, columns, targets
    for row, size in zip(rows, sizes, strict=True):
        row[code.OP_OUTPUT] = place_of(size)
    entries[code.SET_WORK_PREDICTIONS] = place_of(sizes[-1])
    work_predicting = offset
    entries[code.SET_WORK_X] = place_of(inputs)
    entries[code.SET_WORK_Y] = place_of(repeat * targets)
    entries[code.SET_WORK_WEIGHTS] = place_of(repeat)
    for row, size in zip(rows, sizes, strict=True):
        row[code.OP_GRADIENT] = place_of(size)
    trained = [o for o, row in enumerate(rows) if row[code.OP_TRAINABLE]]
    entries[code.SET_FIRST_TRAINABLE] = trained[0] if trained else len(rows)
    if network.optimizer is not None and network.optimizer.code is not None:
        entries[code.SET_OPTIMIZER] = network.optimizer.code

    ops = np.array(rows, np.int64)
    predicting = ops
    if network.loss is not None:
        entries[code.SET_LOSS] = network.loss_code
        if network.fused:
            predicting = ops.copy()
            entries[code.SET_HEAD_ACTIVATION] = rows[-1][code.OP_ACTIVATION]
            ops[-1, code.OP_ACTIVATION] = code.LINEAR
    metrics = np.array(metric_rows(network), np.float64).reshape(-1, 3)
    return Tables(ops, predicting, np.array(entries, np.int64), metrics, offset, work_predicting)


def metric_rows(network: Network) -> list[tuple[float, float, float]]:
    """Return code, threshold and weighting of every metric."""
    weighted = [False] * len(network.metrics) + [True] * len(network.weighted_metrics)
    return [
        (m.code, m.threshold, w) for m, w in zip(network.all_metrics, weighted, strict=True) if is_builtin_metric(m)
    ]
