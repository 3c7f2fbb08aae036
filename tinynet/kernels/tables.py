"""The tables that the loops read: what a network, a training and a batch consist of, by name.

In Python they are objects, in compiled code rows of words, and both read ``op.units`` alike. A `Function` is the
address of a kernel, 0 meaning that there is nothing to do; offsets in the workspace are given per sample, so that one
table serves every batch size.
"""

from __future__ import annotations

from tinynet.kernels.machine.jit import Bits, Doubles, Floats, Function, Indices, Integers
from tinynet.kernels.machine.structs import Struct

__all__ = ["Batch", "Data", "Metric", "Net", "Operation", "Penalty", "Prediction", "Training"]


class Data(Struct):
    """Samples, targets and weights (or none). Of sparse samples, in CSR form, `x` holds the values."""

    x: Floats
    indptr: Integers
    indices: Indices
    y: Floats
    weights: Floats


class Operation(Struct):
    """A layer: its kernels, its shape, and where its numbers are."""

    forward: Function  # (op, x, y, batch)
    backward: Function  # (op, x, dy, dx, batch)
    gradients: Function  # (op, x, dy, batch), for all rows of a batch
    before_forward: Function  # (op, x, batch), in training, for all rows of a batch: see `KernelLayer.whole`
    before_backward: Function  # (op, x, dy, batch), the same on the way back
    shared_gradients: int  # whether each thread computes a share of the gradients
    activation: Function  # (a, columns, numbers), in place
    activation_backward: Function  # (z, a, da, columns, numbers), in place of da
    numbers: Doubles  # of the activation
    activity: Function  # (y, dy, share, numbers) -> float: the penalty of the output
    activity_numbers: Doubles
    options: Doubles  # of the layer
    shared: Doubles  # what those that see all rows leave for the others
    places: Integers  # start and stop of each parameter in the vectors of parameters and gradients
    repeat: int  # rows per sample: 1, or the product of the middle axes of an input of rank 3 and more
    inputs: int
    units: int
    output: int  # offset of the output in the workspace
    sums: int  # offset of a copy of the weighted sums, or -1 where the activation's derivative does not need them
    gradient: int  # offset of the output's gradient
    trainable: int
    floor: float  # of a dense layer's sums: 0 where a ReLU is done on the way, else -∞
    seed: int  # of the layer's random numbers


class Penalty(Struct):
    """A regularizer: what it computes from one parameter."""

    function: Function  # (w, dw, 1, numbers) -> float
    numbers: Doubles
    share: int  # the place among the numbers of what a row counts in the batch's loss, or -1
    start: int
    stop: int


class Metric(Struct):
    """A metric: its kernel, which has one of two forms, its numbers, and whether sample weights count."""

    function: Function  # (y, p, weights, columns, numbers) -> float
    sums: Function  # (y, p, weights, columns, numbers, sums), for those that need several
    numbers: Doubles
    weighted: int
    first: int  # its places among the totals
    last: int


class Net(Struct):
    """The network, its loss and its metrics."""

    ops: list[Operation]
    count: int
    lowest: int  # backward stops at this operation
    penalise: Function  # what sums up the parameters' penalties
    penalise_outputs: Function  # and those of the operations' outputs
    penalties: list[Penalty]
    penalty_count: int
    metrics: list[Metric]
    metric_count: int
    loss: Function  # (y, p, weights, columns, numbers) -> float
    loss_gradient: Function  # (y, p, weights, columns, numbers, scale, dp)
    loss_numbers: Doubles
    reduction: int  # how a batch's loss is made of its rows': see `reductions`
    head: Function  # the activation that is applied after the loss has seen the logits
    head_numbers: Doubles
    inputs: int  # numbers per sample
    repeat: int  # rows per sample of the output
    outputs: int  # columns of the output
    targets: int  # columns of the targets
    at_predictions: int  # offsets in the workspace
    at_x: int
    at_y: int
    at_weights: int
    params: Floats
    gradients: Floats


class Training(Struct):
    """The optimizer, and how far the training has come."""

    update: Function  # (w, g, slots, stride, numbers, step)
    before: Function  # (training, gradients, step): what comes before an update, clipping for instance
    clip: Function  # (gradients, segments, numbers)
    decay: Function  # (w, numbers)
    average: Function  # (w, averages, numbers, step), after an update
    evaluate: Function  # what evaluates the tests
    numbers: Doubles  # the optimizer's: the learning rate and so on
    rates: Doubles  # the learning rates of this call's batches, if they follow a schedule
    counter: Integers  # batches so far
    every: int  # batches to an update
    slots: Floats  # accumulators, one vector behind the other
    stride: int  # from one accumulator to the next
    sums: int  # where the vector of summed gradients begins
    averages: int  # and that of averaged weights
    runs: Integers  # start and stop of the stretches of trainable parameters, and whether they decay
    segments: Integers  # start and stop of each trainable parameter
    order: Integers
    state: Bits  # of the shuffling
    shuffle: int
    batch: int  # samples per batch
    totals: Doubles  # a row per epoch: rows, Σ loss, Σ weights, the sums of each metric
    columns: int  # of the totals
    cursor: Integers  # epoch and sample that come next
    tests: int  # number of samples that are evaluated after each epoch
    test_batch: int
    test_totals: Doubles


class Batch(Struct):
    """One thread's place in the present batch: what a layer's kernels may ask for."""

    params: Floats
    gradients: Floats
    data: Data
    order: Integers
    start: int  # the batch's first place in the order
    first: int  # the thread's first row in the batch
    rows: int  # of the batch
    step: int  # updates before this one
    training: int
    arrivals: Integers
    member: int  # number of the thread, from 0
    members: int


class Prediction(Struct):
    """A call of `predict`: which samples, and where their outputs go."""

    net: Net
    batch: Batch
    data: Data
    begin: int
    end: int
    work: Floats
    size: int  # samples per batch
    out: Floats
