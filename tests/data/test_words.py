"""Where an entry is, and what an array holds in place of numbers: in words."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tinynet.data.words import column_names, not_real_numbers, place

TABLE = SimpleNamespace(columns=["age", "size"])


@pytest.mark.parametrize(
    ("index", "value", "words"),
    [
        ((), None, ""),
        ((3,), None, "row 3"),
        ((3,), TABLE, "row 3"),
        ((3, 1), None, "row 3, column 1"),
        ((3, 0), TABLE, "row 3, column 0 ('age')"),
        ((3, 1), TABLE, "row 3, column 1 ('size')"),
        ((3, 2), TABLE, "row 3, column 2"),  # names for some of the columns only
        ((3, 0), SimpleNamespace(columns=[]), "row 3, column 0"),
        ((3, 1, 2), TABLE, "row 3, column (1, 2)"),
    ],
)
def test_a_place_is_a_row_and_a_column_with_its_name(index: tuple[int, ...], value: Any, words: str) -> None:
    assert place(index, value) == words


def test_names_of_columns_are_those_of_a_table_or_none() -> None:
    assert column_names(TABLE) == ["age", "size"]
    assert column_names(SimpleNamespace(column_names=("a",), columns=[np.ones(2)])) == ["a"]
    assert column_names(SimpleNamespace(columns=None)) is None
    assert column_names(np.ones(2)) is None


MISSING = "Fill them, for example with x.fillna(x.mean()) in pandas, or drop these samples."
NO_NUMBERS: dict[str, tuple[Any, str]] = {
    "complex": (
        np.ones(2, complex),
        "x holds complex numbers (complex128), expected real ones. Pass x.real, abs(x), or both parts as features.",
    ),
    "text": (np.array(["a", "b"]), "x holds text (such as 'a'), expected numbers. "),
    "no text": (np.empty(0, "U1"), "x holds text (such as 'None'), expected numbers. "),
    "text among numbers": (
        np.array([[1, 2.5], [Fraction(1, 2), "b"]], object),
        "x holds text (such as 'b', in row 1, column 1), expected numbers. ",
    ),
    "dates": (np.array(["2020-01-01"], "M8[D]"), "x holds dates or times (datetime64[D]), expected numbers. "),
    "spans": (np.array([5], "m8[s]"), "x holds dates or times (timedelta64[s]), expected numbers. "),
    "None": (
        np.array([1, None], object),
        f"x has missing values, first None in row 1, expected numbers. None means a missing value. {MISSING}",
    ),
    "lists": (
        np.array([1, [2, 3, 4]], object),
        "x holds 2 separate sequences (the first of length 3), expected one rectangular array. ",
    ),
    "objects": (
        np.array([[1, 2], [3, len]], object),
        "x holds Python objects (such as one of type builtin_function_or_method, in row 1, column 1), expected "
        "numbers. ",
    ),
    "records": (np.zeros(2, "i4,f4"), "x has dtype [('f0', '<i4'), ('f1', '<f4')], expected numbers. "),
}


@pytest.mark.parametrize("name", NO_NUMBERS)
def test_what_is_no_number_is_named_with_its_place(name: str) -> None:
    array, words = NO_NUMBERS[name]
    assert not_real_numbers(array, array, "x").startswith(words)
