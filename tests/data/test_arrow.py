"""Columns in memory, by Arrow's interface: every format, missing entries, parts of a column, several chunks."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tinynet
from tinynet.data import arrow, protocol
from tinynet.data.interchange import Column, opened_table

MOMENTS = {"tss:": "M8[s]", "tsm:": "M8[ms]", "tsu:Asia/Seoul": "M8[us]", "tsn:UTC": "M8[ns]"}
SPANS = {"tDs": "m8[s]", "tDm": "m8[ms]", "tDu": "m8[us]", "tDn": "m8[ns]"}
TIMES = {"tdD": "M8[D]", "tdm": "M8[ms]", "tts": "i4", "ttm": "i4", "ttu": "m8[us]", "ttn": "m8[ns]"}
NO_TIMES = ("l", "u", "tiM", "tiD", "tsx:", "tDx", "ts", "tD", "td", "xss", "utn", "vu", "")


@pytest.mark.parametrize(("form", "kind"), [*(MOMENTS | SPANS | TIMES).items(), *((form, None) for form in NO_TIMES)])
def test_a_format_of_times_is_numpys_type_and_no_other_format_is(form: str, kind: str | None) -> None:
    assert arrow.time_of(form) == kind


def address(array: Any) -> int:
    return int(array.ctypes.data)


@pytest.mark.parametrize("kind", [*arrow.NUMBERS.values(), "?", "M8[ns]", "m8[us]", "M8[ms]"])
def test_numbers_are_copied_from_the_middle_of_memory(kind: str) -> None:
    memory = np.arange(1, 20).astype("u1" if kind == "?" else kind)
    memory = (memory % 2).astype("?") if kind == "?" else memory
    for start, length in ((0, 19), (3, 5), (18, 1), (7, 0)):
        found = arrow.copied(address(memory), start, length, kind)
        np.testing.assert_array_equal(found, memory[start : start + length])
        assert found.dtype == np.dtype(kind)
        assert found.flags.writeable
        assert not np.shares_memory(found, memory)


def test_days_take_four_bytes_each() -> None:
    days = np.array([0, 18262, -1, 18993], "i4")
    found = arrow.copied(address(days), 1, 3, "M8[D]")
    assert found.tolist() == [dt.date(2020, 1, 1), dt.date(1969, 12, 31), dt.date(2022, 1, 1)]


@pytest.mark.parametrize("start", range(18))
@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 17])
def test_bits_are_those_from_any_place_on_the_lowest_first(start: int, length: int) -> None:
    truth = np.random.default_rng(0).random(40) < 0.5
    memory = np.packbits(truth, bitorder="little")
    found = arrow.bits(address(memory), start, length)
    assert found.dtype == bool
    assert found.tolist() == truth[start : start + length].tolist()


@pytest.mark.parametrize("kind", ["i4", "i8"])
def test_texts_lie_one_behind_another(kind: str) -> None:
    words = ["", "a", "", "bcd", "é한", "", "end"]
    memory = np.frombuffer("".join(words).encode() + b"behind", "u1").copy()
    ends = np.cumsum([0, *(len(word.encode()) for word in words)]).astype(kind)
    for start, length in ((0, 7), (1, 4), (6, 1), (2, 0)):
        found = arrow.texts(address(ends), address(memory), start, length, kind)
        assert found.tolist() == words[start : start + length]


# ---- what Polars hands over -----------------------------------------------------------------------------------------

DAY, NIGHT = dt.datetime(2020, 1, 1, 3, 30), dt.datetime(2021, 12, 31)
#: A column's entries, its Polars type by name, and what is made of them.
COLUMNS: dict[str, tuple[list[Any], str, list[Any]]] = {
    **{kind: ([1, 7, 100], kind, [1, 7, 100]) for kind in ("Int8", "UInt8", "Int16", "UInt16", "Int32", "UInt32")},
    **{kind: ([1, 7, 2**40], kind, [1, 7, 2**40]) for kind in ("Int64", "UInt64")},
    **{
        kind: ([0.5, -2.0, 1e30], kind, [np.array(v, kind.lower()) for v in (0.5, -2, 1e30)])
        for kind in ("Float32", "Float64")
    },
    "Boolean": ([True, False, True], "Boolean", [True, False, True]),
    "short texts": (["a", "twelve bytes", ""], "String", ["a", "twelve bytes", ""]),
    "long texts": (["thirteen byte", "b", "길이가 더 긴 글"], "String", ["thirteen byte", "b", "길이가 더 긴 글"]),
    "days": ([DAY.date(), NIGHT.date(), dt.date(1969, 1, 1)], "Date", [DAY.date(), NIGHT.date(), dt.date(1969, 1, 1)]),
    "moments": ([DAY, NIGHT, DAY], "Datetime", [DAY, NIGHT, DAY]),
    "spans": (
        [dt.timedelta(1), dt.timedelta(0, 5), dt.timedelta(0)],
        "Duration",
        [dt.timedelta(1), dt.timedelta(0, 5), dt.timedelta(0)],
    ),
    "categories": (["x", "y", "x"], "Categorical", ["x", "y", "x"]),
}


class Stream:
    """Nothing but Arrow's interface."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.held.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("missing", [False, True], ids=["all there", "one missing"])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_handed_over_whole_in_part_and_in_chunks(name: str, missing: bool) -> None:
    polars = pytest.importorskip("polars")
    entries, kind, right = COLUMNS[name]
    none = np.nan if name.startswith(("Int", "UInt", "Float")) else None
    given, right = ([*entries, None], [*right, none]) if missing else (entries, right)
    table = polars.DataFrame({"a": polars.Series(given, dtype=getattr(polars, kind)), "b": range(len(given))})
    cut = polars.concat([table[1:], table[:2]], rechunk=False)
    for held, order in (
        (table, [*range(len(given))]),
        (table[2:], [*range(2, len(given))]),
        (cut, [*range(1, len(given)), 0, 1]),
    ):
        names, columns, categories = arrow.columns_of_stream(Stream(held))
        assert names == ["a", "b"]
        assert categories == [name == "categories", False]
        np.testing.assert_array_equal(columns[0].tolist(), [right[i] for i in order])
        assert columns[1].tolist() == order
    assert arrow.columns_of_stream(table[:0])[1][0].size == 0


def test_what_has_no_numbers_is_an_entry_of_its_own_kind_or_none() -> None:
    polars = pytest.importorskip("polars")
    _, (lists, nothing), _ = arrow.columns_of_stream(polars.DataFrame({"a": [[1], [2]], "b": [None, None]}))
    assert [type(entry) for entry in lists] == [arrow.Unread] * 2
    assert nothing.tolist() == [None, None]


def test_a_single_column_has_no_name_and_is_a_column_of_ours() -> None:
    polars = pytest.importorskip("polars")
    series = polars.Series("a", [1.0, None, 3.0])
    names, (column,), categories = arrow.columns_of_stream(series)
    assert (names, categories) == (None, [False])
    np.testing.assert_array_equal(column, [1.0, np.nan, 3.0])
    assert type(opened_table(Stream(series), "y")) is Column
    table = opened_table([Stream(polars.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}))], "x")[0]
    assert table.column_names == ["a", "b"]
    np.testing.assert_array_equal(np.asarray(table), [[1, 0.5], [2, 1.5]])


def test_dates_by_arrow_or_the_protocol_are_refused_as_dates() -> None:
    polars = pytest.importorskip("polars")
    model = tinynet.Sequential([tinynet.layers.Input((1,)), tinynet.layers.Dense(1)])
    with pytest.raises(TypeError, match=r"x holds dates or times in column 0 \('day'\) \(datetime64\[D\]\)"):
        model.predict(Stream(polars.DataFrame({"day": [DAY.date(), NIGHT.date()]})), verbose=0)
    days = np.array([18262, 18993], "i4")
    buffers = {"data": (SimpleNamespace(ptr=address(days)), (0, 32, "tdD", "=")), "validity": None}
    column = SimpleNamespace(
        get_buffers=lambda: buffers, offset=0, size=lambda: 2, dtype=(22, 32, "tdD", "="), describe_null=(0, None)
    )
    assert protocol._read(column).tolist() == [dt.date(2020, 1, 1), dt.date(2022, 1, 1)]


@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize("mark", [0, 1])
@pytest.mark.parametrize(
    ("how", "packed"), [(3, lambda marks: np.packbits(marks, bitorder="little")), (4, lambda marks: marks.astype("u1"))]
)
def test_the_protocols_marks_of_what_is_missing_are_bits_or_bytes_of_either_meaning(
    how: int, packed: Any, mark: int, start: int
) -> None:
    there = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0], bool)
    marks, numbers = packed(there != bool(mark) if mark else there), np.arange(12.0)
    data = SimpleNamespace(ptr=address(numbers)), (2, 64, "g", "=")
    for validity in (None, (SimpleNamespace(ptr=address(marks)), (20, 1, "b", "="))):
        buffers = {"data": data, "validity": validity}
        column = SimpleNamespace(
            get_buffers=lambda b=buffers: b,
            offset=start,
            size=lambda: 9,
            dtype=(2, 64, "g", "="),
            describe_null=(how, mark),
        )
        expected = numbers if validity is None else np.where(there, numbers, np.nan)
        np.testing.assert_array_equal(protocol._read(column), expected[start : start + 9])
    buffers = {"data": data, "validity": None}
    column.get_buffers, column.describe_null = lambda: buffers, (2, 4.0)
    np.testing.assert_array_equal(protocol._read(column), np.where(numbers == 4, np.nan, numbers)[start : start + 9])
