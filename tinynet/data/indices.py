"""Samples that are numbers of something, of words for instance: whole ones, in their range."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinynet._types import Array
from tinynet.data.features import Features


def check_indices(pieces: Iterable[Array], limit: int, layer: str, argument: str = "x") -> None:
    """Check that all numbers are whole ones from 0 to below a limit.

    Parameters
    ----------
    pieces : iterable of ndarray
        The numbers, in one array or several.
    limit : int
        How many there are.
    layer : str
        What messages call the layer that takes them.
    argument : str, default "x"
        What messages call the numbers.

    Raises
    ------
    ValueError
        Names the layer, the largest number (or the smallest, if it is below 0), and the likely fix.

    Examples
    --------
    >>> check_indices([np.array([0, 3])], 3, "Layer 'embedding' (Embedding)")
    Traceback (most recent call last):
        ...
    ValueError: Layer 'embedding' (Embedding) takes whole numbers from 0 to 2. Received: x holds 3, the largest. Make
    the layer for 4, or leave such numbers out, as num_words=3 does when data sets are loaded.
    """
    low, high, whole = 0.0, 0.0, True
    for piece in pieces:
        low, high = min(low, float(piece.min())), max(high, float(piece.max()))
        whole = (
            whole and not np.isnan(piece.max()) and (piece.dtype.kind in "iub" or bool((piece == np.rint(piece)).all()))
        )
    takes = f"{layer} takes whole numbers from 0 to {limit - 1}. Received:"
    if not whole:
        raise ValueError(
            f"{takes} {argument} holds others. Numbers of words must not be scaled or averaged; for quantities begin "
            "the model with a Dense layer."
        )
    if low < 0:
        raise ValueError(f"{takes} {argument} holds {low:.0f}, the smallest.")
    if high >= limit:
        raise ValueError(
            f"{takes} {argument} holds {high:.0f}, the largest. Make the layer for {high + 1:.0f}, or leave such "
            f"numbers out, as num_words={limit} does when data sets are loaded."
        )


def pieces_of(features: Features) -> Iterable[Array]:
    """Yield samples, so many at a time as may be taken at once."""
    for start in range(0, features.n, features.rows_per_chunk):
        yield features.take(slice(start, start + features.rows_per_chunk))
