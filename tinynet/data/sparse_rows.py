"""Sparse matrices of any format, read into compressed rows of our own in which every entry lies inside.

Kernels read and write where indices point, and so does SciPy's compiled code when it converts one format to another.
SciPy checks little of a matrix, and nothing after its arrays were changed by hand. So the arrays are copied, the copies
are checked, and only NumPy works on them: what another thread or a callback changes later does not matter.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from tinynet._types import Array

#: Kernels read columns as 32-bit numbers.
MOST_COLUMNS = 2**31 - 1
#: Rows cost memory even if they are empty, which a shape alone must not ask for.
_MOST_ROWS = 2**27


class SparseRows(NamedTuple):
    """A sparse matrix: row i has ``values[indptr[i]:indptr[i + 1]]`` in the columns ``indices[…]``, which rise.

    Attributes
    ----------
    indptr : ndarray of int64
        Where each row begins, and where the last one ends.
    indices : ndarray of int32
        Columns.
    values : ndarray
        Numbers, in the user's dtype.
    shape : tuple of int
        As the user's, which may have one axis.
    """

    indptr: Array
    indices: Array
    values: Array
    shape: tuple[int, ...]

    def part(self, first: int, last: int) -> SparseRows:
        """Return the rows first…last."""
        inside = slice(self.indptr[first], self.indptr[last])
        pointers = self.indptr[first : last + 1] - self.indptr[first]
        return SparseRows(pointers, self.indices[inside], self.values[inside], (last - first, *self.shape[1:]))

    def toarray(self) -> Array:
        """Return the dense array."""
        rows = np.repeat(np.arange(self.indptr.size - 1), np.diff(self.indptr))
        out = np.zeros((self.indptr.size - 1, self.shape[-1]), self.values.dtype)
        out[rows, self.indices] = self.values
        return out.reshape(self.shape)


def is_sparse(value: object) -> bool:
    """Tell whether this is a sparse matrix: what can be converted to compressed rows."""
    return type(value) is not np.ndarray and (isinstance(value, SparseRows) or hasattr(value, "tocsr"))


def sparse_rows(matrix: Any, argument: str) -> SparseRows:
    """Return a sparse matrix of any format in compressed rows: columns in order, duplicates summed.

    Parameters
    ----------
    matrix : sparse matrix
        A SciPy matrix or array of any format, or what has ``tocsr`` and the same attributes.
    argument : str
        What messages call it.

    Raises
    ------
    ValueError
        If its arrays do not fit each other, or an entry lies outside.
    TypeError
        If it holds no real numbers.

    Examples
    --------
    >>> from scipy.sparse import coo_matrix
    >>> rows = sparse_rows(coo_matrix(([1.0, 2.0, 3.0], ([1, 0, 1], [2, 0, 2])), shape=(2, 3)), "x")
    >>> rows.indptr.tolist(), rows.indices.tolist(), rows.values.tolist()
    ([0, 1, 2], [0, 2], [2.0, 4.0])
    """
    if isinstance(matrix, SparseRows):
        return matrix
    try:
        shape = tuple(int(axis) for axis in matrix.shape)
        if len(shape) not in (1, 2) or min(shape) < 0 or shape[-1] > MOST_COLUMNS:
            raise ValueError(f"its shape is {shape}, expected two axes and at most {MOST_COLUMNS} columns")
        found = _read(matrix, shape)
    except Exception as error:  # of any kind, if the matrix converts itself
        raise ValueError(
            f"{argument} is a sparse matrix that cannot be read: {str(error).rstrip('.') or repr(error)}. Rebuild it, "
            "for example from (data, (rows, columns)) with the right shape=."
        ) from None
    if found.values.dtype.kind not in "biuf":
        raise TypeError(
            f"{argument} is a sparse matrix of {found.values.dtype}, expected real numbers. "
            f"Convert it with {argument}.astype('float32')."
        )
    return found


def _read(matrix: Any, shape: tuple[int, ...]) -> SparseRows:
    form = getattr(matrix, "format", None)
    if form in _ENTRIES:
        return _compressed(*_ENTRIES[form](matrix, (math.prod(shape[:-1]), shape[-1])), shape)
    csr = matrix if form == "csr" else matrix.tocsr()
    indptr, indices, values = _pointed(csr, math.prod(shape[:-1]), shape[-1], "column", "row")
    rising = indices[1:] > indices[:-1]
    begins = indptr[1:-1]
    rising[begins[(begins > 0) & (begins < indices.size)] - 1] = True
    if rising.all():
        return SparseRows(indptr, indices.astype(np.int32, copy=False), values, shape)
    return _compressed(np.repeat(np.arange(indptr.size - 1), np.diff(indptr)), indices, values, shape)


def _pointed(matrix: Any, count: int, minor: int, what: str, per: str) -> tuple[Array, Array, Array]:
    """Return checked copies of the pointers of `count` rows (or columns), and of as many entries as they have."""
    pointers, indices, values = (_own(getattr(matrix, name)) for name in ("indptr", "indices", "data"))
    _whole_numbers(f"{per} pointers (indptr)", pointers)
    used = min(indices.size, len(values))
    fits = pointers.size == count + 1 and pointers[0] == 0 and pointers[-1] <= used
    if not fits or (pointers[1:] < pointers[:-1]).any():
        raise ValueError(
            f"its {per} pointers (indptr) do not fit its {used} entries and {count} {per}s; expected {count + 1} "
            f"numbers that begin at 0, never fall, and end at {used} at most"
        )
    indices, values = indices[: pointers[-1]], values[: pointers[-1]]
    _inside(what, indices, minor)
    return pointers.astype(np.int64, copy=False), indices, values


def _own(array: Any) -> Array:
    return np.array(array, order="C", subok=False)


def _whole_numbers(name: str, array: Array) -> None:
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"its {name} are of shape {array.shape} and type {array.dtype}, expected a row of integers")


def _inside(what: str, numbers: Array, count: int) -> None:
    """Raise a ValueError unless all columns (or rows) exist."""
    _whole_numbers(f"{what} numbers", numbers)
    lowest, highest = (numbers.min(), numbers.max()) if numbers.size else (0, 0)
    if numbers.size and not 0 <= lowest <= highest < count:
        raise ValueError(f"it has {count} {what}s, but has entries in {what}s {lowest} to {highest}")


def _compressed(rows: Array, columns: Array, values: Array, shape: tuple[int, ...]) -> SparseRows:
    """Put entries into the order of rows and columns, and sum those in the same place."""
    count = math.prod(shape[:-1])
    if count > _MOST_ROWS:
        raise ValueError(f"it has {count} rows, most of them empty; expected at most {_MOST_ROWS}")
    scipy: Any = sys.modules.get("scipy.sparse")  # whoever has one of its matrices has loaded it; it sorts quicker
    if scipy is not None:
        csr = scipy.coo_matrix((values, (rows, columns)), shape=(count, shape[-1])).tocsr()
        return SparseRows(csr.indptr.astype(np.int64), csr.indices.astype(np.int32), csr.data, shape)
    place = rows.astype(np.int64) * shape[-1] + columns
    if (place[1:] <= place[:-1]).any():
        order = np.argsort(place, kind="stable")
        place, values = place[order], values[order]
        first = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
        if first.size < place.size:
            place = place[first]
            values = (
                np.logical_or.reduceat(values, first)
                if values.dtype == bool
                else np.add.reduceat(values.astype(np.result_type(values, np.float64)), first)
            )
    indptr = np.zeros(count + 1, np.int64)
    row, column = np.divmod(place, max(1, shape[-1]))
    np.cumsum(np.bincount(row, minlength=count), out=indptr[1:])
    return SparseRows(indptr, column.astype(np.int32), values, shape)


# ---- formats other than compressed rows: each as entries, a row, a column and a number each -------------------------

_Entries = tuple[Array, Array, Array]


def _of_columns(csc: Any, shape: tuple[int, int]) -> _Entries:
    pointers, rows, values = _pointed(csc, shape[1], shape[0], "row", "column")
    return rows, np.repeat(np.arange(shape[1]), np.diff(pointers)), values


def _of_blocks(bsr: Any, shape: tuple[int, int]) -> _Entries:
    _, high, wide = np.shape(bsr.data)
    if shape[0] % high or shape[1] % wide:
        raise ValueError(f"its blocks of {high} by {wide} do not fill its shape {shape}")
    pointers, columns, blocks = _pointed(bsr, shape[0] // high, shape[1] // wide, "column of block", "row")
    rows = np.repeat(np.arange(shape[0] // high), np.diff(pointers))
    down, across = np.arange(high)[:, None], np.arange(wide)
    in_rows, in_columns = rows[:, None, None] * high + down, columns[:, None, None].astype(np.int64) * wide + across
    in_rows, in_columns = np.broadcast_arrays(in_rows, in_columns)
    return in_rows.reshape(-1), in_columns.reshape(-1), blocks.reshape(-1)


def _of_coordinates(coo: Any, shape: tuple[int, int]) -> _Entries:
    given = coo.coords if hasattr(coo, "coords") else (coo.row, coo.col)
    values, *places = map(_own, (coo.data, *given))
    if len(places) == 1:  # one axis
        places = [np.zeros_like(places[0]), *places]
    rows, columns = places
    if not rows.shape == columns.shape == values.shape:
        raise ValueError(f"it has {rows.size} rows and {columns.size} columns for {values.size} numbers")
    _inside("row", rows, shape[0])
    _inside("column", columns, shape[1])
    return rows, columns, values


def _of_diagonals(dia: Any, shape: tuple[int, int]) -> _Entries:
    offsets, values = _own(dia.offsets), _own(dia.data)
    _whole_numbers("offsets", offsets)
    if values.ndim != 2 or len(values) != offsets.size:
        raise ValueError(f"it has {offsets.size} offsets for data of shape {values.shape}")
    row_of = np.arange(values.shape[1]) - offsets.astype(np.int64)[:, None]  # what lies outside does not count
    there = (row_of >= 0) & (row_of < shape[0]) & (np.arange(values.shape[1]) < shape[1])
    return row_of[there], np.nonzero(there)[1], values[there]


def _of_lists(lil: Any, shape: tuple[int, int]) -> _Entries:
    columns, numbers = [list(row) for row in lil.rows], [list(row) for row in lil.data]
    if len(columns) != shape[0] or [*map(len, columns)] != [*map(len, numbers)]:
        raise ValueError(f"it has {len(columns)} rows for {shape[0]}, or rows with more columns than numbers, or fewer")
    rows = np.repeat(np.arange(shape[0]), [*map(len, columns)])
    found = np.array([*chain(*columns)] or np.empty(0, int))
    _inside("column", found, shape[1])
    return rows, found, np.array([*chain(*numbers)], lil.dtype)


def _of_keys(dok: Any, shape: tuple[int, int]) -> _Entries:
    items = dict(dok.items())
    places = np.array([*items] or np.empty((0, 2), int))
    if places.ndim == 1:  # one axis
        places = np.stack([np.zeros_like(places), places], 1)
    rows, columns = places.T
    _inside("row", rows, shape[0])
    _inside("column", columns, shape[1])
    return rows, columns, np.array([*items.values()], dok.dtype)


_ENTRIES: dict[str | None, Callable[[Any, tuple[int, int]], _Entries]] = {
    "csc": _of_columns,
    "bsr": _of_blocks,
    "coo": _of_coordinates,
    "dia": _of_diagonals,
    "lil": _of_lists,
    "dok": _of_keys,
}
