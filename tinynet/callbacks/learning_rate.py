"""Changing the learning rate while the training runs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._console import say
from tinynet._old_names import old_names
from tinynet._signatures import can_be_called
from tinynet.callbacks.callback import Callback, Logs
from tinynet.callbacks.monitor import MonitorCallback


@checked
class LearningRateScheduler(Callback):
    """Set the learning rate of each epoch by a function, and record it as ``learning_rate``.

    Parameters
    ----------
    schedule : callable
        Called as ``schedule(epoch, learning_rate)`` with the epoch (from 0) and the current rate, or as
        ``schedule(epoch)`` if it takes one argument, as `numpy.exp` does; returns the new rate, a float.
    verbose : {0, 1}
        1 prints the rate of each epoch. Default 0.

    Raises
    ------
    ValueError
        In training, if `schedule` does not return a float.

    Notes
    -----
    Source: https://keras.io/api/callbacks/learning_rate_scheduler/

    Examples
    --------
    >>> import numpy as np
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
    >>> model.compile(optimizer=tinynet.optimizers.SGD(0.25), loss="mse")
    >>> halve = LearningRateScheduler(lambda epoch, rate: rate / 2)
    >>> history = model.fit(np.ones((4, 1)), np.ones(4), epochs=3, verbose=0, callbacks=[halve])
    >>> history.history["learning_rate"]
    [0.125, 0.0625, 0.03125]
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the epoch's rate."""
        optimizer = self._at_work().optimizer
        present = (float(optimizer.learning_rate),) if self._takes_rate else ()
        rate = self.schedule(epoch, *present)
        if not isinstance(rate, (float, np.floating)):
            raise ValueError(
                "LearningRateScheduler: `schedule` must return the learning rate as a float. "
                f"Received: {shown(rate)} for epoch {epoch}"
            )
        optimizer.learning_rate = float(rate)
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Record the rate."""
        _record_rate(self._at_work(), logs)


@checked
class ReduceLROnPlateau(MonitorCallback):
    """Lower the learning rate when a number has not improved for `patience` epochs.

    Parameters
    ----------
    monitor : str
        The number, by its name in the history. Default ``"val_loss"``.
    factor : float
        What the rate is multiplied by, below 1. Default 0.1.
    patience : int
        Lower the rate after this many epochs in a row without improvement. Default 10.
    verbose : {0, 1}
        1 prints when the rate changes. Default 0.
    mode : {"auto", "min", "max"}
        Whether less is better, or more. Default ``"auto"``: as the metric of that name says; see `MonitorCallback`.
    min_delta : float
        The least improvement on the best value so far that counts. Default 1e-4.
    cooldown : int
        Epochs after a change that are not counted. Default 0.
    min_lr : float
        The rate never goes below this. Default 0.

    Raises
    ------
    ValueError
        If `factor` is 1 or more.

    Notes
    -----
    The rate of each epoch is recorded as ``learning_rate``. Source:
    https://keras.io/api/callbacks/reduce_lr_on_plateau/

    Examples
    --------
    >>> import numpy as np
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
    >>> model.compile(optimizer=tinynet.optimizers.SGD(0.25), loss="mse")
    >>> plateau = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=1e9)
    >>> history = model.fit(np.ones((4, 1)), np.ones(4), epochs=4, verbose=0, callbacks=[plateau])
    >>> history.history["learning_rate"]
    [0.25, 0.25, 0.125, 0.0625]
    """

    @old_names
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received: factor={factor}")
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._reset()

    def _reset(self) -> None:
        self.best = None
        self.wait = 0
        self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        """Whether the rate changed so recently that epochs are not counted yet."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget the previous training."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Record the rate, and lower it once the patience is exhausted."""
        logs = {} if logs is None else logs
        _record_rate(self._at_work(), logs)
        current = self._current(
            logs,
            "Learning rate reduction is conditioned on metric `{monitor}` which is not available. "
            "Available metrics are: {available}.",
        )
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
        if self._improves(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._lower_rate(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _lower_rate(self, epoch: int) -> bool:
        optimizer = self._at_work().optimizer
        present = float(optimizer.learning_rate)
        # In single precision, so that a rate kept as float32 counts as having reached `min_lr`.
        if np.float32(present) <= np.float32(self.min_lr):
            return False
        optimizer.learning_rate = rate = max(present * self.factor, self.min_lr)
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.")
        return True


def _record_rate(model: Any, logs: Logs | None) -> None:
    if logs is not None:
        logs["learning_rate"] = float(model.optimizer.learning_rate)


def _takes_two(function: Callable[..., Any]) -> bool:
    partial = function if isinstance(function, functools.partial) else functools.partial(function)
    if isinstance(partial.func, np.ufunc):  # what it takes after its numbers is where to write the result
        return partial.func.nin - len(partial.args) > 1
    return can_be_called(function, 2)
