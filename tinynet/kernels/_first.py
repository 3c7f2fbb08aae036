"""The first layer's input, dense or sparse: what differs between the two, side by side.

Each function exists once for a matrix and once for CSR form; which one is meant is settled when a loop is compiled, so
that a loop over dense data holds no sparse code and the other way round.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from tinynet.kernels._jit import inner, two_forms, view
from tinynet.kernels._sparse import sparse_backward_kernel, sparse_forward
from tinynet.kernels._views import as_matrix, as_vector, borrowed, copy, span
from tinynet.kernels.samples import Csr

Array = NDArray[Any]


@inner
def gather(source: Array, order: Array, first: int, last: int, size: int, room: Array) -> None:
    """Copy the samples order[first:last] of `source`, `size` numbers each, to the front of `room`."""
    rows = span(order, first, last)
    if size == 1:
        for i in range(rows.size):
            room[i] = source[rows[i]]
    else:
        for i in range(rows.size):
            copy(source, rows[i] * size, room, i * size, size)


@view
def gathered(source: Array, order: Array, start: int, first: int, last: int, n: int, size: int, room: Array) -> Array:
    """Return room for the samples order[start:][:n] of `source`, `size` numbers each; first…last are copied to it."""
    gather(source, order, start + first, start + last, size, span(room, first * size, last * size))
    return span(room, 0, n * size)


@two_forms
def held(samples: Any) -> Any:
    """Return the samples, as `borrowed` does for one array."""

    def dense(samples: Any) -> Any:
        return borrowed(samples)

    def sparse(samples: Any) -> Any:
        return Csr(borrowed(samples.indptr), borrowed(samples.indices), borrowed(samples.values))

    return dense, sparse


@two_forms
def batch_of(samples: Any, order: Any, start: Any, first: Any, last: Any, n: Any, room: Any) -> Any:
    """Return the samples order[start:][:n] as `gathered` does; sparse ones stay where they are."""

    def dense(samples: Any, order: Any, start: Any, first: Any, last: Any, n: Any, room: Any) -> Any:
        _, inputs = samples.shape
        return as_matrix(gathered(as_vector(samples), order, start, first, last, n, inputs, room), n, inputs)

    def sparse(samples: Any, order: Any, start: Any, first: Any, last: Any, n: Any, room: Any) -> Any:
        return samples

    return dense, sparse


@two_forms
def part_of(samples: Any, first: Any, last: Any) -> Any:
    """Return the samples first…last as they stand; sparse ones stay where they are."""

    def dense(samples: Any, first: Any, last: Any) -> Any:
        return samples[first:last]

    def sparse(samples: Any, first: Any, last: Any) -> Any:
        return samples

    return dense, sparse


@two_forms
def input_vector(batch: Any, nothing: Any) -> Any:
    """Return a dense batch as a vector; of a sparse one there is `nothing`."""

    def dense(batch: Any, nothing: Any) -> Any:
        return as_vector(batch)

    def sparse(batch: Any, nothing: Any) -> Any:
        return nothing

    return dense, sparse


@two_forms
def is_sparse(batch: Any) -> Any:
    """Say whether the batch is sparse: known when the loop is compiled."""

    def dense(batch: Any) -> Any:
        return False

    def sparse(batch: Any) -> Any:
        return True

    return dense, sparse


@two_forms
def first_forward(batch: Any, order: Any, first: Any, kernel: Any, bias: Any, z: Any) -> Any:
    """z = x·W + b for sparse x; a dense one goes the way of all layers."""

    def dense(batch: Any, order: Any, first: Any, kernel: Any, bias: Any, z: Any) -> Any:
        return None

    def sparse(batch: Any, order: Any, first: Any, kernel: Any, bias: Any, z: Any) -> Any:
        sparse_forward(batch, order, first, kernel, bias, z)

    return dense, sparse


@two_forms
def first_backward(batch: Any, order: Any, first: Any, dz: Any, dkernel: Any) -> Any:
    """dW = xᵀ·dz for sparse x."""

    def dense(batch: Any, order: Any, first: Any, dz: Any, dkernel: Any) -> Any:
        return None

    def sparse(batch: Any, order: Any, first: Any, dz: Any, dkernel: Any) -> Any:
        sparse_backward_kernel(batch, order, first, dz, dkernel)

    return dense, sparse
