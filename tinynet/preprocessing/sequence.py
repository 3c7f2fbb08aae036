"""Sequences of different lengths as the rows of one array: Keras's ``preprocessing.sequence``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinynet._arguments import cut, shown, whole_number
from tinynet._kinds import has_length, is_one_of
from tinynet._names import missing_from

__all__ = ["pad_sequences"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)


def pad_sequences(
    sequences: Iterable[Any],
    maxlen: int | None = None,
    dtype: DTypeLike = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> NDArray[Any]:
    """Return sequences as the rows of an array, all of the same length: cut where longer, padded where shorter.

    Parameters
    ----------
    sequences : iterable of array_like
        The sequences, such as lists of the numbers of words.
    maxlen : int, optional
        The rows' length; by default that of the longest sequence.
    dtype : default "int32"
        The array's type. ``object`` for strings of any length.
    padding : {"pre", "post"}, default "pre"
        Whether shorter sequences are padded in front or behind.
    truncating : {"pre", "post"}, default "pre"
        Whether longer sequences lose their beginning or their end.
    value : default 0
        What is padded with.

    Returns
    -------
    ndarray
        Of shape (n, maxlen), and the shape of an entry if entries are arrays.

    Raises
    ------
    ValueError
        If a sequence is none, holds what the type cannot, or has entries of another shape than those before it.

    References
    ----------
    https://keras.io/api/utils/python_utils/#padsequences-function

    Examples
    --------
    >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
    array([[0, 1],
           [2, 3],
           [5, 6]], dtype=int32)
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if not is_one_of(side, ("pre", "post")):
            raise ValueError(f'pad_sequences: `{name}` must be "pre" or "post". Received: {name}={shown(side)}')
    longest = None if maxlen is None else whole_number("pad_sequences", "maxlen", maxlen, 0)
    rows = _rows(sequences, dtype)
    entry = next((row.shape[1:] for row in rows if len(row)), ())
    if odd := [place for place, row in enumerate(rows) if len(row) and row.shape[1:] != entry]:
        raise ValueError(
            f"pad_sequences: Shape of sample {rows[odd[0]].shape[1:]} of sequence at position {odd[0]} is different "
            f"from expected shape {entry}"
        )
    length = max(map(len, rows), default=0) if longest is None else longest
    try:
        padded = np.full((len(rows), length, *entry), value, dtype)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"pad_sequences: `value` {shown(value)} is not compatible with `dtype` (`dtype` {dtype!s} is not "
            "compatible with it). For strings of any length set dtype=object."
        ) from None
    for target, row in zip(padded, rows, strict=True):
        kept = row[max(0, len(row) - length) :] if truncating == "pre" else row[:length]
        begin = length - len(kept) if padding == "pre" else 0
        target[begin : begin + len(kept)] = kept
    return padded


def _rows(sequences: Any, dtype: Any) -> list[NDArray[Any]]:
    """Return each sequence as an array of the type, or raise a ValueError that says which is none."""
    if not has_length(sequences) or not isinstance(sequences, Iterable) or isinstance(sequences, (str, bytes)):
        raise ValueError(
            f"pad_sequences: `sequences` must be iterable, a list of sequences. Received: {shown(sequences)}"
        )
    try:
        kind = np.dtype(dtype)
    except Exception:  # a name in characters that NumPy cannot read, an object that refuses
        raise ValueError(f"pad_sequences: `dtype` must be a type of NumPy's. Received: {shown(dtype)}") from None
    rows = []
    for place, sequence in enumerate(sequences):
        if not has_length(sequence):
            raise ValueError(
                "pad_sequences: `sequences` must be a list of iterables. "
                f"Found non-iterable: {cut(sequence)}, at position {place}."
            )
        try:
            row = np.asarray(sequence, dtype=kind)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"pad_sequences: the sequence at position {place} does not fit `dtype` {kind.name}: {error}. "
                f"Received: {shown(sequence)}"
            ) from None
        rows.append(row if row.ndim else np.asarray(list(sequence), dtype=kind))
    return rows
