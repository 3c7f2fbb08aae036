"""The compiled loops: many batches of a whole network with no Python in between.

They do what the layer loop does, over tables of addresses instead of objects: what a layer, an activation, a loss, a
metric or an optimizer does is a kernel of its own, which its table names. One flat `work` array holds what a batch
needs: its rows, every layer's output and every gradient. The rows first…last of a batch are one thread's share.
"""

from __future__ import annotations

from typing import Any

from tinynet.kernels.machine.jit import Doubles, Floats, Integers, call, call_total, inner, kernel
from tinynet.kernels.machine.structs import at
from tinynet.kernels.machine.views import copy, span
from tinynet.kernels.places import input_of, of_rows, part
from tinynet.kernels.random import shuffle
from tinynet.kernels.reductions import WEIGHTED_MEAN, share_of_row, times_rows
from tinynet.kernels.tables import Batch, Data, Net, Prediction, Training
from tinynet.kernels.team import meet, share, smallest_share

#: The fewest parameters that are worth a thread's while to update.
SMALLEST_UPDATE = 1024


# ---- one batch ------------------------------------------------------------------------------------------------------


@kernel
def forward(net: Net, batch: Batch, x: Floats, first: int, last: int, work: Floats, size: int) -> None:
    """Take the rows first…last of a batch through all operations; every output stays in `work`."""
    before = x
    for o in range(net.count):
        op = at(net.ops, o)
        out = part(work, op.output, size, op.repeat * op.units, first, last)
        if op.before_forward != 0 and batch.training != 0:
            meet(batch.arrivals, batch.members)
            call(op.before_forward, op, input_of(net, o, batch.rows, work, size), batch)
            meet(batch.arrivals, batch.members)
        call(op.forward, op, before, out, batch)
        if op.activation != 0:
            if op.sums >= 0 and batch.training != 0:
                sums = part(work, op.sums, size, op.repeat * op.units, first, last)
                copy(out, 0, sums, 0, out.size)
            call(op.activation, out, op.units, op.numbers)
        before = out


@inner
def backward(net: Any, batch: Any, first: int, last: int, work: Any, size: int) -> None:
    """Carry the gradient of the last output back to the lowest operation; the gradients of the sums stay in `work`."""
    for o in range(net.count - 1, net.lowest - 1, -1):
        op = at(net.ops, o)
        numbers = op.repeat * op.units
        a = part(work, op.output, size, numbers, first, last)
        da = part(work, op.gradient, size, numbers, first, last)
        if op.activity != 0:
            call_total(op.activity, a, da, 1.0 / batch.rows, op.activity_numbers)
        if op.activation_backward != 0:
            z = part(work, op.sums, size, numbers, first, last) if op.sums >= 0 else span(work, 0, 0)
            call(op.activation_backward, z, a, da, op.units, op.numbers)
        if op.before_backward != 0:
            n = batch.rows
            dy = part(work, op.gradient, size, numbers, 0, n)
            meet(batch.arrivals, batch.members)
            call(op.before_backward, op, input_of(net, o, n, work, size), dy, batch)
            meet(batch.arrivals, batch.members)
        if o > net.lowest:
            below = at(net.ops, o - 1)
            numbers = below.repeat * below.units
            before = part(work, below.output, size, numbers, first, last)
            dbefore = part(work, below.gradient, size, numbers, first, last)
            call(op.backward, op, before, da, dbefore, batch)


@inner
def parameter_gradients(net: Any, batch: Any, n: int, work: Any, size: int) -> None:
    """Write a thread's share of the parameters' gradients, after all rows have gone backward.

    A gradient is a sum over all rows, so it cannot be shared by rows as `backward` is.
    """
    for o in range(net.count - 1, net.lowest - 1, -1):
        op = at(net.ops, o)
        if op.trainable != 0 and (op.shared_gradients != 0 or batch.member == 0):
            dz = part(work, op.gradient, size, op.repeat * op.units, 0, n)
            call(op.gradients, op, input_of(net, o, n, work, size), dz, batch)


@kernel
def score(net: Net, y: Floats, weights: Floats, logits: Floats, predictions: Floats, totals: Doubles) -> None:
    """Add rows, loss, weights and metrics of a batch to `totals`; `predictions` is room for them."""
    rows = logits.size // net.outputs
    loss = call_total(net.loss, y, logits, weights, net.outputs, net.loss_numbers)
    totals[0] += rows
    totals[1] += times_rows(net.reduction, weights, rows, loss)
    if weights.size == 0:
        totals[2] += rows
    for i in range(weights.size):
        totals[2] += weights[i]
    if net.metric_count > 0:
        copy(logits, 0, predictions, 0, logits.size)
        if net.head != 0:
            call(net.head, predictions, net.outputs, net.head_numbers)
    for m in range(net.metric_count):
        metric = at(net.metrics, m)
        counted = span(weights, 0, weights.size if metric.weighted != 0 else 0)
        if metric.sums != 0:
            sums = span(totals, metric.first, metric.last)
            call(metric.sums, y, predictions, counted, net.outputs, metric.numbers, sums)
        else:
            totals[metric.first] += call_total(metric.function, y, predictions, counted, net.outputs, metric.numbers)


@inner
def update(training: Any, params: Any, gradients: Any, step: int, member: int, members: int) -> None:
    """Update a thread's share of every run of trainable parameters."""
    runs, due = training.runs, True
    if training.every > 1:
        due, step = step % training.every == 0, (step - 1) // training.every + 1
    for r in range(0, runs.size, 3):
        first, last = share(runs[r + 1] - runs[r], SMALLEST_UPDATE, member, members)
        start, stop = runs[r] + first, runs[r] + last
        w, g = span(params, start, stop), span(gradients, start, stop)
        if due:
            if training.decay != 0 and runs[r + 2] != 0:
                call(training.decay, w, training.numbers)
            slots = span(training.slots, start, training.slots.size)
            call(training.update, w, g, slots, training.stride, training.numbers, step)
        if training.average != 0:
            averages = span(training.slots, training.averages + start, training.averages + stop)
            call(training.average, w, averages, training.numbers, step)


@kernel
def gather(source: Floats, order: Integers, first: int, last: int, size: int, room: Floats) -> None:
    """Copy the samples order[first:last] of `source`, `size` numbers each, to the front of `room`."""
    rows = span(order, first, last)
    if size == 1:
        for i in range(rows.size):
            room[i] = source[rows[i]]
    else:
        for i in range(rows.size):
            copy(source, rows[i] * size, room, i * size, size)


# ---- many batches ---------------------------------------------------------------------------------------------------


@kernel
def evaluate(
    net: Net, batch: Batch, data: Data, work: Floats, totals: Doubles, size: int, begin: int, end: int
) -> None:
    """Add loss and metrics of the samples begin…end, `size` at a time, to `totals`; nothing else changes."""
    targets = net.repeat * net.targets
    predictions = span(work, net.at_predictions * size, work.size)
    inputs = net.inputs if data.indptr.size == 0 else 0
    last_op = at(net.ops, net.count - 1)
    numbers = last_op.repeat * last_op.units
    member, members, arrivals = batch.member, batch.members, batch.arrivals
    batch.data, batch.order, batch.training = data, span(batch.order, 0, 0), 0
    penalty = call_total(net.penalise, net, 0, 0.0) if net.penalise != 0 and member == 0 else 0.0
    for start in range(begin, end, size):
        n = min(size, end - start)
        first, last = share(n, smallest_share(work), member, members)
        batch.start, batch.first, batch.rows = start, first, n
        x = span(data.x, (start + first) * inputs, (start + last) * inputs)
        forward(net, batch, x, first, last, work, size)
        meet(arrivals, members)
        if member == 0:
            logits = part(work, last_op.output, size, numbers, 0, n)
            y = span(data.y, start * targets, (start + n) * targets)
            w = span(data.weights, start * net.repeat, (start + n) * net.repeat) if data.weights.size else data.weights
            score(net, y, w, logits, span(predictions, 0, logits.size), totals)
            if net.penalise != 0:
                totals[1] += penalty * (n * net.repeat)
            if net.penalise_outputs != 0:
                totals[1] += call_total(net.penalise_outputs, net, n, work, size) * (n * net.repeat)
        meet(arrivals, members)


@kernel
def train(net: Net, training: Training, batch: Batch, data: Data, tests: Data, work: Floats, budget: int) -> None:
    """Train for at most `budget` batches from where the cursor (epoch, sample) is, at most to the end of the totals.

    Samples, targets and weights are gathered in an order that each epoch shuffles again. After an epoch the tests are
    evaluated into its row of `test_totals`, if that has any rows: coming back to Python for it would take longer than
    a small network's whole epoch. Large networks are trained by several members, threads that all call this with the
    same tables and meet by `arrivals`; the first one also does the work that is not worth sharing.
    """
    size, order, columns = training.batch, training.order, training.columns
    member, members, arrivals = batch.member, batch.members, batch.arrivals
    params, gradients = net.params, net.gradients
    repeat, outputs = net.repeat, net.outputs
    sparse = data.indptr.size > 0
    room = span(work, net.at_x * size, work.size)
    room_y = span(work, net.at_y * size, work.size)
    room_weights = span(work, net.at_weights * size, work.size)
    predictions = span(work, net.at_predictions * size, work.size)
    last_op = at(net.ops, net.count - 1)
    numbers, inputs, targets = last_op.repeat * last_op.units, net.inputs, repeat * net.targets
    epochs = training.totals.size // columns
    epoch, start, step = training.cursor[0], training.cursor[1], training.counter[0]
    while budget > 0 and epoch < epochs:
        n = min(size, order.size - start)
        first, last = share(n, smallest_share(work), member, members)
        if start == 0 and training.shuffle != 0:
            if member == 0:
                shuffle(order, training.state)
            meet(arrivals, members)
        if not sparse:
            gather(data.x, order, start + first, start + last, inputs, span(room, first * inputs, last * inputs))
        gather(data.y, order, start + first, start + last, targets, span(room_y, first * targets, last * targets))
        y, weights = span(room_y, 0, n * targets), span(data.weights, 0, 0)
        if data.weights.size:
            w_room = span(room_weights, first * repeat, last * repeat)
            gather(data.weights, order, start + first, start + last, repeat, w_room)
            weights = span(room_weights, 0, n * repeat)
            if net.reduction == WEIGHTED_MEAN:
                meet(arrivals, members)  # their sum is that of all members
        batch.data, batch.order, batch.training, batch.step = data, order, 1, step
        batch.start, batch.first, batch.rows = start, first, n

        x = span(room, first * inputs, (first if sparse else last) * inputs)
        forward(net, batch, x, first, last, work, size)
        logits = part(work, last_op.output, size, numbers, first, last)
        dlogits = part(work, last_op.gradient, size, numbers, first, last)
        scale = share_of_row(net.reduction, weights, n * repeat)
        y_part, w_part = of_rows(y, first, last, n), of_rows(weights, first, last, n)
        call(net.loss_gradient, y_part, logits, w_part, outputs, net.loss_numbers, scale, dlogits)
        backward(net, batch, first, last, work, size)
        meet(arrivals, members)

        parameter_gradients(net, batch, n, work, size)
        totals = span(training.totals, epoch * columns, (epoch + 1) * columns)
        if member == 0:
            logits = part(work, last_op.output, size, numbers, 0, n)
            score(net, y, weights, logits, span(predictions, 0, logits.size), totals)
        meet(arrivals, members)

        step += 1
        if member == 0:
            if net.penalise != 0:
                totals[1] += call_total(net.penalise, net, 1, scale) * (n * repeat)
            if net.penalise_outputs != 0:
                totals[1] += call_total(net.penalise_outputs, net, n, work, size) * (n * repeat)
            if training.before != 0:
                call(training.before, training, gradients, step)
        meet(arrivals, members)
        update(training, params, gradients, step, member, members)
        meet(arrivals, members)

        start += n
        if start == order.size:
            if training.evaluate != 0:
                totals = span(training.test_totals, epoch * columns, (epoch + 1) * columns)
                call(training.evaluate, net, batch, tests, work, totals, training.test_batch, 0, training.tests)
            epoch, start = epoch + 1, 0
        budget -= 1
    if member == 0:
        training.cursor[0], training.cursor[1], training.counter[0] = epoch, start, step


@kernel
def predict(call: Prediction) -> None:
    """Write the outputs for the samples begin…end to `out` (flat), `size` samples at a time."""
    net, batch, data, work, size, out = call.net, call.batch, call.data, call.work, call.size, call.out
    inputs = net.inputs if data.indptr.size == 0 else 0
    last_op = at(net.ops, net.count - 1)
    numbers = last_op.repeat * last_op.units
    member, members, arrivals = batch.member, batch.members, batch.arrivals
    batch.data, batch.training = data, 0
    for start in range(call.begin, call.end, size):
        n = min(size, call.end - start)
        first, last = share(n, smallest_share(work), member, members)
        batch.start, batch.first, batch.rows = start, first, n
        x = span(data.x, (start + first) * inputs, (start + last) * inputs)
        forward(net, batch, x, first, last, work, size)
        outputs = part(work, last_op.output, size, numbers, first, last)
        copy(outputs, 0, out, (start - call.begin + first) * numbers, outputs.size)
        meet(arrivals, members)  # the shares of a shorter batch are other rows of the workspace
