"""Saving the model while the training runs."""

from __future__ import annotations

import os

from tinynet._arguments import checked, flag, shown, whole_number
from tinynet._console import say
from tinynet._old_names import old_names
from tinynet.callbacks.callback import Logs
from tinynet.callbacks.history import HistoryDict
from tinynet.callbacks.monitor import MonitorCallback
from tinynet.interop import hdf5
from tinynet.saving.forms import fitting


@checked
class ModelCheckpoint(MonitorCallback):
    """Save the model after every epoch, or after every epoch that was the best so far.

    Parameters
    ----------
    filepath : str or path
        The file. Its ending says its form, as for `model.save`: ``.keras``, ``.npz``, or the books' ``.h5``; with
        `save_weights_only`, as for `model.save_weights`: ``.weights.h5`` or ``.npz``. It may contain fields for `epoch`
        (from 1), `batch` (from 1, with a `save_freq` in batches) and the logs: ``"{epoch:02d}-{val_loss:.2f}.keras"``.
        Missing folders are created. Epochs in which no validation was due are passed over, if a field or `monitor`
        needs it.
    monitor : str
        The number that tells which epoch is best. Default ``"val_loss"``.
    verbose : {0, 1}
        1 prints what is saved. Default 0.
    save_best_only : bool
        Save only if `monitor` improved. Default False.
    save_weights_only : bool
        Whether to save the weights alone, by `model.save_weights`; default False, the whole model, by `model.save`.
    mode : {"auto", "min", "max"}
        Whether less of `monitor` is better, or more. Default ``"auto"``: as the metric of that name says; see
        `MonitorCallback`.
    save_freq : "epoch" or int
        Save after each epoch, or each time this many batches are done. Default ``"epoch"``.
    initial_value_threshold : float, optional
        The value that the first saved one has to beat.
    period : int, default 1
        Keras 2's: save after every so many epochs alone, if `save_freq` is ``"epoch"``.

    Raises
    ------
    ValueError
        If `filepath` has no such ending, or `save_freq` is something else.
    ImportError
        If the form takes h5py, which is not installed.
    KeyError
        In training, if `filepath` has a field that is not in the logs.

    Notes
    -----
    Source: https://keras.io/api/callbacks/model_checkpoint/

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     best = ModelCheckpoint(f"{folder}/best.npz", monitor="loss", save_best_only=True)
    ...     history = model.fit(np.ones((4, 1)), np.ones(4), epochs=3, verbose=0, callbacks=[best])
    ...     tinynet.models.load_model(f"{folder}/best.npz").optimizer.iterations
    3
    """

    @old_names
    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
        *,
        period: int = 1,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.period = whole_number("ModelCheckpoint", "period", period)
        self.verbose = verbose
        self.save_best_only = flag("ModelCheckpoint", "save_best_only", save_best_only)
        self.save_weights_only = flag("ModelCheckpoint", "save_weights_only", save_weights_only)
        self.filepath = fitting("ModelCheckpoint", filepath, self.save_weights_only)
        if not self.filepath.lower().endswith(".npz"):
            hdf5.h5py()  # which is asked for now, not after an epoch
        self.save_freq = save_freq
        if save_freq != "epoch":
            if not isinstance(save_freq, int) or save_freq < 1:
                raise ValueError(
                    f"ModelCheckpoint: Unrecognized save_freq: {shown(save_freq)}. Expected 'epoch' or a positive "
                    "number of batches."
                )
            # Set here and not in the class: a hook for batches slows down every training that has one.
            self.on_train_batch_end = self._count_batch  # type: ignore[method-assign]
        self._epoch = 0
        self._batches = self._passed_over = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the number of the epoch for what is saved during it."""
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, if `save_freq` is ``"epoch"``, and as many epochs as `period` says have ended since."""
        if self.save_freq != "epoch":
            return
        self._passed_over += 1
        if self._passed_over >= self.period:
            self._passed_over = 0
            self._save(logs, epoch=epoch + 1)

    def _count_batch(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self._batches == self.save_freq:
            self._batches = 0
            self._save({"batch": batch + 1} | (logs or {}), epoch=self._epoch + 1)

    def _save(self, logs: Logs | None, epoch: int) -> None:
        fields = HistoryDict(logs or {}, epoch=epoch)
        not_due: frozenset[str] = getattr(logs, "not_due", frozenset())
        try:
            path = self.filepath.format_map(fields)
        except KeyError as missing:
            if missing.args[0] in not_due:
                return  # no validation, no name
            raise KeyError(
                f"ModelCheckpoint: filepath {self.filepath!r} has the field {missing}, which is not among "
                f"{', '.join(fields)}."
            ) from None
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"ModelCheckpoint: filepath {self.filepath!r} does not fit the logs, {fields}: {error}."
            ) from None
        said = f"\nEpoch {epoch}: "
        if self.save_best_only:
            if self.monitor in not_due:
                return
            current = self._current(fields, "Can save best model only with {monitor} available.")
            if current is not None:
                best = "None" if self.best is None else f"{self.best:.5f}"
                if not self._improves(current, self.best):
                    self._say(f"{said}{self.monitor} did not improve from {best}")
                    return
                self.best = current
                said += f"{self.monitor} improved from {best} to {current:.5f}, "
        self._say(f"{said}saving model to {path}")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        model = self._at_work()
        (model.save_weights if self.save_weights_only else model.save)(path)
        self._say(f"\nEpoch {epoch}: finished saving model to {path}")

    def _say(self, message: str) -> None:
        if self.verbose:
            say(message)
