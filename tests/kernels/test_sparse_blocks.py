"""Products of sparse rows in compiled code: right for all units around the blocks', and never outside `out`."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.test_blocks import DTYPES, Out, guarded
from tinynet.kernels.samples import NO_ORDER, Csr, data_of
from tinynet.kernels.sparse import compress, sparse_affine, sparse_transposed_product

#: Around one and four vectors of 4, 8 and 16 numbers.
UNITS = [*range(1, 19), 31, 32, 33, 47, 48, 49, 63, 64, 65, 66, 80, 127, 128, 129]
COLUMNS, ROWS = 11, 6
EPSILON = {"float32": 1e-5, "float64": 1e-13}


def sparse_samples(dtype: str) -> tuple[Csr, np.ndarray]:
    """Return sparse rows, the first, the last and one between of which are empty, and the same as a matrix."""
    rng = np.random.default_rng(0)
    dense = np.where(rng.random((ROWS, COLUMNS)) < 0.4, rng.normal(size=(ROWS, COLUMNS)), 0.0).astype(dtype)
    dense[[0, 3, ROWS - 1]] = 0
    dense[1] = np.arange(1, COLUMNS + 1)
    rows, columns = np.nonzero(dense)
    pointers = np.searchsorted(rows, np.arange(ROWS + 1)).astype(np.int64)
    return Csr(pointers, columns.astype(np.int32), dense[rows, columns]), dense


ORDERS = {"as they stand": (NO_ORDER, 1, 4), "in another order": (np.array([5, 4, 1, 1, 2, 0]), 1, 5)}


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_sums_of_sparse_rows_are_those_of_the_matrix_for_all_units(dtype: str, order: str, biased: bool) -> None:
    csr, dense = sparse_samples(dtype)
    numbers, first, count = ORDERS[order]
    taken = (np.arange(ROWS) if numbers.size == 0 else numbers)[first : first + count]
    rng = np.random.default_rng(1)
    for units in UNITS:
        weights = rng.normal(size=(COLUMNS, units)).astype(dtype)
        bias = rng.normal(size=units if biased else 0).astype(dtype)
        out = Out((count, units), dtype, shift=units % 3)
        sparse_affine(data_of(csr), numbers, first, guarded(weights), guarded(bias), out.flat, units)
        exact = dense[taken].astype("float64") @ weights + (bias if biased else 0)
        bound = EPSILON[dtype] * (np.abs(dense[taken]) @ np.abs(weights) + 1)
        out.assert_is(exact, bound, f"sparse_affine for {units} units")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gradients_of_sparse_rows_are_those_of_the_matrix_for_all_units(dtype: str, order: str) -> None:
    csr, dense = sparse_samples(dtype)
    numbers, first, count = ORDERS[order]
    taken = (np.arange(ROWS) if numbers.size == 0 else numbers)[first : first + count]
    rng = np.random.default_rng(2)
    for units in UNITS:
        dz = rng.normal(size=(count, units)).astype(dtype)
        out = Out((COLUMNS, units), dtype, shift=units % 3)
        sparse_transposed_product(data_of(csr), numbers, first, guarded(dz), out.flat, units)
        exact = dense[taken].astype("float64").T @ dz
        bound = EPSILON[dtype] * (np.abs(dense[taken]).T @ np.abs(dz) + 1)
        out.assert_is(exact, bound, f"sparse_transposed_product for {units} units")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40])
def test_rows_are_compressed_for_all_columns_as_far_as_there_is_room(columns: int, dtype: str) -> None:
    rng = np.random.default_rng(columns)
    x = np.where(rng.random((5, columns)) < 0.5, rng.normal(size=(5, columns)), 0.0).astype(dtype)
    x[2] = 0
    x[3] = 1
    rows, places = np.nonzero(x)
    for room in (rows.size + columns, columns * 3, columns, columns - 1):
        pointers, indices = np.zeros(7, np.int64), np.full(room + 2, -7, np.int32)
        pointers[1:] = -7
        pointers[1] = 0  # of a matrix that has an empty row
        values = Out((room,), dtype)
        done = int(compress(guarded(x), columns, pointers, indices[:room], values.flat, 1))
        ends = np.searchsorted(rows, np.arange(done + 1))
        assert done == next((i for i in range(5) if np.searchsorted(rows, i) + columns > room), 5)
        assert pointers.tolist() == [0, *ends.tolist(), *[-7] * (5 - done)]
        np.testing.assert_array_equal(indices[: ends[-1]], places[: ends[-1]])
        np.testing.assert_array_equal(values.view[: ends[-1]], x[rows, places][: ends[-1]])
        assert indices[room:].tolist() == [-7, -7]
        assert np.isnan(values.view[ends[-1] :]).all()
        assert (values.room[: values.start] == values.room[values.stop :]).all()
