"""Small made-up data sets: points on a plane, two numbers a sample, to look at what a network learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet._arguments import shown, whole_number
from tinynet.datasets._split import Part, seeded, shuffled_split

#: Places each sample by its class, with a generator to draw from; an array (n, 2).
Placing = Callable[[NDArray[Any], np.random.RandomState], NDArray[Any]]


def made(
    place: Placing, n_samples: int, noise: float, test_split: float, seed: int, classes: int = 2
) -> tuple[Part, Part]:
    """Make as many samples of each class as possible, move each by the noise, and split them."""
    whole_number("load_data", "n_samples", n_samples)
    if not 0 <= noise < np.inf:
        raise ValueError(f"load_data: `noise` must be at least 0 and finite. Received: noise={shown(noise)}")
    rng = seeded(seed)
    y = np.arange(n_samples) % classes
    x = place(y, rng) + noise * rng.normal(size=(n_samples, 2))
    return shuffled_split(x.astype(np.float32), y, test_split, seed)


def on_circle(angle: NDArray[Any], radius: Any) -> NDArray[Any]:
    """Return the points at these angles and distances from the origin."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
