"""Turns whatever a user calls numbers into one NumPy array, or says what to do instead."""

from __future__ import annotations

from collections.abc import Mapping, Set
from numbers import Real
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet._whole import quiet

CHUNK_BYTES = 64 * 2**20
"""The most that is ever copied at once of a user's data."""


def as_array(value: object, argument: str) -> Array:
    """Return ``value`` as an array of real numbers with at least one sample; arrays are not copied.

    Parameters
    ----------
    value : array-like
        A NumPy array of any numeric or bool dtype, order and strides, a memory map, (nested) lists of
        numbers, or anything with ``__array__``, such as a pandas DataFrame.
    argument : str
        What messages call it.

    Returns
    -------
    numpy.ndarray
        Never a subclass; in the dtype and memory layout it came in.

    Raises
    ------
    TypeError
        If it holds no real numbers.
    ValueError
        If it is ragged, empty, masked or a single number.
    """
    array = as_numbers(value, argument)
    if array.ndim == 0:
        raise ValueError(
            f"{argument} must hold one row for each sample, but is the single number {array}. "
            f"For one sample with one number pass np.array([[{array}]])."
        )
    if array.size == 0:
        raise ValueError(
            f"{argument} is empty: it has shape {array.shape}. Pass at least one sample with at least one "
            "number; check the slice, filter or file it came from."
        )
    return array


def as_numbers(value: object, argument: str) -> Array:
    """Return ``value`` as an array of real numbers of any shape, as `as_array` does."""
    array = value if type(value) is np.ndarray else _convert(value, argument)
    if array.dtype == object and _all_numbers(array):
        array = array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        raise TypeError(_not_real_numbers(array, argument))
    return array


def as_csr(matrix: Any, argument: str) -> Any:
    """Return a sparse matrix in compressed rows (CSR), having checked that all entries lie inside it.

    SciPy does not check this when its arrays are changed by hand, and the kernels read and write wherever the indices
    point.

    Raises
    ------
    ValueError
        If the row pointers do not fit the entries, or a column does not exist.
    """
    csr = matrix.tocsr()
    pointers, (*rows, columns) = csr.indptr, csr.shape
    used = min(csr.indices.size, csr.data.size)
    fits = pointers.size == (rows[0] if rows else 1) + 1 and pointers[0] == 0 and pointers[-1] <= used
    if not fits or (pointers[1:] < pointers[:-1]).any():
        raise ValueError(
            f"{argument} is a sparse matrix whose row pointers (indptr) do not fit its {used} entries: expected "
            f"numbers that begin at 0, never fall, and end at {used} at most. Rebuild it, "
            "for example from (data, (rows, columns))."
        )
    indices = csr.indices[: pointers[-1]]
    if indices.size and not 0 <= indices.min() <= indices.max() < columns:
        raise ValueError(
            f"{argument} is a sparse matrix of {columns} columns, but has entries in columns "
            f"{indices.min()} to {indices.max()}. Build it with the right shape=."
        )
    return csr


def fits_kernels(array: Array, dtype: np.dtype[Any]) -> bool:
    """Tell whether compiled code takes ``array`` as it is: the right ``dtype``, C-contiguous, aligned and writeable.

    Nothing ever writes to it, but a read-only array is a different type to Numba, which would compile again.
    """
    return array.dtype == dtype and array.flags.carray


def contiguous(array: Array, dtype: np.dtype[Any]) -> Array:
    """Return ``array`` in the form that compiled code takes: itself if it fits, otherwise a copy.

    A large array that is merely read-only stays as it is: compiling again costs less than a copy.
    """
    if fits_kernels(array, dtype):
        return array
    flags = array.flags
    if array.dtype == dtype and flags.c_contiguous and flags.aligned and array.nbytes > CHUNK_BYTES:
        return array
    return cast(array, dtype)


@quiet
def cast(array: Array, dtype: np.dtype[Any]) -> Array:
    """Copy ``array`` into C order and ``dtype``; numbers too large for it become infinite, as in Keras."""
    return np.array(array, dtype=dtype, order="C")


def length(value: object, argument: str) -> int:
    """Return how many samples ``value`` has: its first axis.

    Raises
    ------
    TypeError
        If it has no length, like a generator.
    """
    shape = getattr(value, "shape", None)
    if shape is not None and len(shape) > 0:
        return int(shape[0])
    try:
        return len(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(_not_an_array(value, argument)) from None


def _convert(value: object, argument: str) -> Array:
    if value is None or isinstance(value, str | bytes | Mapping | Set) or _is_data_set(value):
        raise TypeError(_not_an_array(value, argument))
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"{argument} has {np.count_nonzero(np.ma.getmaskarray(value))} masked (missing) values. "
            f"Fill them first, for example with {argument}.filled({argument}.mean())."
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(_ragged(value, argument) or f"{argument} is not an array: {error}.") from None
    if array.ndim == 0 and array.dtype == object:
        raise TypeError(_not_an_array(value, argument))
    return array


def _is_data_set(value: Any) -> bool:
    """Tell whether this returns batches (x, y) by index, like Keras's `PyDataset`, and so is not an array."""
    if isinstance(value, list | tuple | str | Mapping) or hasattr(value, "__array__"):
        return False
    numbered = hasattr(value, "__getitem__") and hasattr(value, "__len__")
    return numbered and len(value) > 0 and isinstance(value[0], tuple)


def _all_numbers(array: Array) -> bool:
    """Tell whether all objects are real numbers, as in a pandas DataFrame of bool and float columns."""
    return array.ndim > 0 and all(issubclass(t, Real | np.bool_) for t in {type(entry) for entry in array.flat})


def _not_an_array(value: object, argument: str) -> str:
    fix = "Pass arrays such as np.array(..., dtype='float32'), with one row for each sample."
    if hasattr(value, "__next__") or _is_data_set(value):
        fix = (
            "For a generator or data set that gives batches make two arrays first: xs, ys = zip(*batches), "
            "then np.concatenate(xs) and np.concatenate(ys)."
        )
    return (
        f"{argument} must be a NumPy array, a list of numbers or a SciPy sparse matrix, "
        f"but is {'None' if value is None else f'of type {type(value).__name__}'}. {fix}"
    )


def _ragged(value: object, argument: str) -> str | None:
    """Describe which rows differ in length, if any do."""
    if not isinstance(value, list | tuple):
        return None
    sizes = [np.size(row) if np.isscalar(row) else _len(row) for row in value]
    for index, size in enumerate(sizes):
        if size != sizes[0]:
            return f"{argument} is ragged: row 0 has {sizes[0]} entries, row {index} has {size}. {_make_rectangular()}"
    return f"{argument} is ragged: its rows have different shapes. {_make_rectangular()}"


def _len(row: Any) -> int:
    return len(row) if hasattr(row, "__len__") else 1


def _make_rectangular() -> str:
    return (
        "Every sample needs the same number of features: pad or cut the rows, "
        "or multi-hot encode them if they are lists of word or item numbers."
    )


def _not_real_numbers(array: Array, argument: str) -> str:
    kind = array.dtype.kind
    first = array.flat[0] if array.size else None
    if kind == "c":
        return (
            f"{argument} holds complex numbers ({array.dtype}), expected real ones. "
            f"Pass {argument}.real, abs({argument}), or both parts as features."
        )
    if kind in "UST" or isinstance(first, str | bytes):
        return (
            f"{argument} holds text (such as {str(first)!r}), expected numbers. Convert numerals with "
            f"np.array({argument}, dtype='float32'); turn names of classes into class numbers with "
            f"np.unique({argument}, return_inverse=True)[1]; one-hot encode other text columns."
        )
    if kind in "mM":
        return (
            f"{argument} holds dates or times ({array.dtype}), expected numbers. Turn them into numbers, "
            f"for example days: ({argument} - {argument}.min()) / np.timedelta64(1, 'D')."
        )
    if kind == "O" and hasattr(first, "__len__"):
        return (
            f"{argument} holds {array.size} separate sequences (the first of length {_len(first)}), "
            f"expected one rectangular array. {_make_rectangular()}"
        )
    if kind == "O":
        has_none = any(entry is None for entry in array.flat)
        missing = " None means a missing value: fill or drop it first." if has_none else ""
        return (
            f"{argument} holds Python objects (such as one of type {type(first).__name__}), "
            f"expected numbers.{missing} Convert it with np.array({argument}, dtype='float32'), "
            "and look at the entries that fail."
        )
    return (
        f"{argument} has dtype {array.dtype}, expected numbers. Convert it to float32, or select its numeric columns."
    )
