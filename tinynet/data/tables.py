"""Tables of named columns, as pandas, Polars and PyArrow keep them, made one array of numbers; none is imported.

A table is known by what it offers, never by its class: the names of its columns, and each column as an array. One that
offers only the Arrow PyCapsule interface or the data frame interchange protocol is read through that (`interchange`).
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.data.interchange import Column
from tinynet.data.sparse_rows import is_sparse
from tinynet.data.spots import Spot
from tinynet.data.words import column_names, is_missing


def is_table(value: Any) -> bool:
    """Tell whether this is a table, or one column of a table, that is read by its columns."""
    if isinstance(value, (np.ndarray, list, tuple, str, bytes, np.generic)) or value is None or is_sparse(value):
        return False
    return _has_columns(value) or _is_column(value)


def numbers(value: Any, argument: str) -> Array:
    """Return a table as an array (rows, columns), or one of its columns as (rows,).

    Raises
    ------
    TypeError
        If a column holds text, dates, categories or objects; names the column, and says how to make numbers of it.
    ValueError
        If a value is missing; names the column and the row.

    Examples
    --------
    >>> from tinynet.data.interchange import Table
    >>> numbers(Table({"age": [30, 41], "member": [True, False]}), "x")
    array([[30,  1],
           [41,  0]])
    """
    if not _has_columns(value) and _is_column(value):
        return _numbers_of(value, Spot(value, argument))
    whole = _at_once(value)
    if whole is not None:
        _refuse_missing(whole, Spot(value, argument))
        return whole
    columns = [_numbers_of(column, Spot(value, argument, i)) for i, column in enumerate(columns_of(value))]
    if not columns:
        return np.empty((len(value), 0))
    return np.stack(columns, axis=1, dtype=np.result_type(*columns))


def columns_of(value: Any) -> Sequence[Any]:
    """Return a table's columns, in order."""
    if hasattr(value, "iloc"):
        return [value.iloc[:, i] for i in range(len(value.columns))]
    if hasattr(value, "get_columns"):
        found: Sequence[Any] = value.get_columns()
        return found
    return [value.column(i) for i in range(len(value.column_names))]


def is_categorical(value: Any) -> bool:
    """Tell whether a column holds categories: pandas's category, Polars's Categorical and Enum, Arrow's dictionary."""
    if isinstance(value, np.ndarray):
        return False
    kind = str(getattr(value, "dtype", getattr(value, "type", ""))).lower()
    return kind.startswith(("category", "categorical", "enum", "dictionary"))


def _has_columns(value: Any) -> bool:
    """Tell whether this has named columns, each of which can be had alone."""
    return hasattr(value, "__array__") and (
        (hasattr(value, "columns") and (hasattr(value, "iloc") or hasattr(value, "get_columns")))
        or (hasattr(value, "column_names") and callable(getattr(value, "column", None)))
    )


def _is_column(value: Any) -> bool:
    interfaces = ("__arrow_c_stream__", "__arrow_c_array__", "iloc", "categories")
    return isinstance(value, Column) or (
        hasattr(value, "__array__") and any(hasattr(value, name) for name in interfaces)
    )


def _at_once(value: Any) -> Array | None:
    """Return all of a table as one array if its columns are NumPy's already, so that pandas need not copy them."""
    kinds = {str(kind) for kind in getattr(value, "dtypes", ())}
    if not hasattr(value, "iloc") or not kinds <= _NUMBERS:
        return None
    whole = np.asarray(value)
    return whole if whole.dtype.kind in "iuf" and whole.ndim == 2 else None


#: NumPy's types of which pandas makes one array of numbers.
_NUMBERS = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"}


def _numbers_of(column: Any, at: Spot) -> Array:
    """Return one column as numbers, or raise an error that names it."""
    array = column if type(column) is np.ndarray else np.asarray(column)
    if array.dtype.kind == "O":
        kinds = set(map(type, array.flat))
        if all(issubclass(kind, Real) or kind.__name__ == "Decimal" for kind in kinds):
            array = array.astype(np.float64)
        elif any(map(is_missing, array.flat)):
            raise ValueError(at.missing(next(i for i, entry in enumerate(array.flat) if is_missing(entry))))
    if is_categorical(column) or array.dtype.kind not in "biuf":
        raise TypeError(at.no_numbers(array, is_categorical(column)))
    _refuse_missing(array, at)
    return array


@quiet
def _refuse_missing(array: Array, at: Spot) -> None:
    """Raise a ValueError if there is a NaN, which a missing number becomes; costs no memory if there is none."""
    if array.dtype.kind == "f" and array.size and np.isnan(array.min()):
        row, *column = (int(i) for i in np.unravel_index(np.argmax(np.isnan(array)), array.shape))
        raise ValueError((at._replace(column=column[0]) if column else at).missing(row))


def names_of(value: Any) -> tuple[str, ...] | None:
    """Return the names of a table's columns, if they are all strings; None for anything else.

    Examples
    --------
    >>> from tinynet.data.interchange import Table
    >>> names_of(Table({"age": [30], "height": [1.7]}))
    ('age', 'height')
    >>> names_of(np.ones((1, 2)))
    """
    if type(value) is np.ndarray:
        return None
    if type(value) in (list, tuple) and len(value) == 1:
        value = value[0]
    if not is_table(value):
        return None
    names = column_names(value)
    return tuple(names) if names and all(isinstance(name, str) for name in names) else None
