"""All callbacks of one run behind one object."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._kinds import is_number
from tinynet._old_names import OLDER_VALUES
from tinynet.callbacks.callback import HOOKS, Logs, overrides
from tinynet.callbacks.history import History, HistoryDict

_OLDER_NAME = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


@checked
class CallbackList:
    """The callbacks of one run, called one after the other, the recording `History` last.

    Parameters
    ----------
    callbacks : Callback, list of Callback, CallbackList or None
        Nested lists are flattened. Anything with all hooks of `Callback` is accepted (Keras's own callbacks are).
    model : Sequential, optional
        Handed to each callback's `set_model`.
    params : dict, optional
        ``verbose``, ``epochs`` and ``steps``, handed to each callback's `set_params`.

    Attributes
    ----------
    history : History
        The first one among `callbacks`, or a new one. It is called after the others, and only those after it that
        look at what all others have left (their attribute `comes_last`), as `BackupAndRestore` does.
    hears_epochs : bool
        Whether there is any callback besides the history: then the loop has to return after each epoch.

    Raises
    ------
    TypeError
        If something in `callbacks` is not a callback.

    Notes
    -----
    The hooks get the logs as Python floats in alphabetical order, in a `HistoryDict`: ``logs["acc"]`` works.
    Source: https://keras.io/api/callbacks/base_callback/

    Examples
    --------
    >>> from tinynet.callbacks import EarlyStopping
    >>> callbacks = CallbackList(EarlyStopping())
    >>> callbacks.hears_epochs, callbacks.hears_batches
    (True, False)
    """

    def __init__(self, callbacks: Any = None, model: Any = None, params: dict[str, Any] | None = None) -> None:
        self.callbacks: list[Any] = [] if callbacks is None else list(_flat(callbacks, "callbacks"))
        recorders = [callback for callback in self.callbacks if isinstance(callback, History)]
        self.history = recorders[0] if recorders else History()
        if not recorders:
            self.callbacks.append(self.history)
        self.callbacks.sort(key=lambda callback: getattr(callback, "comes_last", False))  # those alike stay as they are
        self.hears_epochs = any(type(callback) is not History for callback in self.callbacks)
        self._listeners: dict[str, list[Any]] = {}
        if params is not None:
            self.set_params(params)
        if model is not None:
            self.set_model(model)

    @cached_property  # most runs have no tests, and predict nothing
    def hears_batches(self) -> bool:
        """Whether some callback overrides a hook for batches of the training; if none does, the loop need not call."""
        return self._hears("on_train_batch_begin", "on_train_batch_end")

    @cached_property
    def hears_tests(self) -> bool:
        """Whether some callback overrides a hook for the beginning or the end of an evaluation."""
        return self._hears("on_test_begin", "on_test_end")

    @cached_property
    def hears_test_batches(self) -> bool:
        """Whether some callback overrides a hook for batches of an evaluation."""
        return self._hears("on_test_batch_begin", "on_test_batch_end")

    @cached_property
    def hears_predict_batches(self) -> bool:
        """Whether some callback overrides a hook for batches of a prediction."""
        return self._hears("on_predict_batch_begin", "on_predict_batch_end")

    def set_params(self, params: dict[str, Any]) -> None:
        """Hand `params` to every callback."""
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Hand `model` to every callback."""
        for callback in self.callbacks:
            callback.set_model(model)

    def set_validation_data(self, x: Any, y: Any, sample_weight: Any = None) -> None:
        """Hand the arrays that `fit` validates with to a program's callbacks that have none, as Keras 2 does."""
        if not OLDER_VALUES[0]:
            return
        several = isinstance(x, list) and bool(x) and len(getattr(x[0], "shape", ())) > 0
        inputs = x if several else [x]
        shape = np.shape(inputs[0]) if isinstance(inputs[0], list) else getattr(inputs[0], "shape", ())
        if sample_weight is None and shape:
            sample_weight = np.ones(shape[0])
        for callback in self.callbacks:
            kept: dict[str, Any] = getattr(callback, "__dict__", {})
            if type(callback).__module__.startswith("tinynet."):
                continue
            if kept.get("validation_data") is kept.get("_told_of_validation"):  # both are missing, or it is of here
                told = [*inputs, y, sample_weight]
                kept.update(validation_data=told, _told_of_validation=told)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Call before the first epoch."""
        self._call("on_train_begin", logs)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Call after the last epoch, with its logs."""
        self._call("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Call before an epoch."""
        self._call("on_epoch_begin", logs, epoch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> HistoryDict:
        """Call after an epoch and its validation; returns the logs with what the callbacks changed in them."""
        return self._call("on_epoch_end", logs, epoch)

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Call before a training batch, where `hears_batches`."""
        self._call("on_train_batch_begin", logs, batch)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Call after a training batch, where `hears_batches`."""
        self._call("on_train_batch_end", logs, batch)

    on_batch_begin, on_batch_end = on_train_batch_begin, on_train_batch_end

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Call before an evaluation or validation."""
        self._call("on_test_begin", logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Call after an evaluation or validation."""
        self._call("on_test_end", logs)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Call before a batch of an evaluation or validation, where `hears_test_batches`."""
        self._call("on_test_batch_begin", logs, batch)

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Call after a batch of an evaluation or validation, where `hears_test_batches`."""
        self._call("on_test_batch_end", logs, batch)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Call before a prediction."""
        self._call("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Call after a prediction."""
        self._call("on_predict_end", logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Call before a batch of a prediction, where `hears_predict_batches`."""
        self._call("on_predict_batch_begin", logs, batch)

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Call after a batch of a prediction, where `hears_predict_batches`."""
        self._call("on_predict_batch_end", logs, batch)

    def _listening(self, hook: str) -> list[Any]:
        if hook not in self._listeners:  # most runs need only a few of the hooks
            older = _OLDER_NAME.get(hook, hook)
            heard = [getattr(c, hook) for c in self.callbacks if overrides(c, hook) or overrides(c, older)]
            self._listeners[hook] = heard
        return self._listeners[hook]

    def _hears(self, begin: str, end: str) -> bool:
        return bool(self._listening(begin) or self._listening(end))

    def _call(self, hook: str, logs: Logs | None, *index: int) -> HistoryDict:
        listeners = self._listening(hook)
        ordered = HistoryDict({name: _number(logs[name]) for name in sorted(logs, key=str)} if logs else ())
        ordered.not_due = getattr(logs, "not_due", ordered.not_due)
        for listener in listeners:
            listener(*index, ordered)
        return ordered


def _number(value: Any) -> Any:
    """Turn NumPy's numbers into Python floats; leave all else (the outputs of `predict`, say) as it is."""
    if type(value) is float:
        return value
    return float(value) if is_number(value) else value


def _flat(callbacks: Any, where: str) -> Iterator[Any]:
    """Yield every callback in nested lists; `where` is what messages call it."""
    if isinstance(callbacks, CallbackList):
        yield from callbacks.callbacks
    elif isinstance(callbacks, (list, tuple)) and where.count("[") < 20:
        for index, callback in enumerate(callbacks):
            yield from _flat(callback, f"{where}[{index}]")
    elif isinstance(callbacks, type):
        name = callbacks.__name__
        raise TypeError(f"{where} is the class {name}, not an object. Write {name}(…) instead.")
    elif not all(hasattr(callbacks, hook) for hook in HOOKS):
        fix = "Wrap a function: LambdaCallback(on_epoch_end=function)." if callable(callbacks) else "Remove it."
        raise TypeError(f"{where} is no tinynet.callbacks.Callback. Received: {shown(callbacks)}. {fix}")
    else:
        yield callbacks
