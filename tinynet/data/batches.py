"""Data that come in batches: generators, data sets that are asked for a batch by its number, data loaders.

They are known by what they offer. Every batch is ``(x, y)``, ``(x, y, sample_weight)`` or, to predict, ``x`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import chain, count
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.data.sparse_rows import is_sparse
from tinynet.data.tables import is_table
from tinynet.kernels.random import shuffle

_NO_BATCHES = (str, bytes, bytearray, memoryview, range, tuple, np.ndarray, np.generic, Mapping, Set)


def gives_batches(value: Any) -> bool:
    """Tell whether this gives batches one after another, and so is no array.

    Examples
    --------
    >>> gives_batches((np.ones((4, 2)), np.ones(4)) for _ in range(3))
    True
    >>> gives_batches(np.ones((4, 2))), gives_batches([[1, 2], [3, 4]])
    (False, False)
    >>> gives_batches([(np.ones((4, 2)), np.ones(4))])
    True
    """
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], tuple) and all(map(_is_batch, value))
    if value is None or isinstance(value, (*_NO_BATCHES, type)) or is_sparse(value) or is_table(value):
        return False
    kind = type(value)
    if any(hasattr(value, name) for name in ("__array__", "__array_interface__")) or _is_container(kind):
        return hasattr(kind, "__next__")
    if hasattr(kind, "__next__") or hasattr(value, "num_batches") or hasattr(value, "on_epoch_end"):
        return True
    if hasattr(kind, "__getitem__"):  # of rows, or of batches?
        try:
            return _is_batch(value[0])
        except Exception:  # whatever it is, it cannot be counted through
            return False
    return hasattr(kind, "__iter__")


#: Where Python's own containers come from: a deque, an array of the module `array`, the values of a dict.
_CONTAINERS = ("array", "builtins", "collections")


def _is_container(kind: type) -> bool:
    return getattr(kind, "__module__", "") in _CONTAINERS  # a class made by `type` may have none


def _is_indexed(value: Any) -> bool:
    kind = type(value)
    return hasattr(kind, "__getitem__") and (hasattr(kind, "__len__") or hasattr(value, "num_batches"))


def _is_batch(entry: Any) -> bool:
    return isinstance(entry, tuple | list) and 1 <= len(entry) <= 3 and all(map(_is_rows, entry))


def _is_rows(entry: Any) -> bool:
    """Tell whether this may be the samples, targets or weights of a batch: it has axes, or is left out."""
    return entry is None or len(getattr(entry, "shape", ())) > 0 or is_table(entry)


def unpacked(batch: Any, argument: str) -> tuple[Any, Any, Any]:
    """Return x, y and sample_weight of a batch; None for what it does not have.

    Examples
    --------
    >>> unpacked(([[1, 2]], [0]), "batch 0")
    ([[1, 2]], [0], None)
    """
    parts = batch if isinstance(batch, tuple) or (isinstance(batch, list) and _is_batch(batch)) else (batch,)
    if not 1 <= len(parts) <= 3 or isinstance(batch, Mapping):
        received = f"a tuple of {len(parts)}" if isinstance(batch, tuple) else f"a {type(batch).__name__}"
        raise ValueError(
            f"{argument} must be (x, y) or (x, y, sample_weight), or x alone to predict. Received: {received}."
        )
    x, y, weight = (*map(_on_host, parts), None, None)[:3]
    return x, y, weight


def _on_host(value: Any) -> Any:
    """Return PyTorch's tensors as they can be read: without their gradients, out of a graphics card's memory."""
    for method in ("detach", "cpu"):
        if hasattr(value, method):
            value = getattr(value, method)()
    return value if hasattr(value, "__array__") or not hasattr(value, "numpy") else value.numpy()


class Source:
    """What gives batches, gone through once or many times.

    Attributes
    ----------
    length : int or None
        How many batches one pass has, if that is known.
    indexed : bool
        Whether batches are asked for by their numbers, so that their order can be chosen: not of what gives the next
        one, unless it is told of the end of an epoch, as Keras's batches of pictures are, which have no end otherwise.
    """

    def __init__(self, value: Any) -> None:
        self.value = value
        self.indexed = (hasattr(value, "on_epoch_end") or not hasattr(type(value), "__next__")) and _is_indexed(value)
        self.length = self._length()
        self._peeked: list[Any] = []
        self._begun: Iterator[Any] | None = None

    def _length(self) -> int | None:
        try:
            given = getattr(self.value, "num_batches", len)
            if not callable(given):
                return None if given is None else int(given)
            return len(self.value)
        except (TypeError, NotImplementedError):  # a stream, an unknown length
            return None

    def peek(self, argument: str) -> Any:
        """Return the first batch, which comes again in the next pass.

        Raises
        ------
        ValueError
            If there is none.
        """
        if self.indexed:
            found = [self.value[0]] if self.length != 0 else []
        else:
            self._begun = iter(self.value)
            found = self._peeked = [*_first(self._begun)]
        if not found:
            raise ValueError(f"{argument} gives no batch: it is empty, or a generator that was used up before.")
        return found[0]

    def one_pass(self, state: Array | None = None) -> Iterator[Any]:
        """Yield the batches of one pass, in an order drawn from `state` if they can be asked for in any."""
        if self.indexed:
            order: Any = count() if self.length is None else np.arange(self.length)
            if state is not None and self.length is not None:
                shuffle(order, state)
            return (self.value[int(i)] for i in order)
        begun, peeked = self._begun, self._peeked
        self._begun, self._peeked = None, []
        return chain(peeked, iter(self.value) if begun is None else begun)

    def tell(self, event: str) -> None:
        """Call ``on_epoch_begin`` or ``on_epoch_end``, if there is such a method."""
        method = getattr(self.value, event, None)
        if callable(method):
            method()


def _first(batches: Iterator[Any]) -> Iterator[Any]:
    for batch in batches:
        yield batch
        return
