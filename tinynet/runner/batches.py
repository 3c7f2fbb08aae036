"""``tf.data.Dataset`` of arrays: the samples that it holds, in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import numpy as np

from tinynet.runner.tensors import Tensor, convert_to_tensor, tensor

__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Dataset", "Options", "cardinality"]

AUTOTUNE = INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2


class Options:
    """What programs say of how a data set is gone through: kept, and without effect."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        vars(self)[name] = Options()
        return vars(self)[name]


def cardinality(dataset: Dataset) -> Any:
    """Return how many elements a data set has, as its `cardinality` says."""
    return dataset.cardinality()


def _stacked(samples: list[Any]) -> Any:
    if isinstance(samples[0], tuple):
        return tuple(_stacked(list(part)) for part in zip(*samples, strict=True))
    if isinstance(samples[0], dict):
        return {name: _stacked([each[name] for each in samples]) for name in samples[0]}
    return convert_to_tensor(np.stack(samples))


def _plain(element: Any) -> Any:
    if isinstance(element, tuple):
        return tuple(map(_plain, element))
    return element.numpy() if isinstance(element, Tensor) else element


def _as_tensors(element: Any) -> Any:
    """Return what a program goes through: arrays that answer ``.numpy()``, numbers and texts as well."""
    if isinstance(element, tuple):
        return tuple(map(_as_tensors, element))
    plain = isinstance(element, (np.ndarray, np.generic)) and not isinstance(element, Tensor)
    return tensor(element) if plain else element


class Dataset:
    """What can be gone through any number of times: samples, or batches of them.

    Parameters
    ----------
    begin : callable
        Returns an iterator over the elements.
    count : int or None
        How many there are; None if they have no end.
    """

    def __init__(self, begin: Callable[[], Iterator[Any]], count: int | None) -> None:
        self._begin, self._count = begin, count
        #: How many samples there are in each element, if it comes out of `batch`.
        self.batch_size: int | None = None
        #: Whether it is known to have no end.
        self.endless = False

    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> Dataset:
        """Return a data set of the rows of an array, or of several."""
        if isinstance(tensors, Mapping):
            rows = cls.from_tensor_slices(tuple(tensors.values()))
            return rows.map(lambda *values: dict(zip(tensors, values, strict=True)))
        if isinstance(tensors, tuple) and any(isinstance(each, (Mapping, tuple)) for each in tensors):
            return cls.zip(tuple(cls.from_tensor_slices(each) for each in tensors))
        if isinstance(tensors, tuple):
            arrays = [np.asarray(each) for each in tensors]
            if len({len(each) for each in arrays}) > 1:
                raise ValueError(f"from_tensor_slices: arrays of different lengths, {[len(each) for each in arrays]}.")
            return cls(lambda: iter(zip(*arrays, strict=True)), len(arrays[0]))
        array = np.asarray(tensors)
        return cls(lambda: iter(array), len(array))

    @classmethod
    def from_generator(cls, generator: Callable[..., Any], *options: Any, args: Any = (), **more: Any) -> Dataset:
        """Return a data set of what a generator function gives, which is called anew each time."""
        return cls(lambda: iter(generator(*args)), None)

    @classmethod
    def from_tensors(cls, tensors: Any) -> Dataset:
        """Return a data set of one element."""
        return cls(lambda: iter([tensors]), 1)

    @classmethod
    def zip(cls, *datasets: Any) -> Dataset:
        """Return a data set of tuples, an element of each."""
        parts = datasets[0] if len(datasets) == 1 else datasets
        counts = [getattr(each, "_count", None) for each in parts]
        fewest = None if None in counts else min(count for count in counts if count is not None)
        return cls(lambda: iter(zip(*parts, strict=False)), fewest)

    @classmethod
    def range(cls, *bounds: int) -> Dataset:
        """Return a data set of whole numbers."""
        return cls(lambda: iter(np.arange(*bounds)), len(range(*bounds)))

    def shuffle(self, buffer_size: int, seed: int | None = None, **options: Any) -> Dataset:
        """Go through the elements in another order every time."""
        rng = np.random.default_rng(seed)

        def begin() -> Iterator[Any]:
            elements = list(self._begin())
            return (elements[place] for place in rng.permutation(len(elements)))

        def buffered() -> Iterator[Any]:  # what may have no end is drawn from its next elements
            elements = self._begin()
            waiting = list(islice(elements, int(buffer_size)))
            for element in elements:
                place = rng.integers(len(waiting))
                yield waiting[place]
                waiting[place] = element
            yield from (waiting[place] for place in rng.permutation(len(waiting)))

        return Dataset(begin if self._count is not None else buffered, self._count)._as_long_as(self)

    def _as_long_as(self, other: Dataset) -> Dataset:
        self.endless = other.endless
        return self

    def batch(self, batch_size: int, drop_remainder: bool = False, **options: Any) -> Dataset:
        """Join elements to batches."""

        def begin() -> Iterator[Any]:
            elements = self._begin()
            while rows := list(islice(elements, batch_size)):
                if len(rows) == batch_size or not drop_remainder:
                    yield _stacked(rows)

        whole, rest = divmod(self._count or 0, batch_size)
        batches = Dataset(begin, None if self._count is None else whole + bool(rest and not drop_remainder))
        batches.batch_size = batch_size
        return batches._as_long_as(self)

    def window(self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False) -> Dataset:
        """Give data sets of so many elements, each beginning `shift` elements after the one before."""
        step = size if shift is None else shift

        def begin() -> Iterator[Any]:
            elements = list(self._begin())
            for first in range(0, len(elements), step):
                part = elements[first : first + (size - 1) * stride + 1 : stride]
                if len(part) == size or not drop_remainder:
                    yield Dataset(lambda part=part: iter(part), len(part))  # type: ignore[misc]

        return Dataset(begin, None)

    def flat_map(self, function: Callable[..., Dataset]) -> Dataset:
        """Join the data sets that a function makes of the elements."""
        return Dataset(lambda: (inner for outer in self.map(function) for inner in outer), None)

    def unbatch(self) -> Dataset:
        """Take batches apart."""

        def begin() -> Iterator[Any]:
            for batch in self._begin():
                yield from zip(*batch, strict=True) if isinstance(batch, tuple) else batch

        return Dataset(begin, None)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """Keep the elements for which a function answers True."""

        def begin() -> Iterator[Any]:
            for element in self._begin():
                if predicate(*element) if isinstance(element, tuple) else predicate(element):
                    yield element

        return Dataset(begin, None)

    def concatenate(self, dataset: Dataset) -> Dataset:
        """Go through another data set after this one."""
        return Dataset(lambda: chain(self._begin(), iter(dataset)), None)

    def map(self, function: Callable[..., Any], *options: Any, **more: Any) -> Dataset:
        """Apply a function to every element."""

        def begin() -> Iterator[Any]:
            for element in self._begin():
                yield function(*element) if isinstance(element, tuple) else function(element)

        return Dataset(begin, self._count)._as_long_as(self)

    def repeat(self, count: int | None = None) -> Dataset:
        """Go through the elements so many times; without end if `count` is not given."""
        times = None if count in (None, -1) else count

        def begin() -> Iterator[Any]:
            done = 0
            while times is None or done < times:
                yield from self._begin()
                done += 1

        repeated = Dataset(begin, None if times is None or self._count is None else self._count * times)
        repeated.endless = times is None
        return repeated

    def take(self, count: int) -> Dataset:
        """Keep the first elements."""
        most = count if self._count is None else min(count, self._count)
        return Dataset(lambda: islice(self._begin(), count), most)

    def skip(self, count: int) -> Dataset:
        """Leave out the first elements."""
        rest = None if self._count is None else max(0, self._count - count)
        return Dataset(lambda: islice(self._begin(), count, None), rest)

    def cache(self, *arguments: Any, **options: Any) -> Dataset:
        """Return the data set: its arrays are in memory."""
        return self

    prefetch = with_options = cache

    def cardinality(self) -> Any:
        """Return how many elements there are; -1 for no end, -2 if that is not known, as of generators."""
        return tensor(np.int64(-1 if self.endless else -2 if self._count is None else self._count))

    def enumerate(self, start: int = 0) -> Dataset:
        """Give every element with its number."""
        return Dataset(lambda: iter(enumerate(self._begin(), start)), self._count)

    def shard(self, num_shards: int, index: int) -> Dataset:
        """Keep one of so many elements."""
        count = None if self._count is None else len(range(index, self._count, num_shards))
        return Dataset(lambda: islice(self._begin(), index, None, num_shards), count)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """Return what is left when a function was run on what it had returned before and each element."""
        for element in self:
            initial_state = reduce_func(initial_state, element)
        return initial_state

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Go through the elements as plain arrays."""
        return map(_plain, self._begin())

    def __iter__(self) -> Iterator[Any]:
        return map(_as_tensors, self._begin())

    def __len__(self) -> int:
        if self._count is None:
            raise TypeError("The data set has no end, and so no length.")
        return self._count
