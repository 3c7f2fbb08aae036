"""What ``keras.random`` and ``tf.random`` have."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import config
from tinynet.runner import picking
from tinynet.runner.tensors import tensor
from tinynet.runner.variables import generator_of, random_normal, random_uniform, set_seed, truncated_normal

__all__ = [
    "Generator",
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "get_global_generator",
    "normal",
    "poisson",
    "randint",
    "set_random_seed",
    "set_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]

normal, uniform, set_random_seed = random_normal, random_uniform, set_seed
SeedGenerator = np.random.default_rng


def categorical(logits: Any, num_samples: int, dtype: Any = None, seed: Any = None, name: str | None = None) -> Any:
    """Return for each row of scores the numbers of so many entries, drawn with the chances that their softmax gives."""
    scores = np.asarray(getattr(logits, "value", logits), "float64")  # of what a tape follows too
    drawn = generator_of(seed).gumbel(size=(len(scores), num_samples, scores.shape[-1]))
    return tensor((scores[:, None, :] + drawn).argmax(axis=-1).astype(dtype or "int64"))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Return an array some of whose entries are 0, and the others larger in turn: in a layer's own `call`."""
    return picking.dropout(inputs, rate, noise_shape, seed)


def _of_shape(draw: str) -> Any:
    def drawn(shape: Any, *given: Any, dtype: Any = None, seed: Any = None, **options: Any) -> Any:
        numbers = getattr(generator_of(seed), draw)(*given, **options, size=tuple(np.atleast_1d(shape)))
        return tensor(np.asarray(numbers).astype(dtype or config.floatx()))

    return drawn


beta, binomial, gamma, poisson = map(_of_shape, ("beta", "binomial", "gamma", "poisson"))


class Generator:
    """TensorFlow's generator: random numbers from a seed, or those of the program."""

    def __init__(self, rng: Any = None) -> None:
        self._rng = config.generator() if rng is None else rng

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> Generator:
        """Return a generator that begins with a seed."""
        return cls(np.random.default_rng(seed))

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """Return a generator that begins somewhere."""
        return cls(np.random.default_rng())

    def normal(self, shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, name: Any = None) -> Any:
        """Return numbers of the normal distribution."""
        return tensor(self._rng.normal(mean, stddev, tuple(shape)).astype(dtype or config.floatx()))

    def uniform(
        self, shape: Any, minval: float = 0, maxval: float | None = None, dtype: Any = None, name: Any = None
    ) -> Any:
        """Return numbers that are all equally likely; whole ones for a whole type."""
        kind = np.dtype(dtype or config.floatx())
        top = 1 if maxval is None else maxval
        draw: Any = self._rng.integers if kind.kind in "iu" else self._rng.uniform
        return tensor(draw(minval, top, tuple(shape)).astype(kind))


get_global_generator = Generator


def shuffle(x: Any, axis: int = 0, seed: Any = None, **options: Any) -> Any:
    """Return the rows in another order."""
    return tensor(generator_of(seed).permutation(np.asarray(x), axis=axis))


def randint(shape: Any, minval: int, maxval: int, dtype: str = "int32", seed: Any = None) -> Any:
    """Return whole numbers from `minval` to below `maxval`."""
    return tensor(generator_of(seed).integers(minval, maxval, shape)).astype(dtype)
