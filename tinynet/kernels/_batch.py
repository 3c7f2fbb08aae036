"""One batch through a network, forward and back: what the compiled loop does between gathering its rows and the next.

`ops` has a row per layer and `settings` the numbers that concern all of them (both explained in `_codes`, written by
`lowering.lower`); one flat `work` array holds what a batch needs: its rows, every layer's output and every gradient, at
the tables' offsets times the batch size. All functions take the rows first…last of a batch, or a member's share of
something else, so that several threads can work at one batch (see `_team`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels import _codes as code
from tinynet.kernels import formulas as f
from tinynet.kernels._first import first_backward, first_forward, input_vector, is_sparse
from tinynet.kernels._jit import inner, view
from tinynet.kernels._maps import (
    activation_backward,
    activation_forward,
    loss_forward,
    metric_sum,
    update_parameters,
)
from tinynet.kernels._team import share, smallest_share
from tinynet.kernels._views import as_matrix, as_vector, columns_of, copy, span

Array = NDArray[Any]

#: The first row, or operation; a plain 0 is a type of its own to the compiler, for which it would compile all again.
FIRST: Any = np.intp(0)

#: Parameters that are worth a thread's while to update.
SMALLEST_UPDATE: Any = np.intp(1024)


@view
def weights_of(ops: Array, o: int, buffer: Array) -> Any:
    """Return views of operation o's kernel and bias (empty if it has none) in the parameters or the gradients."""
    inputs, units = ops[o, code.OP_INPUTS], ops[o, code.OP_UNITS]
    start, bias = ops[o, code.OP_KERNEL], ops[o, code.OP_BIAS]
    kernel = as_matrix(span(buffer, start, start + inputs * units), inputs, units)
    return kernel, span(buffer, bias if bias >= 0 else 0, bias + units if bias >= 0 else 0)


@view
def of_rows(values: Array, first: int, last: int, n: int) -> Array:
    """Return what belongs to the rows first…last of the values for `n` rows."""
    numbers = values.size // n
    return span(values, numbers * first, numbers * last)


@view
def output_of(ops: Array, o: int, column: int, first: int, last: int, size: int, work: Array) -> Array:
    """Return operation o's output (or, by `column`, its gradient) for the rows first…last of a batch."""
    start, numbers = ops[o, column] * size, ops[o, code.OP_REPEAT] * ops[o, code.OP_UNITS]
    return span(work, start + first * numbers, start + last * numbers)


@view
def input_of(batch: Any, ops: Array, o: int, first: int, last: int, size: int, work: Array) -> Array:
    """Return what operation o was given for the rows first…last; of sparse samples there is nothing to return."""
    if o > 0:
        return output_of(ops, o - 1, code.OP_OUTPUT, first, last, size, work)
    x = input_vector(batch, work[:0])
    numbers = ops[0, code.OP_REPEAT] * ops[0, code.OP_INPUTS] if x.size else 0
    return span(x, first * numbers, last * numbers)


@inner
def forward(
    batch: Any,
    order: Array,
    start: int,
    first: int,
    last: int,
    ops: Array,
    params: Array,
    work: Array,
    size: int,
) -> None:
    """Run the rows first…last of a batch through all operations; every output stays in `work`.

    Dense samples are a batch already gathered; of sparse ones the batch is the rows order[start:].
    """
    before = input_of(batch, ops, FIRST, first, last, size, work)
    for o in range(len(ops)):
        inputs, units, activation = ops[o, code.OP_INPUTS], ops[o, code.OP_UNITS], ops[o, code.OP_ACTIVATION]
        output = output_of(ops, o, code.OP_OUTPUT, first, last, size, work)
        if ops[o, code.OP_KIND] == code.DENSE:
            rows = output.size // units
            kernel, bias = weights_of(ops, o, params)
            z = as_matrix(output, rows, units)
            if o == 0 and is_sparse(batch):
                first_forward(batch, order, start + first, kernel, bias, z)
            elif activation == code.RELU:
                f.dense_relu_forward(as_matrix(before, rows, inputs), kernel, bias, z)
                activation = code.LINEAR  # nothing is left to apply
            else:
                f.dense_forward(as_matrix(before, rows, inputs), kernel, bias, z)
        else:
            copy(before, 0, output, 0, output.size)
        activation_forward(activation, output, units)
        before = output


@inner
def backward(first: int, last: int, ops: Array, lowest: int, params: Array, work: Array, size: int) -> None:
    """Carry the gradient of the last output back to operation `lowest`, for the rows first…last of a batch.

    It leaves in `work` the gradients of the weighted sums.
    """
    activation_passed = False  # whether the gradient has gone back through the operation's activation
    for o in range(len(ops) - 1, lowest - 1, -1):
        inputs, units = ops[o, code.OP_INPUTS], ops[o, code.OP_UNITS]
        a = output_of(ops, o, code.OP_OUTPUT, first, last, size, work)
        da = output_of(ops, o, code.OP_GRADIENT, first, last, size, work)
        if not activation_passed:
            activation_backward(ops[o, code.OP_ACTIVATION], a, da, units)
        if o > lowest:
            before = output_of(ops, o - 1, code.OP_OUTPUT, first, last, size, work)
            dbefore = output_of(ops, o - 1, code.OP_GRADIENT, first, last, size, work)
            dense = ops[o, code.OP_KIND] == code.DENSE
            activation_passed = dense and units == 1 and ops[o - 1, code.OP_ACTIVATION] == code.RELU
            if dense:
                rows = da.size // units
                kernel, _ = weights_of(ops, o, params)
                if activation_passed:
                    f.single_unit_relu_backward(da, as_vector(kernel), before, dbefore)
                else:
                    f.dense_backward_input(as_matrix(da, rows, units), kernel, as_matrix(dbefore, rows, inputs))
            else:
                copy(da, 0, dbefore, 0, da.size)


@inner
def parameter_gradients(
    batch: Any,
    order: Array,
    start: int,
    n: int,
    ops: Array,
    lowest: int,
    gradients: Array,
    work: Array,
    size: int,
    member: int,
    members: int,
) -> None:
    """Write a member's share of the parameters' gradients, after all `n` rows of the batch have gone backward."""
    for o in range(len(ops) - 1, lowest - 1, -1):
        if ops[o, code.OP_TRAINABLE]:
            inputs, units = ops[o, code.OP_INPUTS], ops[o, code.OP_UNITS]
            da = output_of(ops, o, code.OP_GRADIENT, FIRST, n, size, work)
            rows = da.size // units
            dz = as_matrix(da, rows, units)
            dkernel, dbias = weights_of(ops, o, gradients)
            if o == 0 and is_sparse(batch):
                if member == 0:
                    first_backward(batch, order, start, dz, dkernel)
            else:
                x = as_matrix(input_of(batch, ops, o, FIRST, n, size, work), rows, inputs)
                first, last = share(inputs, smallest_share(work), member, members)
                f.dense_backward_kernel(columns_of(x, first, last), dz, dkernel[first:last])
            if dbias.size and member == 0:
                f.dense_backward_bias(dz, dbias)


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
    if len(metrics):
        copy(logits, 0, predictions, 0, logits.size)
        activation_forward(settings[code.SET_HEAD_ACTIVATION], predictions, columns)
    for m in range(len(metrics)):
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
    hyper: Array,
    step: int,
    member: int,
    members: int,
) -> None:
    """Update a member's share of every run of trainable parameters."""
    most = len(slots) - 1
    for r in range(len(runs)):
        first, last = share(runs[r, 1] - runs[r, 0], SMALLEST_UPDATE, member, members)
        start, stop = runs[r, 0] + first, runs[r, 0] + last
        w, g = span(params, start, stop), span(gradients, start, stop)
        slot_0, slot_1, slot_2 = (
            span(slots[0], start, stop),
            span(slots[1 if most > 0 else 0], start, stop),
            span(slots[most], start, stop),
        )
        update_parameters(kind, w, g, slot_0, slot_1, slot_2, hyper, step)
