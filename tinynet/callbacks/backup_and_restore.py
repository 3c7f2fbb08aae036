"""Going on with a training that was cut off."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from tinynet._arguments import ANY_COUNT, checked, flag, path, shown, whole_number
from tinynet._types import Array
from tinynet._writing import write_file
from tinynet.callbacks.callback import Callback, Logs
from tinynet.saving.content import fits, kept_by, random_state, set_optimizer, set_random_state
from tinynet.saving.npz import read, write
from tinynet.weights import assign

FORMAT = "tinynet backup"


@checked
class BackupAndRestore(Callback):
    """Save where a training is, and go on from there when it is started again after it was cut off.

    A run that was killed at any moment, and started again by the same program, ends with the weights, the optimizer's
    slots, the history and the random numbers of one that was not, to the bit. What other callbacks remember by
    themselves (the patience of `EarlyStopping`, say) begins anew, as in Keras, and so do optimizers besides
    ``model.optimizer``, which a class with training steps of its own may have.

    Parameters
    ----------
    backup_dir : str or path
        The folder for the backup, for this training alone.
    save_freq : "epoch" or int
        Save after each epoch, or each time this many batches are done, also within an epoch. Default ``"epoch"``.
    double_checkpoint : bool
        Whether to keep the backup before the last one, too, in case the last one is damaged. Each is written whole or
        not at all, so that only a disk can do that. Default False.
    delete_checkpoint : bool
        Whether the backup is deleted when the training has ended. Default True.

    Raises
    ------
    ValueError
        If an argument is none of these. When a training begins, if the backup is damaged, or of another model or other
        data, or if a model whose own steps are to build it is not built yet.

    Notes
    -----
    Source: https://keras.io/api/callbacks/backup_and_restore/

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.Input((1,)), tinynet.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> def stop(epoch, logs):
    ...     if epoch == 2:
    ...         raise RuntimeError("The power is gone.")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for further in ([tinynet.callbacks.LambdaCallback(on_epoch_begin=stop)], []):
    ...         callbacks = [BackupAndRestore(f"{folder}/backup"), *further]
    ...         try:
    ...             history = model.fit(np.ones((4, 1)), np.ones(4), epochs=4, verbose=0, callbacks=callbacks)
    ...         except RuntimeError as error:
    ...             print(error)
    The power is gone.
    >>> history.epoch
    [0, 1, 2, 3]
    """

    #: It saves what the others have left.
    comes_last = True

    def __init__(
        self,
        backup_dir: str | os.PathLike[str] | None,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        if backup_dir is None or backup_dir == "":
            raise ValueError(
                "BackupAndRestore: `backup_dir` must be the path of a folder (Empty `backup_dir` argument passed)."
            )
        self.backup_dir = path("BackupAndRestore", "backup_dir", backup_dir, folder=True)
        self.double_checkpoint = flag("BackupAndRestore", "double_checkpoint", double_checkpoint)
        self.delete_checkpoint = flag("BackupAndRestore", "delete_checkpoint", delete_checkpoint)
        if save_freq != "epoch":
            if isinstance(save_freq, (str, float)):
                raise ValueError(
                    "BackupAndRestore: `save_freq` must be 'epoch' or a positive number of batches (Invalid value for "
                    f"argument `save_freq`). Received: {shown(save_freq)}"
                )
            save_freq = whole_number("BackupAndRestore", "save_freq", save_freq, below=ANY_COUNT)
            # Set here and not in the class: a hook for batches slows down every training that has one.
            self.on_train_batch_end = self._count_batch  # type: ignore[method-assign]
        self.save_freq = save_freq
        self._latest, self._previous = (Path(self.backup_dir, f"{name}.npz") for name in ("latest", "previous"))
        self._epoch = self._batches = 0
        self._numbers: Array | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Go on where the backup says, if there is one."""
        self._batches, self._numbers = 0, None
        if self._latest.exists() or self._previous.exists():
            if not (model := self._at_work()).built:
                raise ValueError(
                    "To use the BackupAndRestore callback, you model must be built before you call `fit()`. Model "
                    f"'{model.name}' is unbuilt, and there is a backup in {self.backup_dir} to set it from. Call it on "
                    "a batch of data first."
                )
            self._restore(*self._read())

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the epoch. One that goes on has its learning rate: a scheduler has set it when it began."""
        self._epoch = epoch
        numbers, self._numbers = self._numbers, None
        if numbers is not None:
            self._at_work().optimizer.numbers[...] = numbers

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, if `save_freq` is ``"epoch"``."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def _count_batch(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self._batches == self.save_freq:
            self._batches = 0
            self._save(self._epoch, batch + 1)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Delete the backup, unless it is to be kept."""
        if self.delete_checkpoint:
            for file in (self._latest, self._previous):
                file.unlink(missing_ok=True)
            with suppress(OSError):  # somebody else's files are in it
                os.rmdir(self.backup_dir)

    # ---- the file ---------------------------------------------------------------------------------------------------

    def _save(self, epoch: int, batch: int) -> None:
        model, fit = self._at_work(), self._at_work().run_of_fit
        point = fit.point_at(epoch, batch)
        random = random_state(model, by_number=True)
        if point.began is not None:
            random["shuffle"] = point.began
        description = {
            "epoch": point.epoch,
            "batch": point.batch,
            "stopped": bool(model.stop_training),
            "optimizer": type(model.optimizer).__name__,
            "numbers": model.optimizer.numbers.tolist(),
            "history": fit.callbacks.history._record(),
            "random": random,
        }
        arrays = {f"weights/{number}": p.value for number, p in enumerate(model.parameters)}
        arrays |= {f"optimizer/{number}": array for number, (_, array) in enumerate(kept_by(model))}
        arrays |= {"fit/order": point.order, "fit/totals": point.totals}
        arrays |= {f"metrics/{number}": array for number, array in enumerate(point.variables)}
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint and self._latest.exists():
            write_file(self._previous, self._latest.read_bytes())
        write(self._latest, FORMAT, description, arrays)

    def _read(self) -> tuple[dict[str, Any], dict[str, dict[str, Array]]]:
        """Return the latest backup, or the one before if that is damaged."""
        files = [file for file in (self._latest, self._previous) if file.exists()]
        for file in files:
            try:
                return read(file, FORMAT, "BackupAndRestore", "is no backup")
            except ValueError:
                if file is files[-1]:
                    raise
        raise AssertionError

    def _restore(self, found: Mapping[str, Any], arrays: Mapping[str, Mapping[str, Array]]) -> None:
        """Set the model, the optimizer, the history and the run as they were, or raise a ValueError before anything."""
        model, fit = self._at_work(), self._at_work().run_of_fit
        within, kept = arrays.get("fit", {}), [*arrays.get("optimizer", {}).values()]
        weights, metrics = [*arrays.get("weights", {}).values()], [*arrays.get("metrics", {}).values()]
        epoch, batch, numbers = found.get("epoch"), found.get("batch"), np.array(found.get("numbers"), np.float64)
        trained = [p for p in model.parameters if p.trainable]
        order, totals, now = within.get("order"), within.get("totals"), fit.point_at(0, int(bool(batch)))
        kind = type(model.optimizer).__name__  # another one may keep as many numbers, which mean something else
        same = {
            "weights": [a.shape for a in weights] == [p.shape for p in model.parameters],
            "optimizer": found.get("optimizer", kind) == kind
            and fits(model.optimizer, trained, kept)
            and numbers.shape == model.optimizer.numbers.shape,
            "number of samples": order is not None and _permutes(order, len(now.order)),
            "metrics": _alike([totals, *metrics], [now.totals, *now.variables]),
            "batch size": type(epoch) is int
            and type(batch) is int
            and epoch >= 0
            and 0 <= batch <= (fit.steps or batch),
        }
        if others := [name for name, alike in same.items() if not alike]:
            raise ValueError(
                f"BackupAndRestore: the backup in {self.backup_dir} is of another training: it differs in "
                f"{', '.join(others)}. Remove the folder to begin anew, or give this training another."
            )
        assign(model.parameters, weights, f"model '{model.name}' (from {self._latest})")
        set_optimizer(model.optimizer, trained, kept)
        set_random_state(model, found["random"], by_number=True)
        model.optimizer.numbers[...] = numbers
        fit.callbacks.history._restore(found["history"])
        self._numbers = numbers if batch else None
        fit.point = now._replace(epoch=epoch, batch=batch, order=order, totals=totals, variables=metrics)
        if found.get("stopped"):
            fit.point = fit.point._replace(epoch=max(epoch, fit.schedule.epochs))


def _permutes(order: Array, samples: int) -> bool:
    """Return whether an array has every sample's number once: compiled code reads by it."""
    return order.dtype.kind == "i" and np.array_equal(np.sort(order, axis=None), np.arange(samples))


def _alike(found: Sequence[Array | None], expected: Sequence[Array]) -> bool:
    """Return whether arrays have the shapes that are expected; what has no entry yet may get any."""
    pairs = zip(found, expected, strict=False)
    return len(found) == len(expected) and all(
        a is not None and (a.shape == e.shape or (e.size == 0 and e.ndim == a.ndim)) for a, e in pairs
    )
