"""What a user's own loss gives back, looked at before anything is computed with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import answers
from tinynet._types import Array

_ONE_NUMBER = "one number, to which sample weights cannot be applied any more."


def values(loss: Any, returned: Any, weighted: bool) -> Array:
    """Return what `call` gave as float64, of whatever shape; one number cannot be weighted any more."""
    expected = "the losses, an array of numbers, such as errors.mean(axis=-1)"
    found = answers.numbers(answers.called("Loss", loss), "call", returned, expected)
    if weighted and not found.ndim:
        raise ValueError(answers.message(answers.called("Loss", loss), "call", expected, _ONE_NUMBER))
    return found.astype(np.float64)


def row_values(loss: Any, method: str, returned: Any, rows: int, weighted: bool = False) -> Array:
    """Return each row's loss in float64, shape (rows,), from what a user's own loss gave for a batch.

    As in Keras, several values of a row are averaged, and one number is the mean over all rows. That number cannot be
    weighted any more.

    Raises
    ------
    TypeError, ValueError
        If it is neither: rows are missing, or the mean was taken over another axis.
    """
    expected = f"a loss for each of the {rows} rows, shape ({rows},), such as errors.mean(axis=-1)"
    found = answers.numbers(answers.called("Loss", loss), method, returned, expected)
    if found.ndim == 0 and (rows == 1 or not weighted):
        return np.full(rows, found, np.float64)
    if found.ndim == 0 or len(found) != rows or not found.size:
        came = f"shape {found.shape}." if found.ndim else _ONE_NUMBER
        raise ValueError(answers.message(answers.called("Loss", loss), method, expected, came))
    return found.astype(np.float64).reshape(rows, -1).mean(axis=1)  # type: ignore[no-any-return]


def gradients(loss: Any, returned: Any, p: Array) -> Array:
    """Return the gradient of each row's loss, (rows, columns), from what a user's own loss gave.

    Raises
    ------
    TypeError, ValueError
        If it has another shape. For a single column the last axis may be missing.
    """
    of = ", the gradient of each row's loss with respect to that row's outputs"
    found = answers.numbers(answers.called("Loss", loss), "backward", returned, f"an array of shape {p.shape}{of}")
    if found.shape == (len(p),) and p.shape[1] == 1:
        found = found[:, None]
    return answers.array(answers.called("Loss", loss), "backward", found, p.shape, p.dtype, of)
