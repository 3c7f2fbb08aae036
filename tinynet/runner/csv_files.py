"""``tf.data.experimental.make_csv_dataset``: batches of the columns of CSV files, by their names."""

from __future__ import annotations

import csv
import glob
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynet._kinds import is_number
from tinynet.runner.batches import Dataset

__all__ = ["make_csv_dataset"]


def make_csv_dataset(
    file_pattern: Any,
    batch_size: int,
    column_names: Sequence[str] | None = None,
    column_defaults: Sequence[Any] | None = None,
    label_name: str | None = None,
    select_columns: Sequence[Any] | None = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10_000,
    shuffle_seed: int | None = None,
    *options: Any,
    **more: Any,
) -> Dataset:
    """Return a data set of batches: each a dict of columns, with the label's column beside it if it is named.

    Parameters
    ----------
    file_pattern : str or list of str
        Files, or patterns of their names.
    batch_size : int
        Rows in a batch.
    column_names, column_defaults, label_name, select_columns
        The columns; what stands where one is empty, which also says its type, or the type; that of the targets; those
        that are wanted, by name or place.
    field_delim, use_quote_delim, na_value, header
        How the files are written.
    num_epochs : int, optional
        How often the rows are gone through; without end if it is not given.
    shuffle, shuffle_buffer_size, shuffle_seed
        Whether in another order every time.
    *options, **more
        TensorFlow's, about speed; without effect.
    """
    patterns = [file_pattern] if isinstance(file_pattern, (str, os.PathLike)) else file_pattern
    paths = [path for pattern in patterns for path in sorted(glob.glob(os.fspath(pattern)))]
    if not paths:
        raise ValueError(f"No files match {file_pattern!r}.")
    rows: list[list[str]] = []
    how: dict[str, Any] = {
        "delimiter": field_delim,
        "quoting": csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE,
    }
    for path in paths:
        with open(path, newline="", encoding="utf-8-sig") as file:
            found = [row for row in csv.reader(file, **how) if row]
        if header:
            column_names = column_names or found[0]
            found = found[1:]
        rows += found
    if column_names is None:
        raise ValueError("make_csv_dataset: give `column_names` for files without a header.")
    names = [*column_names]
    if len(set(names)) < len(names):
        raise ValueError("Cannot have duplicate column names.")
    wrong = next((row for row in rows if len(row) != len(names)), None)
    if wrong is not None:
        raise ValueError(f"make_csv_dataset: {len(names)} columns, but a row of {len(wrong)}: {wrong!r}")
    if label_name is not None and label_name not in names:
        raise ValueError("`label_name` provided must be one of the columns.")
    wanted = [
        each if isinstance(each, str) else names[each] for each in (names if select_columns is None else select_columns)
    ]
    given = dict(zip(wanted, column_defaults or [None] * len(wanted), strict=True))
    table = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
    columns = {name: _column(table[name], default, na_value) for name, default in given.items()}
    dataset = Dataset.from_tensor_slices(columns)
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    if num_epochs != 1:
        dataset = dataset.repeat(num_epochs)
    dataset = dataset.batch(batch_size, drop_remainder=num_epochs is None)
    if label_name is None:
        return dataset
    return dataset.map(lambda row: ({name: row[name] for name in row if name != label_name}, row[label_name]))


def _column(texts: Sequence[str], default: Any, na_value: str) -> Any:
    """Return a column as an array of the type of what stands where it is empty, or of the first that all of it is."""
    empty = {"", na_value}
    if default is None:
        kind = _inferred([text for text in texts if text not in empty])
        filling: Any = "" if kind is str else 0
    else:
        own = default[0] if isinstance(default, (list, tuple)) and default else default
        kind, filling = _kind_of(own)
    values = [filling if text in empty else kind(text) for text in texts]
    if kind is str:
        return np.array(values)
    if kind is float:
        return np.array(values, np.float32)
    return np.array(values, np.int32 if all(-(2**31) <= value < 2**31 for value in values) else np.int64)


def _kind_of(default: Any) -> tuple[Callable[[str], Any], Any]:
    """Return what a column's texts are read by, and what stands where there are none."""
    if isinstance(default, (str, bytes)):
        return str, default
    if is_number(default):
        return (int if isinstance(default, (int, np.integer)) else float), default
    dtype = str(getattr(default, "name", default))
    if "str" in dtype or "object" in dtype:
        return str, ""
    return (int, 0) if "int" in dtype else (float, 0.0)


def _inferred(texts: Sequence[str]) -> Callable[[str], Any]:
    for kind in (int, float):
        try:
            [kind(text) for text in texts]
        except ValueError:
            continue
        return kind
    return str
