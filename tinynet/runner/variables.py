"""TensorFlow's seeds and zeros: what programs use of it that is neither an operation nor without effect."""

from __future__ import annotations

import random as python_random
from typing import Any

import numpy as np

from tinynet import config
from tinynet.runner.tensors import convert_to_tensor, picking

__all__ = ["argmax", "argmin", "ones", "set_random_seed", "set_seed", "zeros"]

argmax, argmin = picking(np.argmax, 0), picking(np.argmin, 0)


def set_seed(seed: int) -> None:
    """Seed tinynet's random numbers but not NumPy's and Python's, as ``tf.random.set_seed`` does."""
    numpy_state, python_state = np.random.get_state(), python_random.getstate()  # noqa: NPY002
    config.seed_everything(seed)
    np.random.set_state(numpy_state)  # noqa: NPY002
    python_random.setstate(python_state)


set_random_seed = set_seed


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Return an array of zeros."""
    return convert_to_tensor(np.zeros(shape, dtype or config.floatx()))


def ones(shape: Any, dtype: Any = None) -> Any:
    """Return an array of ones."""
    return convert_to_tensor(np.ones(shape, dtype or config.floatx()))
