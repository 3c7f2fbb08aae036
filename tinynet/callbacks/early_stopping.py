"""Stopping when the training no longer gets better."""

from __future__ import annotations

from typing import Any

from tinynet._arguments import checked
from tinynet._console import say
from tinynet.callbacks.callback import Logs
from tinynet.callbacks.monitor import MonitorCallback


@checked
class EarlyStopping(MonitorCallback):
    """Stop the training when a number has not improved for `patience` epochs.

    Parameters
    ----------
    monitor : str
        The number, by its name in the history. Default ``"val_loss"``.
    min_delta : float
        The least improvement on the best value so far that counts. Default 0.
    patience : int
        Stop after this many epochs in a row without improvement. Default 0.
    verbose : {0, 1}
        1 prints why the training ended. Default 0.
    mode : {"auto", "min", "max"}
        Whether less is better, or more. Default ``"auto"``: as the metric of that name says; see `MonitorCallback`.
    baseline : float, optional
        Improvements reset the waiting only once the number is better than this.
    restore_best_weights : bool
        At the end, go back to the weights of the best epoch, even if the training was not stopped early.
        Default False.
    start_from_epoch : int
        Ignore the epochs before this one (from 0). Default 0.

    Attributes
    ----------
    stopped_epoch : int
        The epoch (from 0) after which the training was stopped; 0 if it was not.
    best_epoch : int
        The best epoch (from 0).
    best : float or None
        Its value.

    Notes
    -----
    Source: https://keras.io/api/callbacks/early_stopping/

    Examples
    --------
    >>> import numpy as np
    >>> import tinynet
    >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
    >>> model.compile(optimizer=tinynet.optimizers.SGD(0.5), loss="mse")
    >>> stopping = EarlyStopping(monitor="loss", min_delta=1e-3, patience=2)
    >>> history = model.fit(x, 3 * x, epochs=1000, verbose=0, callbacks=[stopping])
    >>> len(history.epoch) < 100
    True
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self) -> None:
        self.best = None
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None
        self.wait = 0
        self.stopped_epoch = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget the previous training."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best epoch, and stop once the patience is exhausted."""
        current = self._current(
            logs,
            "Early stopping conditioned on metric `{monitor}` which is not available. "
            "Available metrics are: {available}",
        )
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self._improves(current, self.best):
            self.best, self.best_epoch = current, epoch
            if self.restore_best_weights:
                self.best_weights = self._at_work().get_weights()
            if self.baseline is None or self._improves(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self._at_work().stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Go back to the best weights."""
        if self.stopped_epoch > 0 and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                say(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self._at_work().set_weights(self.best_weights)
