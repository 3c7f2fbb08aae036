"""What a user's own loss gives back, looked at before anything is computed with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._types import Array

_ONE_NUMBER = "one number, to which sample weights cannot be applied any more."


def values(loss: Any, returned: Any, weighted: bool) -> Array:
    """Return what `call` gave as float64, of whatever shape; one number cannot be weighted any more."""
    expected = "the losses, an array of numbers, such as errors.mean(axis=-1)"
    found = _numbers(loss, "call", returned, expected)
    if weighted and not found.ndim:
        raise _wrong(ValueError, loss, "call", expected, _ONE_NUMBER)
    return found


def row_values(loss: Any, method: str, returned: Any, rows: int, weighted: bool = False) -> Array:
    """Return each row's loss, shape (rows,), from what a user's own loss gave for a batch.

    As in Keras, several values of a row are averaged, and one number is the mean over all rows. That number cannot be
    weighted any more.

    Raises
    ------
    TypeError, ValueError
        If it is neither: rows are missing, or the mean was taken over another axis.
    """
    expected = f"a loss for each of the {rows} rows, shape ({rows},), such as errors.mean(axis=-1)"
    found = _numbers(loss, method, returned, expected)
    if found.ndim == 0 and (rows == 1 or not weighted):
        return np.full(rows, found)
    if found.ndim == 0:
        raise _wrong(ValueError, loss, method, expected, _ONE_NUMBER)
    if len(found) != rows or not found.size:
        raise _wrong(ValueError, loss, method, expected, f"shape {found.shape}.")
    return found.reshape(rows, -1).mean(axis=1)  # type: ignore[no-any-return]


def gradients(loss: Any, returned: Any, p: Array) -> Array:
    """Return the gradient of each row's loss, (rows, columns), from what a user's own loss gave.

    Raises
    ------
    TypeError, ValueError
        If it has another shape. For a single column the last axis may be missing.
    """
    expected = f"the gradient of each row's loss with respect to its outputs, shape {p.shape}"
    found = _numbers(loss, "backward", returned, expected)
    if found.shape != p.shape and (*found.shape, 1) != p.shape:
        raise _wrong(ValueError, loss, "backward", expected, f"shape {found.shape}.")
    return found.reshape(p.shape)


def _numbers(loss: Any, method: str, returned: Any, expected: str) -> Array:
    """Return real numbers in float64, of whatever shape, or raise a TypeError."""
    if returned is None:
        raise _wrong(TypeError, loss, method, expected, "None: is its `return` missing?")
    try:
        found = np.asarray(returned)
    except ValueError:  # a ragged list
        found = np.empty(0, object)
    if found.dtype.kind not in "biuf":
        raise _wrong(TypeError, loss, method, expected, f"{str(returned)[:60]!r}, of type {type(returned).__name__}.")
    return found.astype(np.float64)


def _wrong(error: type[Exception], loss: Any, method: str, expected: str, found: str) -> Exception:
    return error(f"Loss '{loss.name}' ({type(loss).__name__}): `{method}` must return {expected}. It returned {found}")
