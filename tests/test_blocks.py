"""Matrix products in compiled code: right for all sizes around the blocks', and never outside `out`."""

from __future__ import annotations

from functools import cache
from itertools import product as all_pairs
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet.kernels import _blocks
from tinynet.kernels._jit import COMPILED

DTYPES = ("float32", "float64")
ORDERS = tuple(all_pairs("CF", "CF"))
GUARD = 64


@cache
def compiled(name: str) -> Any:
    """Return a function of `_blocks` called from compiled code, or as it is where the compiler is switched off."""
    function = getattr(_blocks, name)
    if not COMPILED:
        return function
    import numba

    options = {"error_model": "numpy", "fastmath": {"reassoc", "contract"}}
    calls = {
        "product": lambda a, b, out: function(a, b, out),
        "affine": lambda x, kernel, bias, out, floor: function(x, kernel, bias, out, floor),
        "sum_rows": lambda a, out: function(a, out),
    }
    return numba.njit(calls[name], **options)


def guarded(values: np.ndarray, order: str = "C") -> np.ndarray:
    """Return a copy of `values`, transposed in memory if `order` is F, amid NaN: what reads past its end shows."""
    room = np.full(values.size + 2 * GUARD, np.nan, values.dtype)
    inside = room[GUARD : GUARD + values.size]
    view = inside.reshape(values.shape) if order == "C" else inside.reshape(values.shape[::-1]).T
    view[...] = values
    return view


class Out:
    """Room for a result amid guards, misaligned by some numbers, that nobody may touch."""

    def __init__(self, shape: tuple[int, ...], dtype: str, shift: int = 0) -> None:
        size = int(np.prod(shape))
        self.room = np.full(size + 2 * GUARD + shift, 12345.0, dtype)
        self.start, self.stop = GUARD + shift, GUARD + shift + size
        self.view = self.room[self.start : self.stop].reshape(shape)
        self.view[...] = np.nan

    def assert_is(self, exact: np.ndarray, bound: np.ndarray, what: str) -> None:
        """Hold every entry to `bound`, and the guards to what they were."""
        assert np.all(self.room[: self.start] == 12345.0), f"{what} wrote before `out`"
        assert np.all(self.room[self.stop :] == 12345.0), f"{what} wrote behind `out`"
        wrong = ~(np.abs(self.view - exact) <= bound)
        assert not wrong.any(), f"{what}: wrong at {np.argwhere(wrong)[:5].tolist()}"


def assert_products(rows: int, depth: int, columns: int, dtype: str, order: tuple[str, str], shift: int = 0) -> None:
    """Check product and affine at one size, against float64 and within the rounding of a sum of `depth` terms."""
    rng = np.random.default_rng(rows * 10007 + depth * 101 + columns)
    a, b, bias = (rng.standard_normal(shape).astype(dtype) for shape in ((rows, depth), (depth, columns), (columns,)))
    exact = np.einsum("ik,kj->ij", a.astype(np.float64), b.astype(np.float64))
    size = np.einsum("ik,kj->ij", np.abs(a).astype(np.float64), np.abs(b).astype(np.float64))
    eps = 2 * np.finfo(dtype).eps * (depth + 2)
    what = f"{rows}×{depth}·{depth}×{columns} {dtype} {order}"
    out = Out((rows, columns), dtype, shift)
    compiled("product")(guarded(a, order[0]), guarded(b, order[1]), out.view)
    out.assert_is(exact, eps * size, f"product {what}")
    if order == ("C", "C"):
        for added, floor in ((bias, -np.inf), (bias[:0], 0.0)):
            out = Out((rows, columns), dtype, shift)
            compiled("affine")(guarded(a), guarded(b), guarded(added), out.view, floor)
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


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_sum_over_rows(dtype):
    for rows, columns in all_pairs((1, 2, 3, 7, 8, 9, 33, 500), range(1, 70)):
        a = np.random.default_rng(rows).standard_normal((rows, columns)).astype(dtype)
        out = Out((columns,), dtype)
        compiled("sum_rows")(guarded(a), out.view)
        bound = np.finfo(dtype).eps * rows * np.abs(a).sum(0, dtype=np.float64)
        out.assert_is(a.sum(0, dtype=np.float64), bound, f"sum_rows {rows}×{columns}")


@pytest.mark.parametrize("order", ORDERS, ids="".join)
@pytest.mark.parametrize("columns", [1, 3, 40])
def test_nan_and_infinity_reach_the_entries_they_belong_to(columns, order):
    a, b = np.ones((20, 6), "float32"), np.ones((6, columns), "float32")
    a[4, 2], a[11, 0], b[3, columns - 1] = np.nan, np.inf, np.nan
    out = Out((20, columns), "float32")
    with np.errstate(invalid="ignore"):
        compiled("product")(guarded(a, order[0]), guarded(b, order[1]), out.view)
        np.testing.assert_array_equal(out.view, np.einsum("ik,kj->ij", a, b))
