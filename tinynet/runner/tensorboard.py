"""TensorBoard's place among the callbacks: what is logged goes to a table."""

from __future__ import annotations

import os
from typing import Any

from tinynet._console import say
from tinynet.callbacks import CSVLogger

__all__ = ["TensorBoard"]


class TensorBoard(CSVLogger):
    """Write what `CSVLogger` would to ``epochs.csv`` in TensorBoard's folder, and say so.

    Parameters
    ----------
    log_dir : str or path, default "logs"
        The folder, which is made.
    **options
        What else TensorBoard takes, without effect.
    """

    def __init__(self, log_dir: str | os.PathLike[str] = "logs", **options: Any) -> None:
        super().__init__(os.path.join(log_dir, "epochs.csv"))
        self.log_dir = log_dir

    def on_train_begin(self, logs: Any = None) -> None:
        """Make the folder and the file."""
        os.makedirs(self.log_dir, exist_ok=True)
        say(f"tinynet run: in place of TensorBoard's files, {self.filename} gets a line for every epoch.", error=True)
        super().on_train_begin(logs)
