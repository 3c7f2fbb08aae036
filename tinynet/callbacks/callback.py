"""The base class of all callbacks: every hook, each doing nothing."""

from __future__ import annotations

from typing import Any

from tinynet._configurable import described

Logs = dict[str, Any]


class Callback:
    """Something that `fit`, `evaluate` and `predict` call at fixed moments; subclass it and override hooks.

    A hook receives `logs`, a dictionary of numbers by name: after a batch the means of the loss and the
    metrics over this epoch so far; after an epoch those of the whole epoch, and the validation's with ``val_``
    before their names. What `on_epoch_end` writes into `logs` goes into the history. Hooks for
    batches mean a return to Python after every batch: a very small network trains faster without them.

    Attributes
    ----------
    model : Sequential
        The model at work. Setting ``model.stop_training = True`` ends the training.
    params : dict
        ``verbose``, ``epochs`` and ``steps`` (batches an epoch).
    validation_data : list or None
        The samples, targets and weights that `fit` validates with, for callbacks written for Keras 2; what a callback
        has set itself is left alone.

    Notes
    -----
    Source: https://keras.io/api/callbacks/base_callback/

    Examples
    --------
    Stop as soon as the training is good enough, and say how long that took:

    >>> import numpy as np
    >>> import tinynet
    >>> class StopBelow(Callback):
    ...     def __init__(self, loss):
    ...         self.loss = loss
    ...
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         if logs["loss"] < self.loss:
    ...             self.model.stop_training = True
    ...
    ...     def on_train_end(self, logs=None):
    ...         print("stopped:", self.model.stop_training)
    >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
    >>> model.compile(optimizer=tinynet.optimizers.SGD(0.5), loss="mse")
    >>> history = model.fit(x, 3 * x, epochs=100, verbose=0, callbacks=[StopBelow(0.01)])
    stopped: True
    >>> len(history.epoch) < 100
    True
    """

    model: Any = None
    params: dict[str, Any] | None = None
    validation_data: Any = None

    def __repr__(self) -> str:
        return described(self)

    def set_params(self, params: dict[str, Any]) -> None:
        """Receive ``{"verbose": …, "epochs": …, "steps": …}`` before anything else is called."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Receive the model before anything else is called."""
        self.model = model

    def _at_work(self) -> Any:
        """Return the model, or raise a ValueError if a hook is called before `set_model` was."""
        if self.model is None:
            raise ValueError(f"{type(self).__name__} has no model: `fit` sets it, or callback.set_model(model).")
        return self.model

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Act before the first epoch of `fit`; `logs` is empty."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Act after the last epoch of `fit`; `logs` are those of that epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Act before epoch number `epoch` (from 0); `logs` is empty."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Act after epoch number `epoch` (from 0) and its validation; `logs` hold the results of both."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before a training batch: an older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after a training batch: an older name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before batch number `batch` (from 0) of an epoch; `logs` is empty."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after batch number `batch` (from 0) of an epoch; `logs` are the means of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Act before `evaluate`, or before the validation within `fit`; `logs` is empty."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Act after `evaluate`, or after the validation within `fit`; `logs` are its results."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before batch number `batch` (from 0) of an evaluation or validation; `logs` is empty."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after batch number `batch` (from 0) of an evaluation or validation; `logs`: means so far."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Act before `predict`; `logs` is empty."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Act after `predict`; `logs` is empty."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before batch number `batch` (from 0) of `predict`; `logs` is empty."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after batch number `batch` (from 0) of `predict`; ``logs["outputs"]`` are its predictions."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))


def overrides(callback: object, hook: str) -> bool:
    """Whether `callback` has its own `hook`, from its class or set on the object.

    Examples
    --------
    >>> callback = Callback()
    >>> overrides(callback, "on_epoch_end")
    False
    >>> callback.on_epoch_end = lambda epoch, logs: None
    >>> overrides(callback, "on_epoch_end")
    True
    """
    return getattr(getattr(callback, hook), "__func__", None) is not getattr(Callback, hook)
