"""Matrix products in compiled code: right for all sizes around the blocks', and never outside `out`."""

from __future__ import annotations

from itertools import product as all_pairs

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet.kernels.machine.jit import Floats, Scalar, kernel
from tinynet.kernels.products import affine, column_sums, product_with_transposed, transposed_product
from tinynet.kernels.rows import row_max, row_minus, row_over, row_sum

DTYPES = ("float32", "float64")
#: Which of the two factors is transposed in memory: those of a layer's way forward, of its gradients, of its way back.
ORDERS = (("C", "C"), ("F", "C"), ("C", "F"))
GUARD = 64


@kernel
def run_affine(x: Floats, weights: Floats, bias: Floats, out: Floats, inputs: int, units: int, floor: Scalar) -> None:
    affine(x, weights, bias, out, inputs, units, floor)


@kernel
def run_transposed(x: Floats, dz: Floats, out: Floats, inputs: int, first: int, units: int) -> None:
    transposed_product(x, dz, out, inputs, first, units)


@kernel
def run_with_transposed(dz: Floats, weights: Floats, out: Floats, units: int, inputs: int) -> None:
    product_with_transposed(dz, weights, out, units, inputs)


@kernel
def run_sums(a: Floats, out: Floats) -> None:
    column_sums(a, out)


def guarded(values: np.ndarray, order: str = "C") -> np.ndarray:
    """Return a copy of `values` as a vector, transposed if `order` is F, amid NaN: what reads past its end shows."""
    room = np.full(values.size + 2 * GUARD, np.nan, values.dtype)
    inside = room[GUARD : GUARD + values.size]
    inside[...] = (values if order == "C" else values.T).reshape(-1)
    return inside


class Out:
    """Room for a result amid guards, misaligned by some numbers, that nobody may touch."""

    def __init__(self, shape: tuple[int, ...], dtype: str, shift: int = 0) -> None:
        size = int(np.prod(shape))
        self.room = np.full(size + 2 * GUARD + shift, 12345.0, dtype)
        self.start, self.stop = GUARD + shift, GUARD + shift + size
        self.flat = self.room[self.start : self.stop]
        self.view = self.flat.reshape(shape)
        self.view[...] = np.nan

    def assert_is(self, exact: np.ndarray, bound: np.ndarray, what: str) -> None:
        """Compare every entry with the exact one, to within `bound`, and the guards with what they were."""
        assert np.all(self.room[: self.start] == 12345.0), f"{what} wrote before `out`"
        assert np.all(self.room[self.stop :] == 12345.0), f"{what} wrote behind `out`"
        wrong = ~(np.abs(self.view - exact) <= bound)
        assert not wrong.any(), f"{what}: wrong at {np.argwhere(wrong)[:5].tolist()}"


def multiply(a: np.ndarray, b: np.ndarray, order: tuple[str, str], out: np.ndarray) -> None:
    """Compute out = a·b by the function for factors that are transposed like this."""
    (rows, depth), columns = a.shape, b.shape[1]
    left, right = guarded(a, order[0]), guarded(b, order[1])
    if order == ("F", "C"):  # of no rows: an empty share of one
        left = left if rows else guarded(np.zeros((depth, 1), a.dtype))
        run_transposed(left, right, out, max(rows, 1), 0, columns)
    elif order == ("C", "F"):
        run_with_transposed(left, right, out, depth, columns)
    else:
        run_affine(left, right, left[:0], out, depth, columns, -np.inf)


def factors(rows: int, depth: int, columns: int, dtype: str) -> list[np.ndarray]:
    """Return two factors and a bias; their exact product, and the sum of all terms' sizes."""
    rng = np.random.default_rng(rows * 10007 + depth * 101 + columns)
    a, b, bias = (rng.standard_normal(shape).astype(dtype) for shape in ((rows, depth), (depth, columns), (columns,)))
    exact = np.einsum("ik,kj->ij", a.astype(np.float64), b.astype(np.float64))
    size = np.einsum("ik,kj->ij", np.abs(a).astype(np.float64), np.abs(b).astype(np.float64))
    return [a, b, bias, exact, size]


def assert_products(rows: int, depth: int, columns: int, dtype: str, order: tuple[str, str], shift: int = 0) -> None:
    """Check products at one size, against float64 and within the rounding of a sum of `depth` terms."""
    a, b, bias, exact, size = factors(rows, depth, columns, dtype)
    eps = 2 * np.finfo(dtype).eps * (depth + 2)
    what = f"{rows}×{depth}·{depth}×{columns} {dtype} {order}"
    out = Out((rows, columns), dtype, shift)
    multiply(a, b, order, out.flat)
    out.assert_is(exact, eps * size, f"product {what}")
    if order == ("C", "C"):
        for added, floor in ((bias, -np.inf), (bias[:0], 0.0)):
            out = Out((rows, columns), dtype, shift)
            run_affine(guarded(a), guarded(b), guarded(added), out.flat, depth, columns, floor)
            full = added if added.size else np.zeros(1)
            out.assert_is(np.maximum(exact + full, floor), eps * (size + np.abs(full)), f"affine {what} {floor}")


@pytest.mark.parametrize("order", ORDERS, ids="".join)
@pytest.mark.parametrize("dtype", DTYPES)
def test_products_of_all_small_sizes(dtype, order):
    for rows, columns in all_pairs((*range(1, 19), 24), (*range(1, 19), 31, 32, 33, 34, 40, 47)):
        for depth in (1, 2, 3, 5, 8):
            assert_products(rows, depth, columns, dtype, order)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    rows=st.integers(1, 140),
    depth=st.integers(1, 140),
    columns=st.integers(1, 140),
    dtype=st.sampled_from(DTYPES),
    order=st.sampled_from(ORDERS),
    shift=st.integers(0, 17),
)
def test_products_of_any_size_wherever_they_stand_in_memory(rows, depth, columns, dtype, order, shift):
    assert_products(rows, depth, columns, dtype, order, shift)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS, ids="".join)
@pytest.mark.parametrize(
    "sizes",
    [(0, 64, 200), (0, 3, 1), (16, 64, 200), (1, 5000, 1), (3, 3000, 33), (2000, 1, 7), (513, 300, 257), (7, 2, 3000)],
)
def test_long_and_large_products(sizes, order, dtype):
    assert_products(*sizes, dtype, order)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    rows=st.integers(30, 48),
    depth=st.integers(1, 40),
    columns=st.integers(254, 300),
    dtype=st.sampled_from(DTYPES),
    order=st.sampled_from(ORDERS),
)
def test_wide_products_whose_columns_are_copied(rows, depth, columns, dtype, order):
    assert_products(rows, depth, columns, dtype, order)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 2, 7, 16, 40])
@pytest.mark.parametrize(("first", "last"), [(0, 8), (8, 24), (16, 37), (24, 25)])
def test_a_share_of_a_gradients_rows_is_that_part_of_the_product(first, last, columns, dtype):
    a, b, _, exact, size = factors(37, 20, columns, dtype)
    out = Out((last - first, columns), dtype)
    run_transposed(guarded(a, "F"), guarded(b), out.flat, 37, first, columns)
    eps = 2 * np.finfo(dtype).eps * 22
    out.assert_is(exact[first:last], eps * size[first:last], f"rows {first}…{last}")


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_sum_over_rows(dtype):
    for rows, columns in all_pairs((1, 2, 3, 7, 8, 9, 33, 500), range(1, 70)):
        a = np.random.default_rng(rows).standard_normal((rows, columns)).astype(dtype)
        out = Out((columns,), dtype)
        run_sums(guarded(a), out.flat)
        bound = np.finfo(dtype).eps * rows * np.abs(a).sum(0, dtype=np.float64)
        out.assert_is(a.sum(0, dtype=np.float64), bound, f"column_sums {rows}×{columns}")


@pytest.mark.parametrize("order", ORDERS, ids="".join)
@pytest.mark.parametrize("columns", [1, 3, 40, 259])
def test_nan_and_infinity_reach_the_entries_they_belong_to(columns, order):
    a, b = np.ones((33, 6), "float32"), np.ones((6, columns), "float32")
    a[4, 2], a[11, 0], b[3, columns - 1] = np.nan, np.inf, np.nan
    out = Out((33, columns), "float32")
    with np.errstate(invalid="ignore"):
        multiply(a, b, order, out.flat)
        np.testing.assert_array_equal(out.view, np.einsum("ik,kj->ij", a, b))


# ---- rows -----------------------------------------------------------------------------------------------------------


@kernel
def run_max(row: Floats) -> float:
    return 0.0 + row_max(row)


@kernel
def run_sum(row: Floats) -> float:
    return 0.0 + row_sum(row)


@kernel
def run_minus(row: Floats, number: Scalar) -> None:
    row_minus(row, number)


@kernel
def run_over(row: Floats, number: Scalar) -> None:
    row_over(row, number)


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_done_with_a_row_is_done_with_all_of_it_and_nothing_else(dtype):
    for columns in (*range(1, 70), 500):
        row = np.random.default_rng(columns).standard_normal(columns).astype(dtype) - 3
        assert run_max(guarded(row)) == row.max()
        bound = np.finfo(dtype).eps * columns * np.abs(row).sum(dtype=np.float64)
        assert abs(run_sum(guarded(row)) - row.sum(dtype=np.float64)) <= bound
        for change, expected in ((run_minus, row - row.dtype.type(0.7)), (run_over, row / row.dtype.type(0.7))):
            out = Out((columns,), dtype)
            out.view[...] = row
            change(out.flat, float(row.dtype.type(0.7)))
            out.assert_is(expected, 2 * np.finfo(dtype).eps * np.abs(expected), f"{change} {columns}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 3, 16, 23])
def test_infinities_and_nan_in_a_row(columns, dtype):
    row = np.full(columns, -np.inf, dtype)
    assert run_max(row) == -np.inf
    row[-1] = np.inf
    assert run_max(row) == np.inf
    row[...] = 1
    row[columns // 2] = np.nan
    assert np.isnan(run_sum(row))
    run_minus(row, 1.0)
    assert np.isnan(row).sum() == 1
