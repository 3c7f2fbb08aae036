"""Columns of tables that are handed over by the data frame interchange protocol.

Source: https://data-apis.org/dataframe-protocol/latest/API.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.data import arrow

#: The protocol's numbers for kinds of columns, and for what marks a missing value.
_BOOL, _TEXT, _CATEGORIES = 20, 21, 23
_SENTINEL, _BITS, _BYTES = 2, 3, 4


def columns_of_frame(table: Any) -> tuple[list[str], list[Array], list[bool]]:
    """Return what ``table.__dataframe__()`` hands over: names, columns, and which of them are categories."""
    frame = table.__dataframe__(allow_copy=True)
    names = list(frame.column_names())
    chunks = [[_read(part.get_column(i)) for i in range(len(names))] for part in frame.get_chunks()]
    categories = [frame.get_column(i).dtype[0] == _CATEGORIES for i in range(len(names))]
    return names, [np.concatenate(column) for column in zip(*chunks, strict=True)], categories


def _read(column: Any) -> Array:
    """Return one chunk of a column."""
    buffers, start, length = column.get_buffers(), column.offset, column.size()
    data, (kind, bits, form, _) = buffers["data"]
    if column.dtype[0] == _CATEGORIES:
        codes = arrow.copied(data.ptr, start, length, arrow.NUMBERS[form])
        categories = _read(column.describe_categorical["categories"])
        known = _known(column, codes, start, length) & (codes >= 0)
        found = np.full(length, None, object)
        found[known] = categories[codes[known]]
        return found
    if column.dtype[0] == _TEXT:
        places, (_, width, _, _) = buffers["offsets"]
        values = arrow.texts(places.ptr, data.ptr, start, length, f"i{width // 8}")
    elif kind == _BOOL:
        values = arrow.bits(data.ptr, start, length) if bits == 1 else arrow.copied(data.ptr, start, length, "?")
    elif known_type := arrow.time_of(column.dtype[2]) or arrow.NUMBERS.get(form):
        values = arrow.copied(data.ptr, start, length, known_type)
    else:
        return np.full(length, arrow.Unread(form), object)
    return arrow.with_missing(values, _known(column, values, start, length))


def _known(column: Any, values: Array, start: int, length: int) -> Array:
    """Return which values are there."""
    how, mark = column.describe_null
    if how == _SENTINEL:
        found: Array = values != mark
        return found
    if how not in (_BITS, _BYTES) or column.get_buffers()["validity"] is None:
        return np.ones(length, bool)
    address = column.get_buffers()["validity"][0].ptr
    marks = arrow.bits(address, start, length) if how == _BITS else arrow.copied(address, start, length, "?")
    known: Array = marks != bool(mark)
    return known
