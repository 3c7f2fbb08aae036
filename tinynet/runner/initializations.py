"""Keras 1's ``keras.initializations``: functions of a shape, which return a variable."""

from __future__ import annotations

from typing import Any

from tinynet import initializers
from tinynet.runner.variables import Variable

__all__ = [
    *("get", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_uniform", "normal"),
    *("one", "orthogonal", "uniform", "zero"),
]

get = initializers.get


def uniform(shape: Any, scale: float = 0.05, name: str | None = None, **options: Any) -> Any:
    """Return numbers between ``-scale`` and ``scale``."""
    return Variable(initializers.RandomUniform(-scale, scale)(tuple(shape)), name=name)


def normal(shape: Any, scale: float = 0.05, name: str | None = None, **options: Any) -> Any:
    """Return numbers of the normal distribution, with the deviation `scale`."""
    return Variable(initializers.RandomNormal(stddev=scale)(tuple(shape)), name=name)


def orthogonal(shape: Any, scale: float = 1.1, name: str | None = None, **options: Any) -> Any:
    """Return orthogonal columns or rows, `scale` times as long as 1."""
    return Variable(initializers.Orthogonal(gain=scale)(tuple(shape)), name=name)


def identity(shape: Any, scale: float = 1.0, name: str | None = None, **options: Any) -> Any:
    """Return `scale` along the diagonal."""
    return Variable(initializers.Identity(gain=scale)(tuple(shape)), name=name)


def _of(initializer: Any) -> Any:
    def drawn(shape: Any, name: str | None = None, **options: Any) -> Any:
        return Variable(initializer()(tuple(shape)), name=name)

    return drawn


lecun_uniform, glorot_normal, glorot_uniform = map(
    _of, (initializers.LecunUniform, initializers.GlorotNormal, initializers.GlorotUniform)
)
he_normal, he_uniform, zero, one = map(
    _of, (initializers.HeNormal, initializers.HeUniform, initializers.Zeros, initializers.Ones)
)
