"""The compiled training loop: many batches of a whole network with no Python in between.

It is the layer loop over again, over a table instead of objects: gather the rows of a batch, forward, loss and metrics,
backward, update. `ops` has a row per layer and `settings` the numbers that concern all of them (both explained in
`_codes`, written by `engine.lower`); one flat `work` array holds what a batch needs: its rows, every layer's output and
every gradient, at the tables' offsets times the batch size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels import _codes as code
from tinynet.kernels import formulas as f
from tinynet.kernels._blocks import as_matrix, as_vector, borrowed, copy
from tinynet.kernels._first import (
    batch_of,
    first_backward,
    first_forward,
    gather,
    held,
    input_vector,
    is_sparse,
    part_of,
)
from tinynet.kernels._jit import inner
from tinynet.kernels._maps import (
    activation_backward,
    activation_forward,
    clip_gradients,
    loss_backward,
    loss_forward,
    metric_sum,
    update_parameters,
)
from tinynet.kernels._random import shuffle

Array = NDArray[Any]

#: The order of samples that are taken as they stand.
ITS_OWN = np.empty(0, np.int64)


@inner
def weights_of(ops: Array, o: int, buffer: Array) -> Any:
    """Return views of operation o's kernel and bias (empty if it has none) in the parameters or the gradients."""
    inputs, units = ops[o, code.OP_INPUTS], ops[o, code.OP_UNITS]
    start, bias = ops[o, code.OP_KERNEL], ops[o, code.OP_BIAS]
    kernel = as_matrix(buffer[start : start + inputs * units], inputs, units)
    return kernel, buffer[max(bias, 0) : (bias + units if bias >= 0 else 0)]


@inner
def output_of(ops: Array, o: int, column: int, rows: int, batch: int, work: Array) -> Array:
    """Return operation o's output (or, by `column`, its gradient) for a batch of `rows` samples."""
    start = ops[o, column] * batch
    return work[start : start + rows * ops[o, code.OP_REPEAT] * ops[o, code.OP_UNITS]]


@inner
def forward(
    batch: Any,
    order: Array,
    first: int,
    n: int,
    ops: Array,
    params: Array,
    work: Array,
    size: int,
) -> Array:
    """Run `n` samples through all operations; every output stays in `work`, the last one is returned.

    Dense samples are a batch already gathered; of sparse ones it is the rows order[first:first + n].
    """
    before = input_vector(batch, work[:0])
    for o in range(ops.shape[0]):
        inputs, units = ops[o, code.OP_INPUTS], ops[o, code.OP_UNITS]
        output = output_of(ops, o, code.OP_OUTPUT, n, size, work)
        if ops[o, code.OP_KIND] == code.DENSE:
            rows = output.size // units
            kernel, bias = weights_of(ops, o, params)
            z = as_matrix(output, rows, units)
            if o == 0 and is_sparse(batch):
                first_forward(batch, order, first, kernel, bias, z)
            else:
                f.dense_forward(as_matrix(before, rows, inputs), kernel, bias, z)
        else:
            copy(before, 0, output, 0, output.size)
        activation_forward(ops[o, code.OP_ACTIVATION], output, units)
        before = output
    return before


@inner
def backward(
    batch: Any,
    order: Array,
    first: int,
    n: int,
    ops: Array,
    lowest: int,
    params: Array,
    gradients: Array,
    work: Array,
    size: int,
) -> None:
    """Carry the gradient of the last output back to operation `lowest`, leaving the parameters' in `gradients`."""
    for o in range(ops.shape[0] - 1, lowest - 1, -1):
        inputs, units = ops[o, code.OP_INPUTS], ops[o, code.OP_UNITS]
        a = output_of(ops, o, code.OP_OUTPUT, n, size, work)
        da = output_of(ops, o, code.OP_GRADIENT, n, size, work)
        activation_backward(ops[o, code.OP_ACTIVATION], a, da, units)
        before = output_of(ops, o - 1, code.OP_OUTPUT, n, size, work) if o > 0 else input_vector(batch, work[:0])
        dbefore = output_of(ops, max(o - 1, 0), code.OP_GRADIENT, n, size, work)
        if ops[o, code.OP_KIND] == code.DENSE:
            rows = da.size // units
            dz = as_matrix(da, rows, units)
            if ops[o, code.OP_TRAINABLE]:
                dkernel, dbias = weights_of(ops, o, gradients)
                if o == 0 and is_sparse(batch):
                    first_backward(batch, order, first, dz, dkernel)
                else:
                    f.dense_backward_kernel(as_matrix(before, rows, inputs), dz, dkernel)
                if dbias.size:
                    f.dense_backward_bias(dz, dbias)
            if o > lowest:
                kernel, _ = weights_of(ops, o, params)
                f.dense_backward_input(dz, kernel, as_matrix(dbefore, rows, inputs))
        elif o > lowest:
            copy(da, 0, dbefore, 0, da.size)


@inner
def score(
    y: Array,
    weights: Array,
    logits: Array,
    settings: Array,
    smoothing: float,
    metrics: Array,
    predictions: Array,
    totals: Array,
) -> None:
    """Add rows, loss, weights and metrics of a batch to `totals`; `predictions` is room for them."""
    columns = settings[code.SET_OUTPUTS]
    rows = logits.size // columns
    totals[0] += rows
    totals[1] += loss_forward(settings[code.SET_LOSS], y, logits, weights, columns, smoothing)
    for i in range(weights.size):
        totals[2] += weights[i]
    if metrics.shape[0]:
        copy(logits, 0, predictions, 0, logits.size)
        activation_forward(settings[code.SET_HEAD_ACTIVATION], predictions, columns)
    for m in range(metrics.shape[0]):
        kind, threshold, weighted = int(metrics[m, 0]), metrics[m, 1], metrics[m, 2] != 0
        counted = weights if weighted else weights[:0]
        totals[3 + m] += metric_sum(kind, y, predictions, counted, columns, threshold)


@inner
def update(
    kind: int,
    params: Array,
    gradients: Array,
    slots: Array,
    runs: Array,
    segments: Array,
    hyper: Array,
    step: int,
) -> None:
    """Clip the gradients, then update every run of trainable parameters."""
    clip_gradients(gradients, segments, hyper)
    most = slots.shape[0] - 1
    for r in range(runs.shape[0]):
        start, stop = runs[r, 0], runs[r, 1]
        w, g = params[start:stop], gradients[start:stop]
        slot_0, slot_1, slot_2 = (
            slots[0, start:stop],
            slots[min(1, most), start:stop],
            slots[most, start:stop],
        )
        update_parameters(kind, w, g, slot_0, slot_1, slot_2, hyper, step)


@inner
def train(
    samples: Any,
    y: Array,
    weights: Array,
    order: Array,
    state: Array,
    settings: Array,
    ops: Array,
    params: Array,
    gradients: Array,
    slots: Array,
    runs: Array,
    segments: Array,
    hyper: Array,
    counter: Array,
    smoothing: float,
    metrics: Array,
    work: Array,
    totals: Array,
    cursor: Array,
    batch: int,
    budget: int,
) -> None:
    """Train for at most `budget` batches from where `cursor` (epoch, row) stands, at most to the end of `totals`.

    The samples, y and `weights` (samples·rows, or empty) are gathered in an `order` which each epoch shuffles anew from
    `state`. `totals` has a row per epoch: rows seen, Σ loss, Σ weights, Σ of each metric. `counter` holds the
    optimizer's steps; `runs` and `segments` say where in the buffers the trainable parameters are.
    """
    # The caller keeps the arrays alive, so the thousands of views below need not count references to them.
    samples, y, weights, order = held(samples), borrowed(y), borrowed(weights), borrowed(order)
    params, gradients, slots = borrowed(params), borrowed(gradients), borrowed(slots)
    work, totals = borrowed(work), borrowed(totals)
    n, last_op = order.size, ops.shape[0] - 1
    repeat, columns = settings[code.SET_OUTPUT_ROWS], settings[code.SET_OUTPUTS]
    flat_y = as_vector(y)
    room = work[settings[code.SET_WORK_X] * batch :]
    room_y = work[settings[code.SET_WORK_Y] * batch :]
    room_weights = work[settings[code.SET_WORK_WEIGHTS] * batch :]
    predictions = work[settings[code.SET_WORK_PREDICTIONS] * batch :]
    while budget > 0 and cursor[0] < totals.shape[0]:
        first = cursor[1]
        last = min(first + batch, n)
        if first == 0 and settings[code.SET_SHUFFLE]:
            shuffle(order, state)
        x_batch = batch_of(samples, order, first, last, room)
        y_batch = gather(flat_y, order, first, last, repeat * settings[code.SET_TARGETS], room_y)
        w_batch = gather(weights, order, first, last, repeat, room_weights) if weights.size else weights

        logits = forward(x_batch, order, first, last - first, ops, params, work, batch)
        score(
            y_batch,
            w_batch,
            logits,
            settings,
            smoothing,
            metrics,
            predictions[: logits.size],
            totals[cursor[0]],
        )
        dlogits = output_of(ops, last_op, code.OP_GRADIENT, last - first, batch, work)
        scale = columns / logits.size
        loss_backward(settings[code.SET_LOSS], y_batch, logits, w_batch, columns, smoothing, scale, dlogits)
        lowest = settings[code.SET_FIRST_TRAINABLE]
        backward(x_batch, order, first, last - first, ops, lowest, params, gradients, work, batch)
        counter[0] += 1
        update(settings[code.SET_OPTIMIZER], params, gradients, slots, runs, segments, hyper, counter[0])

        cursor[1] = last
        if last == n:
            cursor[0] += 1
            cursor[1] = 0
        budget -= 1


@inner
def evaluate(
    samples: Any,
    y: Array,
    weights: Array,
    settings: Array,
    ops: Array,
    params: Array,
    smoothing: float,
    metrics: Array,
    work: Array,
    totals: Array,
    batch: int,
    first: int,
    last: int,
) -> None:
    """Add loss and metrics of the samples first…last, batch by batch, to `totals`; nothing else changes."""
    samples, y, weights, params = held(samples), borrowed(y), borrowed(weights), borrowed(params)
    work = borrowed(work)
    repeat = settings[code.SET_OUTPUT_ROWS]
    targets = repeat * settings[code.SET_TARGETS]
    flat_y = as_vector(y)
    predictions = work[settings[code.SET_WORK_PREDICTIONS] * batch :]
    for start in range(first, last, batch):
        stop = min(start + batch, last)
        rows = part_of(samples, start, stop)
        logits = forward(rows, ITS_OWN, start, stop - start, ops, params, work, batch)
        y_batch = flat_y[start * targets : stop * targets]
        w_batch = weights[start * repeat : stop * repeat]
        score(y_batch, w_batch, logits, settings, smoothing, metrics, predictions[: logits.size], totals)


@inner
def predict(
    samples: Any, first: int, last: int, ops: Array, params: Array, work: Array, batch: int, out: Array
) -> None:
    """Write the outputs for the samples first…last to `out` (flat), `batch` rows at a time."""
    samples, params, work = held(samples), borrowed(params), borrowed(work)
    for start in range(first, last, batch):
        stop = min(start + batch, last)
        rows = part_of(samples, start, stop)
        outputs = forward(rows, ITS_OWN, start, stop - start, ops, params, work, batch)
        copy(outputs, 0, out, (start - first) * (outputs.size // (stop - start)), outputs.size)
