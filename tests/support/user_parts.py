"""Small parts as a user would write them, for tests of what they may be and where they run."""

from __future__ import annotations

import tinynet
from tinynet.formulas import Batch, Floats, Operation, Scalar, Told, Words, formula, kernel, parameter
from tinynet.layers import KernelLayer

WORDS = Words("{z}", "why", "{da}", "the slope")
TOLD = (Told("w", "{w} - {g}", "why"),)


@formula
def with_rate(y: Scalar, p: Scalar, rate: Scalar) -> Scalar:
    return rate * (p - y)


@formula
def with_others(y: Scalar, p: Scalar, size: Scalar, rate: Scalar) -> Scalar:
    return size * rate * (p - y)


@formula
def with_a_slot(w: Scalar, g: Scalar, m: Scalar, learning_rate: Scalar, rate: Scalar) -> tuple[Scalar, Scalar]:
    m = m + rate * g
    return w - learning_rate * m, m


@kernel
def shift_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    by, times = parameter(op, batch.params, 0), parameter(op, batch.params, 1)
    for i in range(x.size):
        y[i] = x[i] * times[i % op.units] + by[i % op.units] * op.options[0]


@kernel
def shift_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    times = parameter(op, batch.params, 1)
    for i in range(dy.size):
        dx[i] = dy[i] * times[i % op.units]


@kernel
def shift_gradients(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    dby, dtimes = parameter(op, batch.gradients, 0), parameter(op, batch.gradients, 1)
    for j in range(op.units):
        dby[j] = 0.0
        dtimes[j] = 0.0
    for i in range(dy.size):
        dby[i % op.units] += dy[i] * op.options[0]
        dtimes[i % op.units] += dy[i] * x[i]


class Shift(KernelLayer):
    """Two parameters and a number."""

    kernels = shift_forward, shift_backward, shift_gradients
    options = ("factor",)
    words = WORDS

    def __init__(self, factor=1.0, **options):
        super().__init__(**options)
        self.factor = factor

    def build(self, input_shape):
        self.add_weight("by", input_shape[-1:], tinynet.initializers.Constant(0.5))
        self.add_weight("times", input_shape[-1:], "ones")
