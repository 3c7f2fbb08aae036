"""The dense layer's kernels, and those of layers that only pass their input on.

Their formulas are those of `layers.dense`: z = x·W + b, dW = xᵀ·dz, db = Σₙ dz, dx = dz·Wᵀ.
"""

from __future__ import annotations

from typing import Any

from tinynet.kernels.machine.jit import Floats, inner, kernel, view
from tinynet.kernels.machine.views import copy, span
from tinynet.kernels.products import affine, column_sums, product_with_transposed, transposed_product
from tinynet.kernels.sparse import sparse_affine, sparse_transposed_product
from tinynet.kernels.tables import Batch, Operation
from tinynet.kernels.team import share, smallest_share


@view
def parameter(op: Any, buffer: Any, number: int) -> Any:
    """Return the operation's parameter of that number in the parameters or the gradients; nothing if it has none."""
    if 2 * number < op.places.size:
        return span(buffer, op.places[2 * number], op.places[2 * number + 1])
    return span(buffer, 0, 0)


@kernel
def dense_forward(op: Operation, x: Floats, z: Floats, batch: Batch) -> None:
    """z = max(x·W + b, floor): a ReLU, which is a floor of 0, costs nothing here."""
    kernel, bias = parameter(op, batch.params, 0), parameter(op, batch.params, 1)
    affine(x, kernel, bias, z, op.inputs, op.units, x.dtype.type(op.floor))


@kernel
def dense_backward(op: Operation, x: Floats, dz: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dz·Wᵀ"""
    product_with_transposed(dz, parameter(op, batch.params, 0), dx, op.units, op.inputs)


@kernel
def dense_gradients(op: Operation, x: Floats, dz: Floats, batch: Batch) -> None:
    """dW = xᵀ·dz and db = Σₙ dz: a thread's share of the rows of W."""
    units = op.units
    first, last = share(op.inputs, smallest_share(x), batch.member, batch.members)
    dkernel = span(parameter(op, batch.gradients, 0), first * units, last * units)
    transposed_product(x, dz, dkernel, op.inputs, first, units)
    bias_gradient(op, dz, batch)


@kernel
def sparse_dense_forward(op: Operation, x: Floats, z: Floats, batch: Batch) -> None:
    """z = x·W + b for sparse samples."""
    kernel, bias = parameter(op, batch.params, 0), parameter(op, batch.params, 1)
    sparse_affine(batch.data, batch.order, batch.start + batch.first, kernel, bias, z, op.units)


@kernel
def sparse_dense_gradients(op: Operation, x: Floats, dz: Floats, batch: Batch) -> None:
    """dW = xᵀ·dz and db = Σₙ dz for sparse samples."""
    if batch.member == 0:
        dkernel = parameter(op, batch.gradients, 0)
        sparse_transposed_product(batch.data, batch.order, batch.start, dz, dkernel, op.units)
    bias_gradient(op, dz, batch)


@inner
def bias_gradient(op: Any, dz: Any, batch: Any) -> None:
    """db[j] = Σₙ dz[n, j]"""
    if op.places.size > 2 and batch.member == 0:
        column_sums(dz, parameter(op, batch.gradients, 1))


@kernel
def pass_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = x"""
    copy(x, 0, y, 0, y.size)


@kernel
def pass_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy"""
    copy(dy, 0, dx, 0, dy.size)
