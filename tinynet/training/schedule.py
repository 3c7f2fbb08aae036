"""How a `fit` goes through its data: the arguments that are no data, checked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import ceil
from types import NoneType
from typing import Any, NamedTuple, Self

import numpy as np

from tinynet import data
from tinynet._arguments import ANY_COUNT, limit, shown, whole_number
from tinynet._old_names import OLDER_VALUES
from tinynet._types import Array
from tinynet.training.progress import check_verbose


class Schedule(NamedTuple):
    """Arguments of `fit`, under its names.

    `shuffle` may also be a function that puts the numbers of the samples in order before each epoch, in place.

    Examples
    --------
    >>> schedule = Schedule.of(None, 10, 0, True, "auto", None, 5)
    >>> schedule.batch_size, schedule.validation_batch_size
    (32, 32)
    >>> [epoch for epoch in range(10) if schedule.validates_after(epoch)]
    [4, 9]
    """

    batch_size: int
    epochs: int
    initial_epoch: int
    shuffle: bool | Callable[[Array], None]
    verbose: int | str
    validation_batch_size: int
    validation_freq: int | Collection[int]
    steps: int | None = None
    validation_steps: int | None = None

    @classmethod
    def of(
        cls,
        batch_size: Any,
        epochs: Any,
        initial_epoch: Any,
        shuffle: Any,
        verbose: Any,
        validation_batch_size: Any,
        validation_freq: Any,
        steps_per_epoch: Any = None,
        validation_steps: Any = None,
    ) -> Self:
        """Check what was given to `fit`, or raise a ValueError."""
        check_verbose(verbose)
        batch_size = data.check_batch_size(batch_size)
        epochs, initial_epoch = _count("epochs", epochs), _count("initial_epoch", initial_epoch)
        if not isinstance(shuffle, (int, np.bool_, NoneType)) and not (isinstance(shuffle, str) and shuffle == "batch"):
            raise ValueError(f"fit: `shuffle` must be True or False. Received: shuffle={shown(shuffle)}")
        if not isinstance(validation_freq, Collection) or isinstance(validation_freq, str):
            validation_freq = _count("validation_freq", validation_freq, least=1)
        size = batch_size if validation_batch_size is None else data.check_batch_size(validation_batch_size)
        steps = check_steps("fit", "steps_per_epoch", steps_per_epoch)
        validation_steps = check_steps("fit", "validation_steps", validation_steps)
        return cls(
            batch_size, epochs, initial_epoch, bool(shuffle), verbose, size, validation_freq, steps, validation_steps
        )

    @property
    def always_validates(self) -> bool:
        """Whether validation is due after every epoch."""
        return isinstance(self.validation_freq, int) and self.validation_freq == 1

    @property
    def validates(self) -> bool:
        """Whether validation is due after any epoch."""
        return any(map(self.validates_after, range(self.initial_epoch, self.epochs)))

    def validates_after(self, epoch: int) -> bool:
        """Return whether validation is due after an epoch, counted from 0."""
        if isinstance(self.validation_freq, int):
            return (epoch + 1) % self.validation_freq == 0
        return epoch + 1 in self.validation_freq


def check_steps(method: str, name: str, steps: Any) -> int | None:
    """Return how many batches make an epoch, or None for all; raise a ValueError for what is no such number.

    Keras 2 took ``samples / batch_size`` as well, and made steps until they were as many: for its programs.
    """
    if OLDER_VALUES[0] and isinstance(steps, (float, np.floating)) and np.isfinite(steps):
        steps = ceil(steps)
    return limit(method, name, steps)


def _count(what: str, value: Any, least: int = 0) -> int:
    return whole_number("fit", what, value, least, below=ANY_COUNT)
