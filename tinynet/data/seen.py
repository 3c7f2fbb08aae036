"""What a model has seen of the tables that it was fitted to: the names of the columns and of the classes, in order.

Later tables are held against them: numbers alone would not show that two columns had changed places.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple, Self

import numpy as np

from tinynet._types import Array
from tinynet.data.tables import columns_of, is_categorical, is_table, names_of
from tinynet.data.words import column_names, is_missing, place


class Seen(NamedTuple):
    """Names in the order in which a model has learnt them; None as long as it has seen none.

    Attributes
    ----------
    columns : tuple of str or None
        The columns of x.
    classes : tuple or None
        The categories of y: the class number is the place.

    Examples
    --------
    >>> from tinynet.data.interchange import Column, Table
    >>> seen = Seen().grown(Table({"age": [30, 41], "height": [1.7, 1.8]}), Column(["yes", "no"], categories=True))
    >>> seen
    Seen(columns=('age', 'height'), classes=('no', 'yes'))
    >>> seen.numbered(Column(["yes", "yes"], categories=True), "y")
    array([1, 1])
    """

    columns: tuple[str, ...] | None = None
    classes: tuple[Any, ...] | None = None

    def grown(self, x: Any, y: Any) -> Self:
        """Return what has been seen after a `fit` to x and y: names that were there before stay."""
        columns, classes = self.columns or names_of(x), self.classes
        if classes is None and (column := _categorical(y)) is not None:
            classes = _classes(column)
        return self if (columns, classes) == self else self._replace(columns=columns, classes=classes)

    def check_columns(self, x: Any, argument: str) -> None:
        """Raise a ValueError if x is a table whose columns are others than those seen, or in another order."""
        found, wanted = names_of(x), self.columns
        if found is None or wanted is None or found == wanted:
            return
        name = argument.rpartition(" ")[2]
        pick = f"{name}.select({[*wanted]})" if hasattr(x, "column_names") else f"{name}[{[*wanted]}]"
        lacking, extra = [*(Counter(wanted) - Counter(found))], [*(Counter(found) - Counter(wanted))]
        if lacking:
            more = f", and has {extra} that it had not" if extra else ""
            raise ValueError(
                f"{argument} lacks the columns {lacking} that the table in `fit` had{more}. Pass the same columns in "
                f"the same order, or np.asarray({name}) if only the names have changed."
            )
        if extra:
            raise ValueError(
                f"{argument} has the columns {extra} that the table in `fit` had not. Leave them out: pass {pick}."
            )
        at = next(i for i, (ours, theirs) in enumerate(zip(found, wanted, strict=True)) if ours != theirs)
        raise ValueError(
            f"{argument} has its columns in another order than the table in `fit`: the first that differs is column "
            f"{at}, {found[at]!r} in place of {wanted[at]!r}. Pass {pick}."
        )

    def numbered(self, y: Any, argument: str) -> Any:
        """Return categories as the numbers of their classes; anything else as it is.

        Raises
        ------
        ValueError
            If a category is missing, or none of the classes seen.
        """
        column = _categorical(y)
        if column is None:
            return y
        values, classes = _entries(column), self.classes or _classes(column)
        numbers = {name: number for number, name in enumerate(classes)}
        for row, value in enumerate(values):
            if is_missing(value):
                raise ValueError(
                    f"{argument} has missing values, first {value!r} in {place((row,))}. Drop the samples that have no "
                    "class."
                )
            if value not in numbers:
                raise ValueError(
                    f"{argument} has the class {value!r} in {place((row,))}, and the model has learnt {[*classes]}. "
                    "Drop these samples, or make a new model for all classes."
                )
        found: Array = np.array([numbers[value] for value in values])
        return found


def _categorical(y: Any) -> Any:
    """Return the column of categories that y is, alone or in a table of one; None if it is something else."""
    if type(y) is np.ndarray:
        return None
    if type(y) in (list, tuple) and len(y) == 1:
        y = y[0]
    if is_table(y) and len(column_names(y) or ()) == 1:
        y = columns_of(y)[0]
    return y if is_categorical(y) else None


def _classes(column: Any) -> tuple[Any, ...]:
    """Return the categories in their own order, or where they have none (Polars, Arrow) in that of their names."""
    declared = getattr(getattr(column, "dtype", None), "categories", None)
    if hasattr(declared, "__array__"):
        return tuple(np.asarray(declared).tolist())
    return tuple(sorted({value for value in _entries(column) if not is_missing(value)}))


def _entries(column: Any) -> list[Any]:
    """Return the names of the categories, row by row; as an array PyArrow makes the last of them of a missing one."""
    found: list[Any] = column.to_pylist() if hasattr(column, "to_pylist") else np.asarray(column).tolist()
    return found
