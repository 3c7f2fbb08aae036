"""The compiled training loop: many batches of a whole network with no Python in between.

It is the layer loop over again, over tables instead of objects: gather the rows of a batch, forward, loss and metrics,
backward, update. What is done with one batch stands in `_batch`, where the tables are explained too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels import _codes as code
from tinynet.kernels._batch import (
    FIRST,
    backward,
    forward,
    of_rows,
    output_of,
    parameter_gradients,
    score,
    update,
)
from tinynet.kernels._first import batch_of, gathered, held, part_of
from tinynet.kernels._jit import inner
from tinynet.kernels._maps import clip_gradients, loss_backward
from tinynet.kernels._random import shuffle
from tinynet.kernels._team import meet, share, smallest_share
from tinynet.kernels._views import as_vector, borrowed, copy, span

Array = NDArray[Any]

#: The order of samples that are taken as they stand.
ITS_OWN = np.empty(0, np.int64)


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
    begin: int,
    end: int,
    arrivals: Array,
    member: int,
    members: int,
) -> None:
    """Add loss and metrics of the samples begin…end, batch by batch, to `totals`; nothing else changes."""
    samples, y, weights, params = held(samples), borrowed(y), borrowed(weights), borrowed(params)
    work, order = borrowed(work), borrowed(ITS_OWN)
    repeat, last_op = settings[code.SET_OUTPUT_ROWS], len(ops) - 1
    targets = repeat * settings[code.SET_TARGETS]
    flat_y = as_vector(y)
    predictions = work[settings[code.SET_WORK_PREDICTIONS] * batch :]
    for start in range(begin, end, batch):
        n = min(batch, end - start)
        first, last = share(n, smallest_share(work), member, members)
        forward(part_of(samples, start, start + n), order, start, first, last, ops, params, work, batch)
        meet(arrivals, members)
        if member == 0:
            logits = output_of(ops, last_op, code.OP_OUTPUT, FIRST, n, batch, work)
            y_batch = flat_y[start * targets : (start + n) * targets]
            w_batch = weights[start * repeat : (start + n) * repeat]
            room = span(predictions, 0, logits.size)
            score(y_batch, w_batch, logits, settings, smoothing, metrics, room, totals)
        meet(arrivals, members)


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
    test_samples: Any,
    test_y: Array,
    test_weights: Array,
    test_totals: Array,
    test_batch: int,
    arrivals: Array,
    member: int,
    members: int,
) -> None:
    """Train for at most `budget` batches from where `cursor` (epoch, row) stands, at most to the end of `totals`.

    The samples, y and `weights` (samples·rows, or empty) are gathered in an `order` which each epoch shuffles anew from
    `state`. `totals` has a row per epoch: rows seen, Σ loss, Σ weights, Σ of each metric. `counter` holds the
    optimizer's steps; `runs` and `segments` say where in the buffers the trainable parameters are.

    After an epoch the test samples are evaluated into its row of `test_totals`, if that has any rows: coming back to
    Python for it would take longer than many a small network's epoch.

    Large networks are trained by several `members`, threads that all call this with the same arrays and meet by
    `arrivals`; the first one also does what is not worth sharing.
    """
    # Python keeps the arrays alive. That they belong to nobody here lets the compiler drop what the thousands of views
    # below would do to count references.
    samples, y, weights, order = held(samples), borrowed(y), borrowed(weights), borrowed(order)
    params, gradients, slots = borrowed(params), borrowed(gradients), borrowed(slots)
    work, totals = borrowed(work), borrowed(totals)
    last_op, lowest = len(ops) - 1, settings[code.SET_FIRST_TRAINABLE]
    repeat, columns = settings[code.SET_OUTPUT_ROWS], settings[code.SET_OUTPUTS]
    flat_y = as_vector(y)
    room = work[settings[code.SET_WORK_X] * batch :]
    room_y = work[settings[code.SET_WORK_Y] * batch :]
    room_weights = work[settings[code.SET_WORK_WEIGHTS] * batch :]
    predictions = work[settings[code.SET_WORK_PREDICTIONS] * batch :]
    epoch, start, step = cursor[0], cursor[1], counter[0]
    while budget > 0 and epoch < len(totals):
        n = min(batch, order.size - start)
        first, last = share(n, smallest_share(work), member, members)
        if start == 0 and settings[code.SET_SHUFFLE]:
            if member == 0:
                shuffle(order, state)
            meet(arrivals, members)
        x_batch = batch_of(samples, order, start, first, last, n, room)
        y_batch = gathered(flat_y, order, start, first, last, n, repeat * settings[code.SET_TARGETS], room_y)
        w_batch = gathered(weights, order, start, first, last, n, repeat, room_weights) if weights.size else weights

        forward(x_batch, order, start, first, last, ops, params, work, batch)
        logits = output_of(ops, last_op, code.OP_OUTPUT, first, last, batch, work)
        dlogits = output_of(ops, last_op, code.OP_GRADIENT, first, last, batch, work)
        loss_backward(
            settings[code.SET_LOSS],
            of_rows(y_batch, first, last, n),
            logits,
            of_rows(w_batch, first, last, n),
            columns,
            smoothing,
            1.0 / (n * repeat),
            dlogits,
        )
        backward(first, last, ops, lowest, params, work, batch)
        meet(arrivals, members)

        parameter_gradients(x_batch, order, start, n, ops, lowest, gradients, work, batch, member, members)
        if member == 0:
            logits = output_of(ops, last_op, code.OP_OUTPUT, FIRST, n, batch, work)
            room_p = span(predictions, 0, logits.size)
            score(y_batch, w_batch, logits, settings, smoothing, metrics, room_p, totals[epoch])
        meet(arrivals, members)

        step += 1
        if member == 0:
            clip_gradients(gradients, segments, hyper)
        meet(arrivals, members)
        update(settings[code.SET_OPTIMIZER], params, gradients, slots, runs, hyper, step, member, members)
        meet(arrivals, members)

        start += n
        if start == order.size:
            if len(test_totals):
                tests = len(test_y) // repeat
                evaluate(
                    test_samples,
                    test_y,
                    test_weights,
                    settings,
                    ops,
                    params,
                    smoothing,
                    metrics,
                    work,
                    test_totals[epoch],
                    test_batch,
                    FIRST,
                    tests,
                    arrivals,
                    member,
                    members,
                )
            epoch, start = epoch + 1, 0
        budget -= 1
    if member == 0:
        cursor[0], cursor[1], counter[0] = epoch, start, step


@inner
def predict(
    samples: Any,
    begin: int,
    end: int,
    ops: Array,
    params: Array,
    work: Array,
    batch: int,
    out: Array,
    arrivals: Array,
    member: int,
    members: int,
) -> None:
    """Write the outputs for the samples begin…end to `out` (flat), `batch` rows at a time."""
    samples, params, work, order = held(samples), borrowed(params), borrowed(work), borrowed(ITS_OWN)
    for start in range(begin, end, batch):
        n = min(batch, end - start)
        first, last = share(n, smallest_share(work), member, members)
        rows = part_of(samples, start, start + n)
        forward(rows, order, start, first, last, ops, params, work, batch)
        outputs = output_of(ops, len(ops) - 1, code.OP_OUTPUT, first, last, batch, work)
        if last > first:
            copy(outputs, 0, out, (start - begin + first) * (outputs.size // (last - first)), outputs.size)
        meet(arrivals, members)  # the shares of a shorter batch are other rows of the workspace
