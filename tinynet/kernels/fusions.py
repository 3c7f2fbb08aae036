"""Speed's exceptions: two neighbouring formulas in one pass where that pays. The lesson does without them."""

from __future__ import annotations

from functools import cache
from typing import Any

from tinynet.kernels.dense import parameter
from tinynet.kernels.machine.jit import Floats, kernel
from tinynet.kernels.tables import Batch, Operation


@cache
def one_unit_backward(function: Any) -> Any:
    """Return the backward kernel of a dense layer with one unit, above a layer whose activation's derivative is given.

    The sum over units has one term, so that the gradient need not be stored between the two:
    da[n, i] = dz[n]·W[i], and `function` of it.
    """

    @kernel
    def dense_backward_through(op: Operation, x: Floats, dz: Floats, dx: Floats, batch: Batch) -> None:
        weights, inputs = parameter(op, batch.params, 0), op.inputs
        for n in range(dz.size):
            for i in range(inputs):
                dx[n * inputs + i] = function(x[n * inputs + i], dz[n] * weights[i])

    return dense_backward_through
