"""A table of the training in a file."""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from tinynet._arguments import checked, path
from tinynet._writing import write_file
from tinynet.callbacks.callback import Callback, Logs


@checked
class CSVLogger(Callback):
    """Write one line per epoch to a CSV file: the epoch, then the logs in alphabetical order.

    Parameters
    ----------
    filename : str or path
        The file.
    separator : str
        What separates two entries. Default ``","``.
    append : bool
        Append to what the file already contains, instead of replacing it: its first line says which column a value
        goes to. Default False.

    Raises
    ------
    ValueError
        When a training begins, if it is to append to a file that has no column for the loss or a metric of the model,
        or that is no such table.

    Notes
    -----
    The columns are those of the first epoch, and those of a validation that is due only later. Values that an epoch
    has not are written as ``NA``. The file is closed between epochs. Source:
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
        self.filename = path("CSVLogger", "filename", filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Create the file, or read its first line: what cannot be written fails before the training."""
        self.keys = None
        if not self.append:
            write_file(self.filename, b"", sync=False)
        with open(self.filename, "a+" if self.append else "a", newline="", encoding="utf-8") as file:
            if self.append and file.tell() > 0:
                file.seek(0)
                self.keys = self._columns_of(file)
                setup = getattr(self.model, "setup", None)
                lacking = [] if setup is None else [name for name in setup.names if name not in self.keys]
                if lacking:
                    raise ValueError(
                        f"CSVLogger: {self.filename!r} has the columns epoch, {', '.join(self.keys)}, and none for "
                        f"{', '.join(lacking)}, which this training reports. Take another file, or append=False."
                    )
        self._first = True

    def _columns_of(self, lines: Iterable[str]) -> list[str]:
        """Return the columns of a file that is there, without the epoch."""
        try:
            first = next(csv.reader(lines, delimiter=self.sep), [])
        except (UnicodeDecodeError, csv.Error):
            first = []
        if first[:1] != ["epoch"]:
            raise ValueError(
                f"CSVLogger: {self.filename!r} cannot be appended to: its first line does not name columns, "
                f"epoch{self.sep}loss and so on. Take another file, or append=False."
            )
        return first[1:]

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the epoch's line."""
        logs = logs or {}
        names = sorted({*map(str, logs), *getattr(logs, "not_due", ())})
        with open(self.filename, "a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=self.sep)
            if self.keys is None:
                self.keys = names
                writer.writerow(["epoch", *self.keys])
            values = {str(name): value for name, value in logs.items()}
            writer.writerow([epoch, *(_entry(values.get(key, "NA")) for key in self.keys)])
        left_out = [name for name in names if name not in self.keys]
        if left_out and self._first:
            said = f"CSVLogger: {self.filename!r} has no column for {', '.join(left_out)}, which is left out."
            warnings.warn(said, stacklevel=2)
        self._first = False


def _entry(value: Any) -> Any:
    """Write a list of numbers as ``"[1, 2]"`` in one field."""
    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
