"""Tables that can be had through an interface only: Arrow's PyCapsules, or the data frame interchange protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from tinynet._types import Array


class Column:
    """Entries of a column: numbers, or names of categories."""

    def __init__(self, values: Any, categories: bool = False) -> None:
        self.values, self.type = np.asarray(values), "dictionary" if categories else ""
        self.shape = self.values.shape

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.values, dtype, copy=copy)


class Table:
    """Columns by their names, as far as they are needed here.

    Examples
    --------
    >>> table = Table({"age": [30, 41], "member": [True, False]})
    >>> table.column_names, table.shape
    (['age', 'member'], (2, 2))
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.column_names = list(columns)
        self._columns = [each if isinstance(each, Column) else Column(each) for each in columns.values()]

    @classmethod
    def of(cls, names: list[str], columns: list[Array], categories: list[bool]) -> Self:
        """Return the table of these columns, of which two may have the same name."""
        table = cls({})
        table.column_names = names
        table._columns = [Column(column, kind) for column, kind in zip(columns, categories, strict=True)]
        return table

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return len(self._columns[0]) if self._columns else 0, len(self._columns)

    def __len__(self) -> int:
        return self.shape[0]

    def column(self, index: int) -> Column:
        """Return a column by its place."""
        return self._columns[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.stack([column.values for column in self._columns], axis=1).astype(dtype)


def opened_table(value: Any, argument: str) -> Any:
    """Return a table or column that offers an interface only as one of our own; anything else as it is."""
    inner, depth = value, 0
    while type(inner) in (list, tuple) and len(inner) == 1 and depth < 20:
        inner, depth = inner[0], depth + 1
    opened = _opened(inner, argument)
    if opened is inner:
        return value
    for _ in range(depth):
        opened = [opened]
    return opened


def _opened(value: Any, argument: str) -> Any:
    kind = type(value)
    if hasattr(kind, "__array__"):
        return value
    method = next((name for name in ("__arrow_c_stream__", "__dataframe__") if hasattr(kind, name)), None)
    if method is None:
        return value
    try:
        if method == "__dataframe__":
            from tinynet.data.protocol import columns_of_frame

            return Table.of(*columns_of_frame(value))
        from tinynet.data.arrow import columns_of_stream

        names, columns, categories = columns_of_stream(value)
        return Table.of(names, columns, categories) if names is not None else Column(columns[0], categories[0])
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise TypeError(f"{argument} is a {kind.__name__}, and `{method}` does not hand it over: {reason}") from error
