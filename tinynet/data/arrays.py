"""Turns whatever a user calls numbers into one NumPy array, or says what to do instead."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Set
from numbers import Real
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.data.batches import gives_batches
from tinynet.data.words import not_an_array, not_real_numbers, ragged

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
        array = _as_floats(array, argument)
    if array.dtype.kind not in "biuf":
        raise TypeError(not_real_numbers(array, value, argument))
    return array


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
        raise TypeError(not_an_array(value, argument)) from None


def _convert(value: object, argument: str) -> Array:
    if value is None or isinstance(value, str | bytes | Mapping | Set):
        raise TypeError(not_an_array(value, argument))
    if not isinstance(value, list) and gives_batches(value):  # NumPy would ask a data set for batches without end
        raise TypeError(not_an_array(value, argument))
    if isinstance(value, list | tuple | deque):
        _refuse_hidden(value, argument)
    elif isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(_masked(value, argument))
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(ragged(value, argument) or f"{argument} is not an array: {error}.") from None
    except Exception as error:
        raise TypeError(f"{not_an_array(value, argument)} ({type(error).__name__}: {error})") from error
    if array.ndim == 0 and array.dtype == object:
        raise TypeError(not_an_array(value, argument))
    return array


def _refuse_hidden(rows: Any, argument: str, depth: int = 0) -> None:
    """Raise an error for masked and sparse rows in lists, of which NumPy would drop the mask or make objects."""
    kinds = set(map(type, rows))
    if any(issubclass(kind, np.ma.MaskedArray) for kind in kinds):
        for row in rows:
            if isinstance(row, np.ma.MaskedArray) and np.ma.is_masked(row):
                raise ValueError(_masked(row, argument))
    if any(hasattr(kind, "tocsr") for kind in kinds):
        raise TypeError(
            f"{argument} is a list of {len(rows)} sparse matrices, expected one. Put them below one another: "
            f"scipy.sparse.vstack({argument})."
        )
    if kinds & {list, tuple} and depth < _DEEPEST:
        for row in rows:
            if isinstance(row, list | tuple):
                _refuse_hidden(row, argument, depth + 1)


#: The most axes that an array may have.
_DEEPEST = 64


def _masked(value: Array, argument: str) -> str:
    mask = np.ma.getmaskarray(value)
    return (
        f"{argument} has {np.count_nonzero(mask)} masked (missing) values. "
        f"Fill them first, for example with {argument}.filled({argument}.mean())."
    )


@quiet
def _as_floats(array: Array, argument: str) -> Array:
    """Return Python's numbers as floats."""
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise ValueError(
            f"{argument} holds a whole number that is too large for any float (beyond 1.8e308). Scale it, or take its "
            "logarithm."
        ) from None


def _all_numbers(array: Array) -> bool:
    """Tell whether all objects are real numbers, as in a pandas DataFrame of bool and float columns."""
    return array.ndim > 0 and all(issubclass(t, Real | np.bool_) for t in {type(entry) for entry in array.flat})
