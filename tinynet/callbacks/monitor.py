"""What callbacks that watch one number have in common."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._kinds import is_number, is_one_of
from tinynet.callbacks.callback import Callback, Logs
from tinynet.callbacks.history import HistoryDict

#: Last words of names: an `accuracy_gap` is a gap, and a `binary_accuracy` is an accuracy.
_UP = {"acc", "accuracy", "auc", "precision", "recall"}
_DOWN = {"loss", "mae", "mse", "error", "crossentropy"}


@checked
class MonitorCallback(Callback):
    """Base class of callbacks that watch whether one entry of `logs` still improves.

    Parameters
    ----------
    monitor : str
        The entry: ``"val_loss"``, ``"val_accuracy"`` (also as ``"val_acc"``), …
    mode : {"auto", "min", "max"}
        Whether less is better, or more. ``"auto"`` asks the metric of that name in the model: accuracies go up, losses
        go down, and an own `Metric` says it by its attribute `_direction`, ``"up"`` or ``"down"``. For what is no
        metric of the model, or one that does not say, the last word of the name decides.
    best : float, optional
        The value to improve on. Without one, the first value seen is an improvement.
    min_delta : float
        The least improvement that counts. Default 0.

    Raises
    ------
    ValueError
        When a training begins, if `mode` is ``"auto"`` and neither a metric nor the name tells the direction.

    Notes
    -----
    NaN is never an improvement, and every number is one on NaN. Epochs in which no validation was due are passed over.
    """

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", best: float | None = None, min_delta: float = 0.0
    ) -> None:
        if not is_one_of(mode, ("auto", "min", "max")):
            warnings.warn(f"{type(self).__name__} mode {mode!r} is unknown, fallback to auto mode.", stacklevel=3)
            mode = "auto"
        self.monitor = monitor
        self._auto = mode == "auto"
        self.mode = self._mode_of_name() if self._auto else mode
        self.best = best
        self.min_delta = abs(min_delta)

    def set_model(self, model: Any) -> None:
        """Receive the model, whose metrics know whether more or less of them is better."""
        if self._auto:
            setup = getattr(model, "setup", None)
            direction = None if setup is None else setup.direction(self.monitor.removeprefix("val_"))
            self.mode = self._mode_of_name() if direction is None else "max" if direction == "up" else "min"
            if self.mode == "auto":
                known = [] if setup is None else [prefix + name for name in setup.names for prefix in ("", "val_")]
                raise ValueError(
                    f"{type(self).__name__}: monitor={self.monitor!r} does not say whether more or less of it is "
                    "better. Pass mode='max' if the highest value is the best, or mode='min' if the lowest is."
                    f"{_meant(self.monitor, known)}"
                )
        super().set_model(model)

    @property
    def monitor_op(self) -> Any:
        """NumPy's comparison by which a number is better, as in Keras; None as long as that is unknown."""
        return {"min": np.less, "max": np.greater}.get(self.mode)

    def _mode_of_name(self) -> str:
        word = self.monitor.lower().split("_")[-1]
        return "max" if word in _UP else "min" if word in _DOWN else "auto"

    def _improves(self, value: float, reference: float | None) -> bool:
        """Whether `value` is better than `reference` by more than `min_delta`; NaN never is."""
        if value != value:
            return False
        if reference is None or reference != reference:
            return True
        if self.mode == "min":
            return value + self.min_delta < reference
        return value - self.min_delta > reference

    def _current(self, logs: Logs | None, message: str) -> float | None:
        """Return the monitored number; None if it was not due, or, with a warning, `message`, if it is not there."""
        logs = logs if isinstance(logs, HistoryDict) else HistoryDict(logs or {})
        value: Any = logs.get(self.monitor)
        if is_number(value):
            return float(value)
        if self.monitor not in logs.not_due:
            said = message.format(monitor=self.monitor, available=",".join(map(str, logs)))
            if value is not None:
                said = f"{said} Received: {self.monitor}={shown(value)}, which is no number."
            warnings.warn(f"{said}{_meant(self.monitor, [*logs])}", stacklevel=3)
        return None


def _meant(monitor: str, known: list[str]) -> str:
    """Return the question whether another name was meant, if there is one like it."""
    validation = monitor.startswith("val_")  # without one, it is not the training's loss that was meant
    alike = [name for name in map(str, known) if name.startswith("val_") == validation]
    import difflib

    near = difflib.get_close_matches(monitor, alike, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
