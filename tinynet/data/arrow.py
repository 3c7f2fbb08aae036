"""Columns of tables that are handed over as addresses of memory, by the Arrow PyCapsule interface; without PyArrow.

Everything is copied while its owner still holds it. What kinds of columns there are is told by Arrow's format strings.

Source: https://arrow.apache.org/docs/format/CStreamInterface.html
"""

from __future__ import annotations

import ctypes as c
from itertools import pairwise
from typing import Any

import numpy as np

from tinynet._types import Array

#: NumPy's types by Arrow's formats of fixed width.
NUMBERS = dict(zip("cCsSiIlLefg", ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"), strict=True))
_TIMES = {"tdD": "M8[D]", "tdm": "M8[ms]", "tts": "i4", "ttm": "i4", "ttu": "m8[us]", "ttn": "m8[ns]"}
_UNITS = {"s": "s", "m": "ms", "u": "us", "n": "ns"}


class _Schema(c.Structure):
    pass


class _Data(c.Structure):
    pass


class _Stream(c.Structure):
    pass


def _release(of: type[c.Structure]) -> Any:
    return c.CFUNCTYPE(None, c.POINTER(of))


_Schema._fields_ = [
    *((name, c.c_char_p) for name in ("format", "name", "metadata")),
    *((name, c.c_int64) for name in ("flags", "n_children")),
    ("children", c.POINTER(c.POINTER(_Schema))),
    ("dictionary", c.POINTER(_Schema)),
    ("release", _release(_Schema)),
    ("private", c.c_void_p),
]
_Data._fields_ = [
    *((name, c.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
    ("buffers", c.POINTER(c.c_void_p)),
    ("children", c.POINTER(c.POINTER(_Data))),
    ("dictionary", c.POINTER(_Data)),
    ("release", _release(_Data)),
    ("private", c.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", c.CFUNCTYPE(c.c_int, c.POINTER(_Stream), c.POINTER(_Schema))),
    ("get_next", c.CFUNCTYPE(c.c_int, c.POINTER(_Stream), c.POINTER(_Data))),
    ("get_last_error", c.CFUNCTYPE(c.c_char_p, c.POINTER(_Stream))),
    ("release", _release(_Stream)),
    ("private", c.c_void_p),
]


def columns_of_stream(table: Any) -> tuple[list[str] | None, list[Array], list[bool]]:
    """Return what ``table.__arrow_c_stream__()`` hands over: names, columns, and which of them are categories.

    Of a stream of single columns the names are None.
    """
    capsule = table.__arrow_c_stream__()
    address = c.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = c.c_void_p, [c.py_object, c.c_char_p]
    stream, schema = _Stream.from_address(address(capsule, b"arrow_array_stream")), _Schema()
    _check(stream, stream.get_schema(stream, schema))
    try:
        is_table = schema.format == b"+s"
        fields = [schema.children[i][0] for i in range(schema.n_children)] if is_table else [schema]
        names = [(field.name or b"").decode() for field in fields] if is_table else None
        chunks: list[list[Array]] = [[np.empty(0, NUMBERS.get(field.format.decode(), "O"))] for field in fields]
        while True:
            data = _Data()
            _check(stream, stream.get_next(stream, data))
            if not data.release:
                break
            try:
                for i, (field, column) in enumerate(zip(fields, chunks, strict=True)):
                    held = data.children[i][0] if is_table else data
                    column.append(_column(field, held, data.offset if is_table else 0, data.length))
            finally:
                data.release(data)
        columns = [np.concatenate(column[1:] or column) for column in chunks]
        return names, columns, [bool(field.dictionary) for field in fields]
    finally:
        schema.release(schema)


def _check(stream: Any, code: int) -> None:
    if code:
        raise ValueError(f"the table cannot be read: {(stream.get_last_error(stream) or b'').decode()}")


def _column(schema: Any, data: Any, start: int, length: int) -> Array:
    """Return some entries of a column; missing ones are NaN or None."""
    buffers = [data.buffers[i] for i in range(data.n_buffers)]
    start += data.offset
    values = _values(schema.format.decode(), buffers, start, length)
    if schema.dictionary:
        known = bits(buffers[0], start, length) if data.null_count and buffers[0] else np.ones(length, bool)
        categories = _column(schema.dictionary[0], data.dictionary[0], 0, data.dictionary[0].length)
        found = np.full(length, None, object)
        found[known] = categories[values[known]]
        return found
    if schema.format == b"n" or not data.null_count or not buffers or not buffers[0]:
        return values
    return with_missing(values, bits(buffers[0], start, length))


def with_missing(values: Array, known: Array) -> Array:
    """Return values of which those that are not known are NaN or, if they are no numbers, None."""
    if known.all():
        return values
    if values.dtype.kind not in "iuf":
        values = values.astype(object)
        values[~known] = None
        return values
    return np.where(known, values, np.nan)


def _values(form: str, buffers: list[int], start: int, length: int) -> Array:
    """Return the entries in these buffers, of which the first says which are missing."""
    if form == "b":
        return bits(buffers[1], start, length)
    kind = NUMBERS.get(form) or time_of(form)
    if kind:
        return copied(buffers[1], start, length, kind)
    if form in ("u", "U"):
        return texts(buffers[1], buffers[2], start, length, "i4" if form == "u" else "i8")
    if form == "vu":
        return _short_texts(buffers, start, length)
    return np.full(length, None if form == "n" else Unread(form), object)


class Unread:
    """An entry of a kind that is no number."""

    def __init__(self, form: str) -> None:
        self.form = form


def time_of(form: str) -> str | None:
    """Return NumPy's type for Arrow's format of a date, a time or a span; None for others."""
    if form[:2] in ("ts", "tD") and form[2:3] in _UNITS:
        return f"{'M8' if form[1] == 's' else 'm8'}[{_UNITS[form[2]]}]"
    return _TIMES.get(form)


def copied(address: int, start: int, length: int, kind: str) -> Array:
    """Return `length` entries of a type from the memory at an address, after the first `start`."""
    stored = "i4" if kind == "M8[D]" else kind  # Arrow counts days in four bytes, NumPy in eight
    size = np.dtype(stored).itemsize
    return np.frombuffer(c.string_at(address + start * size, length * size) if length else b"", stored).astype(kind)


def bits(address: int, start: int, length: int) -> Array:
    """Return `length` bits, the lowest of each byte first."""
    bytes_ = copied(address, start // 8, -(-(start % 8 + length) // 8), "u1")
    return np.unpackbits(bytes_, bitorder="little")[start % 8 :][:length].astype(bool)


def texts(places: int, characters: int, start: int, length: int, kind: str) -> Array:
    """Return the strings that lie one behind another, from each place to the next."""
    ends = copied(places, start, length + 1, kind).tolist()
    found = [c.string_at(characters + a, b - a).decode() if b > a else "" for a, b in pairwise(ends)]
    return np.array(found, object)


def _short_texts(buffers: list[int], start: int, length: int) -> Array:
    """Return strings of which those of up to 12 bytes stand in the table of places itself."""
    found = []
    for view in copied(buffers[1], start * 4, length * 4, "i4").reshape(-1, 4):
        size = int(view[0])
        short = view.tobytes()[4 : 4 + size]
        found.append((short if size <= 12 else c.string_at(buffers[2 + int(view[2])] + int(view[3]), size)).decode())
    return np.array(found, object)
