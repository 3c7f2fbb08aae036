"""What to say of data that are no table of numbers: what was found, where, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from tinynet._types import Array


def not_an_array(value: object, argument: str) -> str:
    """Say that something is no array at all."""
    fix = "Pass arrays such as np.array(..., dtype='float32'), with one row for each sample."
    if hasattr(value, "__next__") or (not isinstance(value, Mapping) and hasattr(value, "__getitem__")):
        fix = (
            "What gives batches is for fit, evaluate and predict, without targets beside it; otherwise make arrays "
            "first: xs, ys = zip(*batches), then np.concatenate(xs) and np.concatenate(ys)."
        )
    elif isinstance(value, Mapping):
        fix = f"Pass the array alone, such as {argument}[{_first(value)!r}]."
    return (
        f"{argument} must be a NumPy array, a list of numbers or a SciPy sparse matrix, "
        f"but is {'None' if value is None else f'of type {type(value).__name__}'}. {fix}"
    )


def _first(value: Mapping[Any, Any]) -> Any:
    return next(iter(value), "name")


def ragged(value: object, argument: str) -> str | None:
    """Describe which rows differ in length, if any do."""
    if not isinstance(value, list | tuple):
        return None
    shapes = [getattr(row, "shape", ()) for row in value]
    if all(len(shape) > 1 for shape in shapes):
        return (
            f"{argument} is a list of {len(value)} arrays of shapes {', '.join(map(str, shapes[:4]))}, expected one "
            f"array: a Sequential has one input and one output. Put features side by side: np.concatenate({argument}, "
            "axis=1)."
        )
    sizes = [np.size(row) if np.isscalar(row) else _len(row) for row in value]
    for index, size in enumerate(sizes):
        if size != sizes[0]:
            return f"{argument} is ragged: row 0 has {sizes[0]} entries, row {index} has {size}. {_make_rectangular()}"
    return f"{argument} is ragged: its rows have different shapes. {_make_rectangular()}"


def _len(row: Any) -> int:
    try:
        return len(row)
    except TypeError:  # a number, an array of no axes
        return 1


def _make_rectangular() -> str:
    return (
        "Every sample needs the same number of features: pad or cut the rows, "
        "or multi-hot encode them if they are lists of word or item numbers."
    )


def column_names(value: Any) -> list[Any] | None:
    """Return the names of a table's columns, if it is one."""
    for attribute in ("column_names", "columns"):  # what PyArrow calls `columns` are the columns themselves
        names = getattr(value, attribute, None)
        if names is not None and hasattr(names, "__len__"):
            return list(names)
    return None


def place(index: tuple[int, ...], value: Any = None) -> str:
    """Say where an entry is: its row and column, and the column's name in a table."""
    if not index:
        return ""
    row, *rest = index
    if not rest:
        return f"row {row}"
    if len(rest) > 1:
        return f"row {row}, column {tuple(rest)}"
    names = column_names(value)
    return f"row {row}, column {rest[0]}" + (f" ({names[rest[0]]!r})" if names and rest[0] < len(names) else "")


def is_missing(entry: Any) -> bool:
    """Tell whether an object means that there is no value: None, NaN, NaT or pandas.NA."""
    return (
        entry is None or type(entry).__name__ in ("NAType", "NaTType") or (isinstance(entry, Real) and entry != entry)
    )


def not_real_numbers(array: Array, value: Any, argument: str) -> str:
    """Say what an array holds in place of real numbers; `value` is what the user passed."""
    kind = array.dtype.kind
    wrong, where = (array.flat[0], "") if array.size else (None, "")
    if kind == "O":
        at = next((i for i, entry in enumerate(array.flat) if not isinstance(entry, Real | np.bool_)), 0)
        wrong, where = array.flat[at], place(tuple(map(int, np.unravel_index(at, array.shape))), value)
    if kind == "c":
        return (
            f"{argument} holds complex numbers ({array.dtype}), expected real ones. "
            f"Pass {argument}.real, abs({argument}), or both parts as features."
        )
    if kind in "UST" or isinstance(wrong, str | bytes):
        return (
            f"{argument} holds text (such as {str(wrong)!r}{where and f', in {where}'}), expected numbers. Convert "
            f"numerals with np.array({argument}, dtype='float32'); turn names of classes into class numbers with "
            f"np.unique({argument}, return_inverse=True)[1]; one-hot encode other text columns."
        )
    if kind in "mM":
        return (
            f"{argument} holds dates or times ({array.dtype}), expected numbers. Turn them into numbers, "
            f"for example days: ({argument} - {argument}.min()) / np.timedelta64(1, 'D')."
        )
    if kind == "O" and is_missing(wrong):
        return (
            f"{argument} has missing values, first {wrong!r} in {where}, expected numbers. {_none(wrong)}"
            f"Fill them, for example with {argument}.fillna({argument}.mean()) in pandas, or drop these samples."
        )
    if kind == "O" and hasattr(wrong, "__len__"):
        return (
            f"{argument} holds {array.size} separate sequences (the first of length {_len(wrong)}), "
            f"expected one rectangular array. {_make_rectangular()}"
        )
    if kind == "O":
        return (
            f"{argument} holds Python objects (such as one of type {type(wrong).__name__}{where and f', in {where}'}), "
            f"expected numbers. Convert it with np.array({argument}, dtype='float32'), and look at the entries that "
            "fail."
        )
    return (
        f"{argument} has dtype {array.dtype}, expected numbers. Convert it to float32, or select its numeric columns."
    )


def _none(wrong: Any) -> str:
    return "None means a missing value. " if wrong is None else ""
