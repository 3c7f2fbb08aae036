"""Some rows of what a user passes as samples or targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import data
from tinynet._types import Array


def check_rows(owner: str, x: Any, y: Any) -> None:
    """Raise a TypeError for what gives batches, which can be gone through only once, and for missing targets."""
    fix = f"Pass some of the samples: model.fit(batches, callbacks=[tinynet.learn.{owner}(x[:100], y[:100])])."
    if data.gives_batches(x):
        raise TypeError(
            f"{owner}: expected arrays x and y, to look at the same samples after every epoch. Received: x gives "
            f"batches ({type(x).__name__}). {fix}"
        )
    if y is None:
        raise TypeError(f"{owner}: `y` is missing: each of the samples needs its target. {fix}")


def some_rows(value: Any, most: int) -> Any:
    """Return at most so many rows, evenly spread, of an array, a table, a sparse matrix or a list."""
    n = value.shape[0] if hasattr(value, "shape") else len(value)
    places: Array = np.unique(np.linspace(0, n - 1, min(n, most)).astype(int))
    if hasattr(value, "iloc"):
        return value.iloc[places]
    if hasattr(value, "tocsr"):
        return value.tocsr()[places]
    return np.asarray(value)[places]


def as_numbers(value: Any) -> Array:
    """Return rows as an array of doubles."""
    return np.asarray(value.toarray() if hasattr(value, "toarray") else value, float)
