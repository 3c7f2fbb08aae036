"""What ``keras.random`` and ``tf.random`` have."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.runner.tensors import tensor
from tinynet.runner.variables import generator_of, random_normal, random_uniform, set_seed, truncated_normal

__all__ = [
    "SeedGenerator",
    "normal",
    "randint",
    "set_random_seed",
    "set_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]

normal, uniform, set_random_seed = random_normal, random_uniform, set_seed
SeedGenerator = np.random.default_rng


def shuffle(x: Any, axis: int = 0, seed: Any = None, **options: Any) -> Any:
    """Return the rows in another order."""
    return tensor(generator_of(seed).permutation(np.asarray(x), axis=axis))


def randint(shape: Any, minval: int, maxval: int, dtype: str = "int32", seed: Any = None) -> Any:
    """Return whole numbers from `minval` to below `maxval`."""
    return tensor(generator_of(seed).integers(minval, maxval, shape)).astype(dtype)
