"""What a user's function makes of samples, found out by a batch of ones."""

from __future__ import annotations

from typing import Any

import numpy as np

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
