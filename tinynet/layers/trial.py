"""What a user's function makes of samples: one array, whose shape is found out by a batch of ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import answers
from tinynet._types import Array, Shape

#: So many samples are tried.
SAMPLES = 2


def ones_of(shape: Shape, dtype: Any, samples: int = SAMPLES) -> Array:
    """Return a batch of ones of a shape, whose first axis is the batch; axes of unknown length are 1 long.

    Examples
    --------
    >>> ones_of((None, None, 3), "float32").shape
    (2, 1, 3)
    """
    return np.ones((samples, *(axis or 1 for axis in shape[1:])), dtype)


def require_entries(whose: str, method: str, found: tuple[int, ...], *given: tuple[int, ...]) -> None:
    """Raise a ValueError unless a batch has become an entry for each of its samples; shapes are given and found."""
    if found[:1] != (SAMPLES,):
        raise ValueError(
            f"{whose}: `{method}` must return an entry for each sample of the batch. Of "
            f"{' and '.join(map(str, given))} it made {found}."
        )


def no_shape(whose: str, given: str, error: Exception) -> ValueError:
    """Return what is said where a user's function cannot compute what it was tried with."""
    said = str(error).rstrip(".")
    return ValueError(
        f"{whose}: the function cannot compute {given}, by which the shape of its output is found out: "
        f"{type(error).__name__}: {said}. Say it with `output_shape`."
    )


def one_array(whose: str, method: str, found: Any) -> Array:
    """Return what a user's function made of a batch, or raise a TypeError or ValueError unless it is one array.

    Examples
    --------
    >>> one_array("Layer 'pair'", "call", (np.ones((2, 3)), np.ones((2, 1))))
    Traceback (most recent call last):
        ...
    TypeError: Layer 'pair': `call` returns 2 arrays. A layer gives one here: concatenate them, or make a layer of each.
    """
    if isinstance(found, (list, tuple)) and any(getattr(each, "ndim", 0) > 0 for each in found):
        raise TypeError(
            f"{whose}: `{method}` returns {len(found)} arrays. A layer gives one here: concatenate them, or make a "
            "layer of each."
        )
    return answers.numbers(whose, method, found, "an array")
