"""Data that are gone through again and again, and the epochs that this makes: whole passes, or so many batches each."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from tinynet._types import Array
from tinynet.kernels.random import shuffle


class Passes(Protocol):
    """What can be gone through, batch by batch, again and again."""

    length: int | None

    def one_pass(self, state: Array | None) -> Iterator[Any]:
        """Yield the batches; in an order drawn from `state`, if there is one and the order can be chosen."""

    def tell(self, event: str) -> None:
        """Call ``on_epoch_begin`` or ``on_epoch_end`` of what gives the batches."""


class InOrder:
    """Passes over samples that are at hand, in batches of one size.

    Parameters
    ----------
    n : int
        How many samples there are.
    size : int
        How many of them make a batch.

    Attributes
    ----------
    order : ndarray
        The numbers of the samples in the order in which they come.
    goes_on : bool
        Whether the next pass is one that was cut off, so that its order stands already.
    """

    goes_on = False

    def __init__(self, n: int, size: int) -> None:
        self.n, self.size, self.order = n, size, np.arange(n)
        self.length: int | None = -(-n // size)

    def batch(self, samples: Array) -> Any:
        """Return the batch of some samples, by their numbers."""
        raise NotImplementedError

    def one_pass(self, state: Array | None) -> Iterator[Any]:
        """Yield the batches, of samples in a new order if there is a `state`."""
        if state is not None and not self.goes_on:
            shuffle(self.order, state)
        self.goes_on = False
        for first in range(0, self.n, self.size):
            yield self.batch(self.order[first : first + self.size])

    def tell(self, event: str) -> None:
        """Listen to nothing."""


class Epochs:
    """The batches of each epoch.

    Parameters
    ----------
    passes : Passes
        What gives the batches.
    steps : int, optional
        How many batches an epoch has. The next epoch goes on where this one has ended, until a pass is over. Default:
        all of a pass.
    restarts : bool, default False
        Whether every epoch begins a new pass all the same, as every evaluation does.
    """

    def __init__(self, passes: Passes, steps: int | None, restarts: bool = False) -> None:
        self.passes, self.steps, self.restarts = passes, steps, restarts
        self._pass: Iterator[Any] | None = None
        self._next: Any = None
        self._counted: int | None = None

    @property
    def known_steps(self) -> int | None:
        """How many batches an epoch has, if that is known: of a stream after its first pass."""
        return self.steps or self.passes.length or self._counted

    def ready(self, state: Array | None = None) -> bool:
        """Read the first batch of an epoch, if that is not done; returns whether there is one."""
        if self._next is None:
            self.passes.tell("on_epoch_begin")
            fresh = self._pass is None or self.steps is None or self.restarts
            if not fresh:
                assert self._pass is not None
                self._next = next(self._pass, None)
            if self._next is None:
                self._pass = self.passes.one_pass(state)
                self._next = next(self._pass, None)
            if self._next is None:
                warn_of_end()
        return self._next is not None

    def batches(self, state: Array | None = None) -> Iterator[Any]:
        """Yield the batches of one epoch."""
        done = 0
        while self.ready(state) if done == 0 else self._another(done):
            batch, self._next = self._next, None
            yield batch
            done += 1
        self._counted = done
        self.passes.tell("on_epoch_end")

    def _another(self, done: int) -> bool:
        """Read the next batch of an epoch of which some are done, if there is one."""
        if done == self.steps:
            return False
        assert self._pass is not None
        self._next = next(self._pass, None)
        if self._next is None and self.steps is not None:
            warn_of_end()
        return self._next is not None


def warn_of_end() -> None:
    """Warn, as Keras does, that there are fewer batches than were to come."""
    warnings.warn(
        "Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate at "
        "least `steps_per_epoch * epochs` batches.",
        UserWarning,
        stacklevel=2,
    )
