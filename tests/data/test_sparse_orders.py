"""Sparse rows of every format are what SciPy makes of the dense array: pointers, columns that rise, numbers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet.data.sparse_rows import SparseRows, sparse_rows

sparse = pytest.importorskip("scipy.sparse")

with_and_without_scipy = pytest.mark.parametrize("scipy", [True, False], ids=["with scipy", "with NumPy alone"])

SHAPES = {
    "one": [[5.0]],
    "a row": [[0.0, 2.0, 0.0, 1.0]],
    "a column": [[0.0], [3.0], [0.0], [4.0]],
    "nothing": np.zeros((4, 6)),
    "empty rows first, between and last": [[0, 0, 0], [0, 1, 2], [0, 0, 0], [3, 0, 0], [0, 0, 4], [0, 0, 0]],
    "full": np.arange(1.0, 13.0).reshape(4, 3),
    "wide": np.diag([1.0, 2.0, 3.0]) @ np.eye(3, 9, 4),
    "tall": np.eye(9, 3, -2),
}
FORMATS: dict[str, Callable[[Any], Any]] = {
    form: lambda x, form=form: sparse.csr_matrix(x).asformat(form)
    for form in ("csr", "csc", "bsr", "coo", "dia", "lil", "dok")
} | {
    "blocks of two rows": lambda x: sparse.bsr_matrix(x, blocksize=(2 if len(x) % 2 == 0 else 1, 1)),
    "blocks of three columns": lambda x: sparse.bsr_matrix(x, blocksize=(1, 3 if len(x[0]) % 3 == 0 else 1)),
    "blocks of two by three": lambda x: sparse.bsr_matrix(
        x, blocksize=(2 if len(x) % 2 == 0 else 1, 3 if len(x[0]) % 3 == 0 else 1)
    ),
}


def alike(found: SparseRows, dense: Any) -> None:
    right = sparse.csr_matrix(dense)
    right.eliminate_zeros()
    np.testing.assert_array_equal(found.toarray(), dense)
    np.testing.assert_array_equal(found.indptr[[0, -1]], [0, found.indices.size])
    assert found.indptr.dtype == np.int64
    assert found.indices.dtype == np.int32
    rows = np.repeat(np.arange(len(dense)), np.diff(found.indptr))
    assert (np.diff(rows * len(dense[0]) + found.indices) > 0).all()  # in each row the columns rise
    stored = found.values != 0  # blocks and diagonals may hold zeros
    np.testing.assert_array_equal(np.bincount(rows[stored], minlength=len(dense)), np.diff(right.indptr))
    np.testing.assert_array_equal(found.indices[stored], right.indices)
    np.testing.assert_array_equal(found.values[stored], right.data)


@with_and_without_scipy
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_every_shape_is_read_into_rows_whose_columns_rise(form, shape, scipy, monkeypatch):
    dense = np.asarray(SHAPES[shape])
    given = FORMATS[form](dense.tolist() if form.startswith("blocks") else dense)
    if not scipy:
        monkeypatch.delitem(sys.modules, "scipy.sparse")
    found = sparse_rows(given, "x")
    alike(found, dense)
    for first in range(len(dense)):
        for last in range(first + 1, len(dense) + 1):
            part = found.part(first, last)
            np.testing.assert_array_equal(part.toarray(), dense[first:last])
            assert part.indptr.size == last - first + 1


@with_and_without_scipy
@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ([2, 1, 0, 3], "all of a row fall"),
        ([0, 2, 1, 3], "two are exchanged"),
        ([0, 1, 1, 3], "one is there twice"),
        ([3, 3, 3, 3], "one is there three times"),
        ([0, 1, 2, 0], "all rise, and the next row begins lower"),
        ([0, 1, 2, 2], "all rise, and the next row begins where this one ends"),
        ([0, 1, 3, 3], "all rise"),
    ],
)
def test_columns_rise_afterwards_in_whatever_order_they_came(columns, why, scipy, monkeypatch):
    given = sparse.csr_matrix((2, 4))
    given.indptr, given.indices, given.data = np.array([0, 3, 4]), np.array(columns), np.array([1.0, 2.0, 4.0, 8.0])
    dense = np.zeros((2, 4))
    np.add.at(dense, ([0, 0, 0, 1], columns), given.data)
    if not scipy:
        monkeypatch.delitem(sys.modules, "scipy.sparse")
    alike(sparse_rows(given, "x"), dense)


@with_and_without_scipy
def test_one_axis_is_a_row_and_more_or_none_are_refused(scipy, monkeypatch):
    dense = np.array([0.0, 2.0, 0.0, 3.0])
    given = [sparse.coo_array(dense), sparse.dok_array(dense)]
    cube, nothing = (sparse.coo_array(np.ones((2, 1))) for _ in range(2))
    cube._shape, nothing._shape = (2, 1, 1), ()
    if not scipy:
        monkeypatch.delitem(sys.modules, "scipy.sparse")
    for one in given:
        found = sparse_rows(one, "x")
        assert found.shape == (4,)
        np.testing.assert_array_equal(found.toarray(), dense)
    for other in (cube, nothing):
        with pytest.raises(ValueError, match=r"x is a sparse matrix that cannot be read"):
            sparse_rows(other, "x")


@pytest.mark.parametrize(
    ("pointers", "fits"),
    [
        ([0, 2, 3], True),
        ([0, 0, 0], True),
        ([0, 3, 3], True),
        ([0, 2, 4], False),
        ([0, 4, 3], False),
        ([1, 2, 3], False),
    ],
)
def test_pointers_fit_when_they_begin_at_0_never_fall_and_end_within_the_entries(pointers, fits):
    given = sparse.csr_matrix((2, 4))
    given.indptr, given.indices, given.data = np.array(pointers), np.array([0, 1, 2]), np.array([1.0, 2.0, 4.0])
    if fits:
        assert sparse_rows(given, "x").indptr.tolist() == pointers
    else:
        with pytest.raises(ValueError, match=r"its row pointers \(indptr\) do not fit its 3 entries and 2 rows"):
            sparse_rows(given, "x")
