"""``tf.train.Checkpoint`` and its manager: what models, optimizers and variables hold, written and read again."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from tinynet._writing import write_file
from tinynet.models import Model
from tinynet.optimizers import Optimizer
from tinynet.runner.variables import Variable

__all__ = ["Checkpoint", "CheckpointManager"]


class Status:
    """What `restore` returns: everything was found, or an error was raised."""

    def assert_consumed(self) -> Status:
        """Return itself."""
        return self

    assert_existing_objects_matched = assert_nontrivial_match = expect_partial = assert_consumed


class Checkpoint:
    """Models, optimizers and variables by names, which `save` writes and `restore` reads.

    Parameters
    ----------
    root : object, optional
        One of them without a name of its own.
    **objects
        The others. What holds no numbers is passed over.

    Examples
    --------
    >>> import os, tempfile, tinynet
    >>> with tinynet.install_as_keras(), tempfile.TemporaryDirectory() as folder:
    ...     import tensorflow as tf
    ...     checkpoint = tf.train.Checkpoint(step=tf.Variable(1.0))
    ...     path = checkpoint.save(os.path.join(folder, "ckpt"))
    ...     added = checkpoint.step.assign_add(1.0)
    ...     status = checkpoint.restore(tf.train.latest_checkpoint(folder))
    ...     os.path.basename(path), float(checkpoint.step)
    ('ckpt-1', 1.0)
    """

    save_counter: Any

    def __init__(self, root: Any = None, **objects: Any) -> None:
        vars(self).update(objects, save_counter=Variable(0, dtype="int64"))
        self._objects = {**({} if root is None else {"root": root}), **objects}

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Write everything to ``file_prefix-1``, ``file_prefix-2`` … and return that."""
        self.save_counter.assign_add(1)
        return self.write(f"{os.fspath(file_prefix)}-{int(self.save_counter)}")

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Write everything to a file, and return its name without the ending."""
        path: str = os.fspath(file_prefix)
        held = {"save_counter": [np.asarray(self.save_counter)]}
        held |= {name: _held(each) for name, each in self._objects.items()}
        arrays = {f"{name}/{place}": array for name, each in held.items() for place, array in enumerate(each)}
        content = io.BytesIO()
        np.savez(content, **arrays)  # type: ignore[arg-type]
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_file(f"{path}.npz", content.getvalue())
        return path

    def restore(self, save_path: Any, options: Any = None) -> Status:
        """Read everything from a file that `save` or `write` wrote; None reads nothing.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If something has other shapes there, or a model is not built yet.
        """
        if save_path is None:
            return Status()
        with np.load(f"{os.fspath(save_path)}.npz", allow_pickle=False) as file:
            found: dict[str, list[Any]] = {}
            for key in file.files:
                found.setdefault(key.rpartition("/")[0], []).append(file[key])
        models = [each for each in self._objects.values() if isinstance(each, Model)]
        for name, each in sorted(self._objects.items(), key=lambda pair: not isinstance(pair[1], Model)):
            if name in found:
                _put(name, each, found[name], models)
        self.save_counter.assign(found.get("save_counter", [0])[0])
        return Status()

    read = restore


def _held(value: Any) -> list[Any]:
    """Return the arrays that something holds."""
    if isinstance(value, Model):
        return value.get_weights()
    if isinstance(value, Optimizer):
        return [np.asarray(each.value) for each in value.variables]
    return [np.asarray(value)] if isinstance(value, Variable) else []


def _put(name: str, value: Any, arrays: list[Any], models: list[Model]) -> None:
    if isinstance(value, Variable):
        value.assign(arrays[0])
    elif isinstance(value, Optimizer):
        for model in models:
            if len(value.variables) == len(arrays):
                break
            with suppress(ValueError):
                value.build(model.trainable_variables)
        value.set_weights(arrays)
    elif isinstance(value, Model):
        if not value.built:
            raise ValueError(
                f"Checkpoint.restore: the model '{name}' is not built, and so has no weights yet: call it with a "
                "batch before, or build((None, 12))."
            )
        value.set_weights(arrays)


class CheckpointManager:
    """Keeps the last few files of a `Checkpoint` in a folder.

    Parameters
    ----------
    checkpoint : Checkpoint
        What is written.
    directory : path
        The folder.
    max_to_keep : int or None
        How many files stay; None for all.
    checkpoint_name : str, default "ckpt"
        What the files' names begin with.
    **options
        TensorFlow's others, without effect.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: Any,
        max_to_keep: int | None,
        checkpoint_name: str = "ckpt",
        **options: Any,
    ) -> None:
        self.checkpoint, self.directory, self._most = checkpoint, os.fspath(directory), max_to_keep
        self._prefix = os.path.join(self.directory, checkpoint_name)

    @property
    def checkpoints(self) -> list[str]:
        """The files, the oldest first, without their ending."""
        return [path for _, path in sorted(self._numbered())]

    def _numbered(self) -> Iterator[tuple[int, str]]:
        for path in Path(self.directory).glob(f"{os.path.basename(self._prefix)}-*.npz"):
            number = path.stem.rpartition("-")[2]
            if number.isdigit():
                yield int(number), str(path).removesuffix(".npz")

    @property
    def latest_checkpoint(self) -> str | None:
        """The newest file, or None."""
        return next(reversed(self.checkpoints), None)

    def save(self, checkpoint_number: Any = None, **options: Any) -> str:
        """Write a file, and remove those that are too many."""
        if checkpoint_number is None:
            path = self.checkpoint.save(self._prefix)
        else:
            path = self.checkpoint.write(f"{self._prefix}-{int(checkpoint_number)}")
        for old in self.checkpoints[: -self._most] if self._most else ():
            os.remove(f"{old}.npz")
        return path

    def restore_or_initialize(self) -> str | None:
        """Read the newest file, if there is one, and return its name."""
        self.checkpoint.restore(self.latest_checkpoint)
        return self.latest_checkpoint


def variables_in(value: Any, seen: set[int] | None = None) -> dict[int, Variable]:
    """Return the variables among an object's attributes, and in the lists, dicts and modules there."""
    known = seen if seen is not None else set()
    if id(value) in known:
        return {}
    known.add(id(value))
    if isinstance(value, Variable):
        return {id(value): value}
    if not isinstance(value, Module) and hasattr(value, "trainable_variables"):
        return {id(each): each for each in value.trainable_variables}
    parts: Any = ()
    if isinstance(value, Module):
        parts = [each for _, each in sorted(vars(value).items())]
    elif isinstance(value, (list, tuple)):
        parts = value
    elif isinstance(value, Mapping):
        parts = value.values()
    found: dict[int, Variable] = {}
    for each in parts:
        found |= variables_in(each, known)
    return found


class Module:
    """TensorFlow's base class of what holds variables: they are found among its attributes.

    Examples
    --------
    >>> import tinynet
    >>> with tinynet.install_as_keras():
    ...     import tensorflow as tf
    ...     class Line(tf.Module):
    ...         def __init__(self):
    ...             super().__init__()
    ...             self.w, self.b = tf.Variable(5.0), tf.Variable(0.0)
    ...     len(Line().trainable_variables)
    2
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name or type(self).__name__.lower()

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def variables(self) -> tuple[Any, ...]:
        """All variables, by the alphabet of the attributes."""
        return tuple(variables_in(self).values())

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those that are trained."""
        return tuple(each for each in self.variables if getattr(each, "trainable", True))
