"""The few global settings that Keras has: the float type and the random generator."""

from __future__ import annotations

import os
import sys
from typing import Any, TypeGuard

import numpy as np

from tinynet._arguments import shown

_floatx = "float32"
#: None until something is drawn: NumPy's random numbers take as long to import as half of NumPy.
_generator: np.random.Generator | None = None
_seeded = False


def floatx() -> str:
    """Return the float type of weights and computations: ``"float32"`` unless it was set.

    Source: https://keras.io/api/utils/config_utils/

    Examples
    --------
    >>> floatx()
    'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Set the float type that layers built from now on use.

    Parameters
    ----------
    value : {"float32", "float64"}
        ``"float64"`` is half as fast, and what gradient checks and comparisons to 1e-12 need.

    Raises
    ------
    ValueError
        For any other type.

    Examples
    --------
    >>> set_floatx("float64")
    >>> floatx()
    'float64'
    >>> set_floatx("float32")
    """
    global _floatx
    name = getattr(value, "__name__", getattr(value, "name", value))  # np.float64, or a dtype
    if not isinstance(name, str) or name not in ("float32", "float64"):
        raise ValueError(f"set_floatx: expected 'float32' or 'float64'. Received: {shown(value)}")
    _floatx = name


def epsilon() -> float:
    """Return the small number by which losses clip bare probabilities: 1e-7, as in Keras.

    Examples
    --------
    >>> epsilon()
    1e-07
    """
    return 1e-7


def generator() -> np.random.Generator:
    """Return the generator from which initializers and models draw their seeds."""
    global _generator
    if _generator is None:
        _generator = np.random.default_rng()
    return _generator


def is_generator(value: object) -> TypeGuard[np.random.Generator]:
    """Return whether this is a generator of NumPy's."""
    return "numpy.random" in sys.modules and isinstance(value, np.random.Generator)


def as_before_drawing() -> tuple[Any, ...]:
    """Return the call that puts the generator back where it is now, for `_whole.all_or_nothing`."""
    if _generator is None:
        return globals().__setitem__, "_generator", None
    bits = _generator.bit_generator
    return setattr, bits, "state", bits.state


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and tinynet's generators (the work behind ``utils.set_random_seed``)."""
    global _generator, _seeded
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"set_random_seed: expected `seed` to be an integer. Received: {shown(seed)}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"set_random_seed: expected `seed` to be between 0 and 2**32 - 1. Received: {shown(seed)}")
    import random

    random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002  as Keras does: programs draw their data from it
    _generator, _seeded = np.random.default_rng(int(seed)), True


def _renew_generator() -> None:
    """Let a forked process draw numbers of its own, unless a seed was set: then each child draws the same ones."""
    global _generator
    if not _seeded:
        _generator = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_generator)
