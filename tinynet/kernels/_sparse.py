"""The first layer on sparse input: rows of which only the numbers that are not zero are stored (CSR).

Multi-hot text is about 1 % ones; leaving out the products with zero makes its first layer 10 to 17 times faster. The
formulas are those of the dense layer with the zero terms left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels._jit import COMPILED, inner
from tinynet.kernels._views import as_vector
from tinynet.kernels.samples import Csr

Array = NDArray[Any]

if COMPILED:
    from tinynet.kernels._emitter import block_shape
    from tinynet.kernels._sparse_blocks import (
        gather_masked,
        gather_narrow,
        gather_wide,
        lowest_bit,
        nonzero_lanes,
        scatter_masked,
        scatter_narrow,
        scatter_wide,
    )

    @inner
    def nonzero(x: Array, start: int, columns: int, indices: Array, values: Array, place: int) -> int:
        """Append what is not 0 in x[start:][:columns] to indices and values at `place`; return the place after."""
        _, lanes = block_shape(x)
        j = 0
        while j + lanes <= columns:
            bits = nonzero_lanes(x, start + j)
            while bits != 0:
                lane = lowest_bit(bits)
                indices[place], values[place] = j + lane, x[start + j + lane]
                place += 1
                bits &= bits - 1
            j += lanes
        for left in range(j, columns):
            if x[start + left] != 0:
                indices[place], values[place] = left, x[start + left]
                place += 1
        return place

    @inner
    def add_rows(
        indices: Array, values: Array, at: int, count: int, matrix: Array, dense: Array, dense_at: int, n: int
    ) -> None:
        """dense[dense_at:][:n] += Σₗ values[l]·matrix[indices[l], :] over the `count` entries from `at` on."""
        _, lanes = block_shape(matrix)
        j = 0
        while j < n:
            if n - j >= 4 * lanes:
                gather_wide(indices, values, at, count, matrix, j, n, dense, dense_at + j, lanes)
                j += 4 * lanes
            elif n - j >= lanes:
                gather_narrow(indices, values, at, count, matrix, j, n, dense, dense_at + j, lanes)
                j += lanes
            else:
                gather_masked(indices, values, at, count, matrix, j, n, dense, dense_at + j, n - j)
                j = n

    @inner
    def add_to_rows(
        indices: Array, values: Array, at: int, count: int, matrix: Array, dense: Array, dense_at: int, n: int
    ) -> None:
        """matrix[indices[l], :] += values[l]·dense[dense_at:][:n] for each of the `count` entries from `at` on."""
        _, lanes = block_shape(matrix)
        j = 0
        while j < n:
            if n - j >= 4 * lanes:
                scatter_wide(indices, values, at, count, matrix, j, n, dense, dense_at + j, lanes)
                j += 4 * lanes
            elif n - j >= lanes:
                scatter_narrow(indices, values, at, count, matrix, j, n, dense, dense_at + j, lanes)
                j += lanes
            else:
                scatter_masked(indices, values, at, count, matrix, j, n, dense, dense_at + j, n - j)
                j = n

else:

    def nonzero(x: Array, start: int, columns: int, indices: Array, values: Array, place: int) -> int:
        """Append what is not 0 in x[start:][:columns] to indices and values at `place`; return the place after."""
        found = np.flatnonzero(x[start : start + columns])
        indices[place : place + found.size] = found
        values[place : place + found.size] = x[start + found]
        return int(place + found.size)

    def add_rows(
        indices: Array, values: Array, at: int, count: int, matrix: Array, dense: Array, dense_at: int, n: int
    ) -> None:
        """dense[dense_at:][:n] += Σₗ values[l]·matrix[indices[l], :] over the `count` entries from `at` on."""
        entries = slice(at, at + count)
        dense[dense_at : dense_at + n] += values[entries] @ matrix.reshape(-1, n)[indices[entries]]

    def add_to_rows(
        indices: Array, values: Array, at: int, count: int, matrix: Array, dense: Array, dense_at: int, n: int
    ) -> None:
        """matrix[indices[l], :] += values[l]·dense[dense_at:][:n] for each of the `count` entries from `at` on."""
        entries = slice(at, at + count)
        matrix.reshape(-1, n)[indices[entries]] += values[entries, None] * dense[dense_at : dense_at + n]


@inner
def sparse_forward(samples: Csr, order: Array, first: int, kernel: Array, bias: Array, z: Array) -> None:
    """z = x·W + b for the rows order[first:] of a sparse x, as many as z has: z[n] = b + Σₗ values[l]·W[indices[l]].

    An empty `order` is that of the matrix itself.
    """
    rows, units = z.shape
    flat_kernel, flat_z = as_vector(kernel), as_vector(z)
    for n in range(rows):
        row = order[first + n] if order.size else first + n
        for j in range(units):
            z[n, j] = bias[j] if bias.size else z.dtype.type(0.0)
        at, stop = samples.indptr[row], samples.indptr[row + 1]
        add_rows(samples.indices, samples.values, at, stop - at, flat_kernel, flat_z, n * units, units)


@inner
def sparse_backward_kernel(samples: Csr, order: Array, first: int, dz: Array, dkernel: Array) -> None:
    """dW = xᵀ·dz for the same rows: row n adds values[l]·dz[n] to dW[indices[l]]."""
    rows, units = dz.shape
    flat_dz, flat_dkernel = as_vector(dz), as_vector(dkernel)
    for i in range(dkernel.size):
        flat_dkernel[i] = 0.0
    for n in range(rows):
        row = order[first + n] if order.size else first + n
        at, stop = samples.indptr[row], samples.indptr[row + 1]
        add_to_rows(samples.indices, samples.values, at, stop - at, flat_dkernel, flat_dz, n * units, units)


@inner
def compress(x: Array, indptr: Array, indices: Array, values: Array, row: int) -> int:
    """Append the rows of a dense `x` to a CSR matrix that has `row` rows; return how many there was room for."""
    rows, columns = x.shape
    flat_x = as_vector(x)
    for i in range(rows):
        place = indptr[row + i]
        if place + columns > indices.size:
            return i
        indptr[row + i + 1] = nonzero(flat_x, i * columns, columns, indices, values, place)
    return rows
