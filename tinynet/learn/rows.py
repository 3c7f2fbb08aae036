"""Some rows of what a user passes as samples or targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._types import Array


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
