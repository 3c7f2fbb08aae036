"""``keras.utils.split_dataset``: two data sets of one, as of version 3."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tinynet.runner.batches import Dataset

__all__ = ["split_dataset"]


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Dataset, Dataset]:
    """Return the first part of a data set and the rest of it, or the last part.

    Parameters
    ----------
    dataset : Dataset, array, or tuple or list of arrays
        Samples, or batches of them, which are taken apart for it.
    left_size, right_size : int or float, optional
        How many samples there are in each part, or which share of them; what is not given is the rest.
    shuffle, seed
        Whether to bring the samples into another order first, and by which.
    preferred_backend : str, optional
        Keras's; the parts are ``tf.data.Dataset`` in any case.
    """
    batched = dataset.batch_size if isinstance(dataset, Dataset) else None
    if isinstance(dataset, (list, tuple)):
        rows = list(zip(*map(np.asarray, dataset), strict=True))
    else:
        rows = list(dataset.unbatch() if batched else dataset)
    left, right = _sizes(left_size, right_size, len(rows))
    if shuffle:
        random.Random(seed).shuffle(rows)
    parts = (_of_rows(part) for part in (rows[:left], rows[len(rows) - right :]))
    one, other = (part.batch(batched) if batched else part for part in parts)
    return one, other


def _of_rows(rows: list[Any]) -> Dataset:
    return Dataset(lambda: iter(rows), len(rows))


def _sizes(left: Any, right: Any, total: int) -> tuple[int, int]:
    """Return the numbers of samples in the two parts, or raise what Keras raises."""
    for name, size in (("left_size", left), ("right_size", right)):
        if size is not None and type(size) not in (int, float):
            raise TypeError(f"Invalid `{name}` Type. Expected: int or float or None, Received: {size!r}")
        if size is not None and not 0 < size < (1 if type(size) is float else total):
            raise ValueError(
                f"`{name}` should be either a positive integer smaller than {total}, or a float within the range "
                f"`[0, 1]`. Received: {name}={size}"
            )
    if left is None and right is None:
        raise ValueError("At least one of the `left_size` or `right_size` must be specified.")
    counts = [round(size * total) if type(size) is float else size for size in (left, right)]
    first = total - counts[1] if counts[0] is None else counts[0]
    last = total - first if counts[1] is None else counts[1]
    if first + last > total or not first or not last:
        raise ValueError(
            f"`left_size` and `right_size` should make two parts of {total} samples. Received: left_size={left}, "
            f"right_size={right}, which are {first} and {last}."
        )
    return first, last
