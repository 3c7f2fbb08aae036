"""Checks of arguments that belong together: lengths, batch size, validation data."""

from __future__ import annotations

import math
import operator
from numbers import Real
from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet.data import arrays
from tinynet.data.batches import gives_batches
from tinynet.data.sparse_rows import SparseRows, is_sparse
from tinynet.data.wrapping import read

Triple = tuple[Any, Any, Any]


def check_lengths(**named: Any) -> None:
    """Check that everything given has the same number of samples.

    Parameters
    ----------
    **named
        Arrays, lists or sparse matrices by the name of their argument; None is ignored.

    Raises
    ------
    ValueError
        Names each argument with its number of samples, and suggests a fix.

    Examples
    --------
    >>> check_lengths(x=[1, 2, 3], y=[1, 2, 3], sample_weight=None)
    >>> check_lengths(x=[1, 2, 3], y=[1, 2])
    Traceback (most recent call last):
      ...
    ValueError: Data cardinality is ambiguous: x has 3 samples, y has 2. Each sample needs one entry
    in each of them: check how they were loaded, sliced or split.
    """
    given = {name: value for name, value in named.items() if value is not None}
    sizes = {name: arrays.length(value, name) for name, value in given.items()}
    if len(set(sizes.values())) <= 1:
        return
    (first, n), *others = sizes.items()
    counts = ", ".join([f"{first} has {n} samples", *(f"{name} has {size}" for name, size in others)])
    fix = "Each sample needs one entry in each of them: check how they were loaded, sliced or split."
    for name, size in others:
        shape: tuple[int, ...] = getattr(given[name], "shape", ())
        of_first: tuple[int, ...] = getattr(given[first], "shape", ())
        if len(of_first) > 2 and of_first[1] == size:
            fix = (
                f"{first} has shape {of_first}: if these are {n} inputs, a Sequential has one. Put their features side "
                f"by side: np.concatenate({first}, axis=-1)."
            )
        elif size != n and shape[1:] == (n,):
            fix = f"{name} has shape {shape}, a row instead of a column: pass {name}.T."
        elif size != n and getattr(given[first], "shape", ())[1:] == (size,):
            fix = f"{first} has shape {given[first].shape}: if its rows are the features, pass {first}.T."
    raise ValueError(f"Data cardinality is ambiguous: {counts}. {fix}")


def check_batch_size(batch_size: Any) -> int:
    """Return the batch size as an int; None means 32, as in Keras.

    Raises
    ------
    ValueError
        If it is not a positive whole number.

    Examples
    --------
    >>> check_batch_size(None), check_batch_size(128)
    (32, 128)
    """
    if batch_size is None:
        return 32
    try:
        size = operator.index(batch_size)
    except TypeError:
        size = 0
    if not 1 <= size < 2**63 or isinstance(batch_size, bool):
        raise ValueError(
            f"batch_size must be a positive whole number of samples (None means 32), "
            f"received {shown(batch_size)}. Pass an int such as batch_size=32."
        )
    return size


def unpack_validation(validation_data: Any) -> Triple:
    """Return ``x_val, y_val, sample_weight_val`` of ``validation_data``; the last is None if it was left out.

    What gives batches is all of it: ``x_val``.

    Raises
    ------
    ValueError
        If it is not a tuple or list of two or three entries.
    """
    if gives_batches(validation_data):
        return validation_data, None, None
    if isinstance(validation_data, tuple | list) and len(validation_data) in (2, 3):
        x, y, *weight = validation_data
        return x, y, weight[0] if weight else None
    received = f"a {type(validation_data).__name__}"
    if isinstance(validation_data, tuple | list):
        received += f" of {len(validation_data)}"
    raise ValueError(
        "validation_data must be (x_val, y_val) or (x_val, y_val, sample_weight_val), "
        f"received {received}. Pass one of these, or validation_split=0.2 to set samples aside."
    )


def split(x: Any, y: Any, sample_weight: Any, validation_split: Any) -> tuple[Triple, Triple]:
    """Set the last samples aside for validation, before any shuffling, as Keras does.

    Parameters
    ----------
    x, y, sample_weight : array-like, sparse matrix or None
        All of the same length. They are sliced, so arrays yield views, not copies.
    validation_split : float
        The fraction to set aside, above 0 and below 1. The first ``floor(n * (1 - validation_split))`` samples
        are for training.

    Returns
    -------
    tuple
        ``(x, y, sample_weight)`` to train on, then the same for validation.

    Raises
    ------
    ValueError
        If the lengths differ, the fraction is out of range, or either side would be left without samples.

    Examples
    --------
    >>> split([1, 2, 3, 4], [0, 1, 0, 1], None, 0.25)
    (([1, 2, 3], [0, 1, 0], None), ([4], [1], None))
    """
    is_number = isinstance(validation_split, Real | np.bool_) and not isinstance(validation_split, bool | np.bool_)
    share = float(validation_split) if is_number else math.nan
    if not 0 < share < 1:
        raise ValueError(
            "validation_split must be the part of the samples to validate on, above 0 and below 1 "
            f"(0.2 for the last fifth), received {shown(validation_split)}."
        )
    check_lengths(x=x, y=y, sample_weight=sample_weight)
    n = arrays.length(x, "x")
    at = math.floor(n * (1 - share))
    if not 0 < at < n:
        raise ValueError(
            f"validation_split={validation_split} of {n} sample{'s' * (n != 1)} leaves "
            f"{'none to train on' if at == 0 else 'none to validate on'}. "
            "Pass more samples, another validation_split, or your own validation_data."
        )
    (x, x_val), (y, y_val), (w, w_val) = (
        _cut(value, at, name) for name, value in (("x", x), ("y", y), ("sample_weight", sample_weight))
    )
    return (x, y, w), (x_val, y_val, w_val)


def _cut(value: Any, at: int, argument: str) -> tuple[Any, Any]:
    """Slice by position: pandas by ``iloc``, and every sparse format as rows."""
    if value is None:
        return None, None
    by_position = read(value, argument) if is_sparse(value) else getattr(value, "iloc", value)
    if isinstance(by_position, SparseRows):
        return by_position.part(0, at), by_position.part(at, by_position.shape[0])
    return by_position[:at], by_position[at:]
