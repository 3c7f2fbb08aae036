"""Features: the user's ``x``, read row by row, never modified and never copied as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.data import arrays
from tinynet.data.sparse_rows import SparseRows, is_sparse, sparse_rows
from tinynet.data.words import place

# Rows are gathered in the user's dtype and then cast. In pieces of this size, gathered rows are still in the cache when
# they are cast, and need hardly any memory.
_PIECE_BYTES = 2**18
_PIECE_ENTRIES = 2**18


class Features:
    """The samples of one call, as rows in the float type that the kernels take.

    Attributes
    ----------
    n : int
        Number of samples.
    sample_shape : tuple of int
        Shape of one sample: ``(12,)``, ``(28, 28)``, or ``()`` where ``x`` was one-dimensional.
    shape : tuple of int
        ``(n, *sample_shape)``, as the user passed it.
    size : int
        Numbers in one sample, at least 1.
    dtype : numpy.dtype
        Type of what `take` and `resident` return.
    sparse : bool
        Whether `indptr`, `indices` and `data` exist: canonical CSR (sorted, no duplicates), which nobody else
        can change.
    """

    sparse = False
    indptr: Array
    indices: Array
    data: Array

    def __init__(self, source: Any, dtype: np.dtype[Any], argument: str) -> None:
        self._source = source
        self.shape: tuple[int, ...] = source.shape
        self.n: int = self.shape[0]
        self.sample_shape = self.shape[1:]
        self.size: int = math.prod(self.sample_shape)
        self.dtype = dtype
        self.argument = argument

    @property
    def rows_per_chunk(self) -> int:
        """How many rows may be taken at once: as many as fit into 64 MB, at least one."""
        return max(1, arrays.CHUNK_BYTES // (self.size * self.dtype.itemsize))

    @cached_property
    def resident(self) -> Array | None:
        """All samples as one C-contiguous ``(n, size)`` array of `dtype`; None if that would cost over 64 MB.

        If the user's array already has this form, this is a view of it, however large: the pages of a memory
        map are read when touched, and released when the system needs them. Do not write to it.
        """
        if not self.sparse and arrays.fits_kernels(self._source, self.dtype):
            view: Array = self._source.reshape(self.n, self.size)
            return view
        if self.n <= self.rows_per_chunk:
            return self._gather(slice(None))
        return None

    def take(self, rows: slice | NDArray[np.intp]) -> Array:
        """Return the given rows as a C-contiguous ``(len(rows), size)`` array of `dtype`.

        Apart from the result it needs a few megabytes at most, whatever the user's array.

        Parameters
        ----------
        rows : slice or array of int
            Row numbers from 0 to ``n - 1``, in any order.

        Returns
        -------
        numpy.ndarray
            For a slice this may be a view of the user's own data: do not write to it.
        """
        if self.resident is None:
            return self._gather(rows)
        if isinstance(rows, slice):
            return np.ascontiguousarray(self.resident[rows])
        return np.take(self.resident, rows, axis=0)

    @quiet
    def _gather(self, rows: slice | NDArray[np.intp]) -> Array:
        source: Array = self._source
        if isinstance(rows, slice):
            picked = source[rows]
            return arrays.cast(picked, self.dtype).reshape(len(picked), self.size)
        out = np.empty((len(rows), *self.sample_shape), self.dtype)
        # np.take is faster, but begins by copying an array that is not contiguous as a whole.
        as_is = source.flags.c_contiguous and source.flags.aligned
        step = max(1, _PIECE_BYTES // (self.size * source.itemsize))
        for start in range(0, len(rows), step):
            piece = rows[start : start + step]
            out[start : start + step] = np.take(source, piece, axis=0) if as_is else source[piece]
        return out.reshape(len(rows), self.size)

    def refuse_missing(self, not_zero: Array | None = None) -> None:
        """Raise a ValueError if a number is missing (NaN): it may be one of those that are `not_zero`, where known."""
        if self._may_miss(not_zero) and (found := self.odd_number(np.isnan)) is not None:
            fix = "Fill them in, for example with the mean of their column, or drop these samples."
            raise ValueError(f"{found}: the loss, and in training all weights, would become NaN. {fix}")

    @quiet
    def _may_miss(self, numbers: Array | None) -> bool:
        """Whether it is worth looking for NaN: a sum of squares is NaN only if one of them is."""
        if numbers is None:
            numbers = self.data if self.sparse else self._source if self.resident is None else self.resident
        if not (numbers.dtype in (np.float32, np.float64) and numbers.flags.c_contiguous and numbers.flags.aligned):
            return bool(numbers.dtype.kind not in "biu")
        numbers = numbers.reshape(-1)
        return bool(np.isnan(np.dot(numbers, numbers)))

    def largest(self) -> float:
        """Return the largest size of a number, 0 being that of NaN."""
        step = self.rows_per_chunk
        chunks = (np.abs(self.take(slice(start, start + step))) for start in range(0, self.n, step))
        return max(float(np.fmax(0.0, chunk).max()) for chunk in chunks)

    def odd_number(self, odd_in: Callable[[Array], Array] = lambda rows: ~np.isfinite(rows)) -> str | None:
        """Say where the first odd number is, by default a missing or (in this float type) infinite one, if any."""
        for start in range(0, self.n, self.rows_per_chunk):
            rows = self.take(slice(start, start + self.rows_per_chunk))
            odd = odd_in(rows)
            if odd.any():
                row, entry = divmod(int(np.argmax(odd)), self.size)
                at = place((start + row, *map(int, np.unravel_index(entry, self.sample_shape))))
                kind = "missing values (NaN)" if np.isnan(rows[row, entry]) else f"numbers too large for {self.dtype}"
                return f"{self.argument} has {kind}, the first in {at}"
        return None


class SparseFeatures(Features):
    """Samples in compressed sparse rows, copied; rows become dense when they are taken."""

    sparse = True

    def __init__(self, rows: SparseRows, dtype: np.dtype[Any], argument: str) -> None:
        super().__init__(rows, dtype, argument)
        self.indptr, self.indices = rows.indptr, rows.indices
        self.data = arrays.contiguous(rows.values, dtype)

    @quiet
    def _gather(self, rows: slice | NDArray[np.intp]) -> Array:
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(self.n))
        starts = self.indptr[rows].astype(np.intp)
        counts = self.indptr[rows + 1] - starts
        out = np.zeros((len(rows), self.size), self.dtype)
        step = max(1, _PIECE_ENTRIES // int(counts.max(initial=1)))
        for start in range(0, len(rows), step):
            count = counts[start : start + step]
            ends = np.cumsum(count)
            row = np.repeat(np.arange(start, start + len(count)), count)
            entry = np.arange(ends[-1]) + np.repeat(starts[start : start + step] - (ends - count), count)
            out[row, self.indices[entry]] = self.data[entry]
        return out


def features(x: object, *, argument: str = "x", dtype: DTypeLike) -> Features:
    """Accept what the user passes as ``x``; nothing but a sparse matrix is copied or converted yet.

    Parameters
    ----------
    x : array-like or sparse matrix
        ``(n, ...)``: NumPy arrays of any numeric dtype, order and strides, memory maps, lists of numbers,
        anything with ``__array__`` (pandas), or a SciPy sparse matrix (whatever has ``tocsr``).
    argument : str, default "x"
        What messages call it.
    dtype : data type
        The float type of the rows it returns.

    Returns
    -------
    Features
        The samples, to be read by `Features.take` or as `Features.resident`.

    Raises
    ------
    TypeError
        If ``x`` holds text, objects, dates or complex numbers, or is not an array at all.
    ValueError
        If it is ragged, empty, masked or a single number.

    Examples
    --------
    >>> f = features([[1, 2], [3, 4], [5, 6]], dtype="float32")
    >>> f.n, f.sample_shape
    (3, (2,))
    >>> f.take(slice(1, 3))
    array([[3., 4.],
           [5., 6.]], dtype=float32)
    """
    dtype = np.dtype(dtype)
    if is_sparse(x):
        return _sparse_features(x, dtype, argument)
    return Features(arrays.as_array(x, argument), dtype, argument)


def _sparse_features(x: Any, dtype: np.dtype[Any], argument: str) -> SparseFeatures:
    rows = sparse_rows(x, argument)
    if len(rows.shape) != 2:
        raise ValueError(
            f"A sparse {argument} must have two axes, samples and features, but has shape {rows.shape}. "
            f"Pass {argument}.reshape(1, -1) for one sample."
        )
    if 0 in rows.shape:
        raise ValueError(f"{argument} is empty: it has shape {rows.shape}. Pass at least one sample and one feature.")
    return SparseFeatures(rows, dtype, argument)


def check_features(f: Features, expected_shape: tuple[int, ...], layer_name: str) -> None:
    """Check that the samples have the shape the model was built for.

    A last axis of length 1 may be missing or extra, as in Keras: the numbers are the same.

    Parameters
    ----------
    f : Features
        What the user passed.
    expected_shape : tuple of int
        Shape of one sample.
    layer_name : str
        The first layer.

    Raises
    ------
    ValueError
        Names the layer and both shapes, and suggests a fix.

    Examples
    --------
    >>> f = features(np.zeros((5, 4)), dtype="float32")
    >>> check_features(f, (4,), "dense")
    >>> check_features(f, (3,), "dense")
    Traceback (most recent call last):
      ...
    ValueError: Input of layer "dense" is incompatible with the layer: expected shape=(None, 3),
    found shape=(5, 4). x has 4 features a sample, the model was built for 3: pass the columns it
    was built with, or build a new model.
    """
    found = f.sample_shape
    if found == expected_shape or (*found, 1) == expected_shape or found == (*expected_shape, 1):
        return
    expected = ", ".join(["None", *map(str, expected_shape)])
    raise ValueError(
        f'Input of layer "{layer_name}" is incompatible with the layer: expected shape=({expected}), '
        f"found shape={f.shape}. {_likely_fix(f, expected_shape)}"
    )


def _likely_fix(f: Features, expected: tuple[int, ...]) -> str:
    x = f.argument
    if f.shape == expected:
        return (
            f"{x} seems to be a single sample. The first axis counts samples: "
            f"pass {x}[np.newaxis], of shape {(1, *expected)}."
        )
    if f.sample_shape[1:] == expected:
        return (
            f"If {x} holds {f.n} inputs, a Sequential has one, and this model expects 1 input: put their features side "
            "by side, "
            f"np.concatenate({x}, axis=-1). If it holds {f.n} batches, pass one, or np.concatenate({x})."
        )
    if f.sample_shape == ():
        return (
            f"{x} has one axis only. Pass one row for each sample and one column for each feature; "
            f"{x}.reshape(-1, 1) makes samples of a single feature."
        )
    if len(f.sample_shape) == 1 and (f.n,) == expected:
        return f"{x} seems to be transposed: rows are samples, columns are features. Pass {x}.T."
    if f.size == math.prod(expected):
        flatten = ", or begin the model with Flatten()" if len(expected) == 1 else ""
        return (
            f"The samples have the right number of entries in another shape: "
            f"pass {x}.reshape{(-1, *expected)}{flatten}."
        )
    if len(f.sample_shape) == len(expected) == 1:
        return (
            f"{x} has {f.size} features a sample, the model was built for {expected[0]}: "
            "pass the columns it was built with, or build a new model."
        )
    return f"Pass samples of that shape, or build the model for samples of shape {f.sample_shape}."
