"""``tf.summary``: what is written for TensorBoard goes to a table beside where its files would stand."""

from __future__ import annotations

import os
from typing import Any

from tinynet._console import say
from tinynet.runner.quiet import Nothing

__all__ = ["FileWriter", "create_file_writer", "histogram", "image", "merge_all", "scalar", "text", "trace_export"]
__all__ += ["trace_off", "trace_on"]

_open: list[Writer] = []


class Writer:
    """Writes the numbers that `scalar` is given to ``scalars.csv`` in a folder, a line for each.

    Parameters
    ----------
    logdir : str or path
        The folder, which is made when the first number comes.
    *arguments, **options
        What else TensorFlow takes, without effect.
    """

    def __init__(self, logdir: str | os.PathLike[str], *arguments: Any, **options: Any) -> None:
        self.filename = os.path.join(logdir, "scalars.csv")
        self._begun = False

    def as_default(self, *arguments: Any, **options: Any) -> Writer:
        """Return what a ``with`` block takes: in it, `scalar` writes here."""
        return self

    def set_as_default(self, *arguments: Any, **options: Any) -> None:
        """Let `scalar` write here wherever no ``with`` block says otherwise."""
        _open.insert(0, self)

    def add(self, name: str, value: Any, step: Any) -> None:
        """Write a line."""
        if not self._begun:
            os.makedirs(os.path.dirname(self.filename), exist_ok=True)
            say(f"tinynet run: in place of TensorBoard's files, {self.filename} gets the scalars.", error=True)
        with open(self.filename, "a" if self._begun else "w", encoding="utf-8") as file:
            file.write("" if self._begun else "step,name,value\n")
            file.write(f"{'' if step is None else int(step)},{name},{float(value)!r}\n")
        self._begun = True

    def flush(self) -> None:
        """Do nothing: every line is written at once."""

    close = flush
    add_summary = add_graph = init = Nothing("tf.summary")

    def __enter__(self) -> Writer:
        _open.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _open.remove(self)


create_file_writer = FileWriter = Writer


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Write a number where the ``with`` block around, or `set_as_default`, says; else nothing happens."""
    if _open:
        _open[-1].add(name, data, step)
    return bool(_open)


histogram, image, text, merge_all = (Nothing(f"tf.summary.{name}") for name in ("histogram", "image", "text", "all"))
trace_on, trace_off, trace_export = (Nothing("tf.summary.trace") for _ in range(3))
