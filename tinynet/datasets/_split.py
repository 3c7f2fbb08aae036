"""Splits a data set into a training and a test part, the same way for all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Part = tuple[NDArray[Any], NDArray[Any]]


def check_test_split(test_split: float) -> None:
    """Raise ``ValueError`` unless ``0 <= test_split < 1``."""
    if not 0 <= test_split < 1:
        raise ValueError(f"`test_split` must be at least 0 and less than 1. Received: test_split={test_split}")


def seeded(seed: int) -> np.random.RandomState:
    """Return Keras's generator for data sets, or raise a ValueError for a seed that it cannot have."""
    if not 0 <= seed < 2**32:
        raise ValueError(f"load_data: `seed` must be a whole number from 0 to 2**32 - 1. Received: seed={seed}")
    return np.random.RandomState(seed)


def shuffled(arrays: tuple[NDArray[Any], ...], rng: np.random.RandomState) -> tuple[NDArray[Any], ...]:
    """Copy the arrays, all in the same new order.

    Keras shuffles its data sets with the legacy ``RandomState``; any other generator would give a different
    order.
    """
    order = np.arange(len(arrays[0]))
    rng.shuffle(order)
    return tuple(array[order] for array in arrays)


def shuffled_split(x: NDArray[Any], y: NDArray[Any], test_split: float, seed: int) -> tuple[Part, Part]:
    """Shuffle the samples; the first ``int(n * (1 - test_split))`` are for training, the rest for testing."""
    check_test_split(test_split)
    x, y = shuffled((x, y), seeded(seed))
    n_train = int(len(x) * (1 - test_split))
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])
