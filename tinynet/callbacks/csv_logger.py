"""A table of the training in a file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from typing import Any

from tinynet._writing import write_file
from tinynet.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Write one line per epoch to a CSV file: the epoch, then the logs in alphabetical order.

    Parameters
    ----------
    filename : str or path
        The file.
    separator : str
        What separates two entries. Default ``","``.
    append : bool
        Append to what the file already contains, instead of replacing it. Default False.

    Notes
    -----
    The columns are those of the first epoch; if it had no validation, ``val_`` columns are reserved for later
    epochs. Missing values are written as ``NA``. The file is closed between epochs. Source:
    https://keras.io/api/callbacks/csv_logger/

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     logger = CSVLogger(f"{folder}/log.csv")
    ...     logger.on_train_begin()
    ...     logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.25})
    ...     print(pathlib.Path(folder, "log.csv").read_text())
    epoch,loss,val_loss
    0,0.5,0.25
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Create the file, so that a file that cannot be written fails before the training."""
        self.keys = None
        if not self.append:
            write_file(self.filename, b"", sync=False)
        with open(self.filename, "a", encoding="utf-8"):
            pass

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the epoch's line."""
        logs = logs or {}
        with open(self.filename, "a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=self.sep)
            if self.keys is None:
                self.keys = _columns(logs)
                if file.tell() == 0:
                    writer.writerow(["epoch", *self.keys])
            writer.writerow([epoch, *(_entry(logs.get(key, "NA")) for key in self.keys)])


def _columns(logs: Logs) -> list[str]:
    names = sorted(logs)
    if not any(name.startswith("val_") for name in names):
        names += [f"val_{name}" for name in names]
    return names


def _entry(value: Any) -> Any:
    """Write a list of numbers as ``"[1, 2]"`` in one field."""
    if isinstance(value, str) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
