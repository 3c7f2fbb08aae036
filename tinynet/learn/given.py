"""What a person gives as an answer: numbers, or something else that may be named."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._types import Array


def has_blank(array: Any) -> bool:
    """Whether an answer, or a part of it, is the three dots of an exercise."""
    if isinstance(array, (list, tuple)):
        return any(map(has_blank, array))
    if isinstance(array, np.ndarray):
        return array.dtype == object and any(entry is ... for entry in array.flat)
    return array is ...


def no_numbers(array: Any) -> str:
    """Return the key of what an answer is, if it is no array of real numbers; empty if it is one."""
    try:
        entries = np.asarray(array)
        if entries.dtype == object and entries.size and all(entry is None for entry in entries.flat):
            return "none"
        if entries.dtype.kind in "USOM" and any(isinstance(entry, (str, bytes)) for entry in entries.flat):
            return "text"
        if np.iscomplexobj(entries):
            return "complex"
        entries.astype(float)
    except (TypeError, ValueError):
        return "text" if isinstance(array, str) else "no numbers"
    return "" if entries.dtype.kind in "biufO" else "no numbers"


def is_vector(given: tuple[int, ...], truth: tuple[int, ...]) -> bool:
    """Whether both are vectors or numbers whose shapes differ only in axes of length 1."""
    return len(truth) < 2 and tuple(n for n in given if n != 1) == tuple(n for n in truth if n != 1)


def as_numbers(array: Any) -> Array:
    """Return an answer as an array of numbers; what is masked is none."""
    masked = isinstance(array, np.ma.MaskedArray)
    return np.asarray(array.astype(float).filled(np.nan) if masked else array, dtype=np.float64)
