"""What callbacks that watch one number have in common."""

from __future__ import annotations

import warnings

from tinynet.callbacks.callback import Callback, Logs
from tinynet.callbacks.history import HistoryDict

_UP = {"acc", "accuracy", "auc", "precision", "recall"}
_DOWN = {"loss", "mae", "mse", "error", "crossentropy"}


class MonitorCallback(Callback):
    """Base class of callbacks that watch whether one entry of `logs` still improves.

    Parameters
    ----------
    monitor : str
        The entry: ``"val_loss"``, ``"val_accuracy"`` (also as ``"val_acc"``), …
    mode : {"auto", "min", "max"}
        Whether less is better, or more; ``"auto"`` decides by the name: accuracies go up, losses down.
    best : float, optional
        The value to improve on. Without one, the first value seen is an improvement.
    min_delta : float
        The least improvement that counts. Default 0.

    Raises
    ------
    ValueError
        If `mode` is ``"auto"`` and the name does not tell.
    """

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", best: float | None = None, min_delta: float = 0.0
    ) -> None:
        if mode not in ("auto", "min", "max"):
            warnings.warn(f"{type(self).__name__} mode {mode!r} is unknown, fallback to auto mode.", stacklevel=3)
            mode = "auto"
        self.monitor = monitor
        self.mode = self._mode_of_name() if mode == "auto" else mode
        self.best = best
        self.min_delta = abs(min_delta)

    def _mode_of_name(self) -> str:
        words = set(self.monitor.lower().split("_"))
        up, down = bool(words & _UP), bool(words & _DOWN)
        if up == down:
            raise ValueError(
                f"{type(self).__name__}: monitor={self.monitor!r} does not say whether more or less of it is "
                "better. Pass mode='max' if the highest value is the best, or mode='min' if the lowest is."
            )
        return "max" if up else "min"

    def _improves(self, value: float, reference: float | None) -> bool:
        """Whether `value` is better than `reference` by more than `min_delta`; NaN never is."""
        if reference is None:
            return True
        if self.mode == "min":
            return value + self.min_delta < reference
        return value - self.min_delta > reference

    def _current(self, logs: Logs | None, message: str) -> float | None:
        """Return the monitored value, or warn with `message` that it is missing."""
        logs = HistoryDict(logs or {})
        value: float | None = logs.get(self.monitor)
        if value is None:
            available = ",".join(logs)
            warnings.warn(message.format(monitor=self.monitor, available=available), stacklevel=3)
        return value
