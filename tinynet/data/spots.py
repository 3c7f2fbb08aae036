"""What to say of a column of a table that holds no numbers: which it is, what is in it, and what to do instead."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

from tinynet._types import Array
from tinynet.data.words import column_names, not_real_numbers, place

#: What makes numbers of a column, by the library that the table is from; {x} is the table, {c} the name of the column,
#: {x[c]} the column.
_ONE_HOT = {
    "pandas": "pandas.get_dummies({x}, columns=[{c}])",
    "polars": "{x}.to_dummies([{c}])",
}
_FILL = {
    "pandas": "{it}.fillna({it}.mean())",
    "polars": "{it}.fill_null(0)",
    "pyarrow": "pyarrow.compute.fill_null({it}, 0)",
}
_DAYS = {
    "pandas": "({it} - {it}.min()).dt.days",
    "polars": "({it} - {it}.min()).dt.total_days()",
    "pyarrow": "pyarrow.compute.days_between(start, {it})",
}


class Spot(NamedTuple):
    """A column of a table that is some argument of a call; without `column`, what is passed is the column."""

    table: Any
    argument: str
    column: int | None = None

    @property
    def _code(self) -> str:
        """The argument as code: of "validation x" the x."""
        return self.argument.rpartition(" ")[2]

    @property
    def it(self) -> str:
        """The column, as code."""
        return self._code if self.column is None else f"{self._code}[{self._name!r}]"

    @property
    def _name(self) -> Any:
        names = column_names(self.table)
        return None if names is None or self.column is None else names[self.column]

    def _advice(self, ways: dict[str, str]) -> str:
        way = ways.get(type(self.table).__module__.partition(".")[0])
        return "" if way is None else f", for example {way.format(x=self._code, c=repr(self._name), it=self.it)}"

    def missing(self, row: int) -> str:
        """Say that a value is missing."""
        at = place((row,) if self.column is None else (row, self.column), self.table)
        return (
            f"{self.argument} has missing values, the first in {at}, expected numbers. Fill them"
            f"{self._advice(_FILL)}, or drop these samples."
        )

    def no_numbers(self, array: Array, categories: bool) -> str:
        """Say what the column, of which this is the array, holds instead of numbers."""
        if self.column is None and not categories:
            return not_real_numbers(array, self.table, self.argument)
        where = "" if self.column is None else f" in column {self.column} ({self._name!r})"
        kind = array.dtype.kind
        wrong = next((entry for entry in array.flat if not isinstance(entry, Real)), None)
        if categories:
            one_hot = "" if self.column is None else self._advice(_ONE_HOT)
            what, fix = f"categories{where}", f"Their numbers say nothing: one-hot encode them{one_hot}"
        elif isinstance(wrong, str | bytes):
            what = f"text{where} (such as {str(wrong)!r})"
            fix = (
                f"One-hot encode it{self._advice(_ONE_HOT)}; convert numerals with "
                f"np.array({self.it}, dtype='float32'); or leave the column out"
            )
        elif kind in "mM" or any(hasattr(wrong, name) for name in ("isoformat", "total_seconds", "to_timestamp")):
            kind_of = array.dtype if kind in "mM" else type(wrong).__name__
            what, fix = f"dates or times{where} ({kind_of})", f"Turn them into numbers{self._advice(_DAYS)}"
        else:
            kind_of = array.dtype if kind != "O" else f"such as one of type {type(wrong).__name__}"
            what, fix = f"objects that are no real numbers{where} ({kind_of})", "Leave the column out, or convert it"
        return f"{self.argument} holds {what}, expected numbers. {fix}."
