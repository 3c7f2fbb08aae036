"""The gradient of a user's own `call` of (y_true, y_pred), which a tape follows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import tape
from tinynet._types import Array
from tinynet.losses import answers

#: What a loss without a gradient is told.
CANNOT_TRAIN = (
    "has no gradient to train with. Compute in `call` with NumPy's, TensorFlow's or Keras's functions, which are "
    "differentiated; or give it `backward(self, y, p)`, which returns the gradient of each row's loss with respect to "
    "that row's outputs, shape (N, columns): 2·(p - y)/columns for squared errors that are averaged over the columns."
)


def gradient(loss: Any, y: Array, p: Array) -> Array:
    """Return the gradient of each row's loss, (rows, columns), or raise a TypeError if a tape cannot follow `call`."""
    given = tape.Taped(p)
    try:
        return gradient_of(losses(loss, y, given), given)
    except TypeError as error:
        if tape.raised_by_user(error):
            raise
        raise TypeError(f"{type(loss).__name__} {CANNOT_TRAIN} ({error})") from error


def by_itself(loss: Any, y: Any, p: Any) -> Any:
    """Return what `call` makes of copies, without a tape."""
    return loss.call(tape.unshared(y), tape.unshared(p))


def losses(loss: Any, y: Array, p: tape.Taped) -> tape.Taped:
    """Return the losses of predictions on a tape, of each row or all, or raise what `call` raises there."""
    found = loss.call(y.copy(), p)
    if not isinstance(found, tape.Taped):
        raise tape.NotFollowedError("what it returns does not depend on the predictions by what a tape follows.")
    answers.row_values(loss, "call", found.value, len(p))  # raises for another shape
    return found


def gradient_of(found: tape.Taped, p: tape.Taped) -> Array:
    """Return the gradient of each row's loss with respect to the predictions that it comes from, (rows, columns)."""
    share = len(p) if found.ndim == 0 else len(found) / found.size  # one number is the mean over all rows
    return tape.gradients(found, np.full(found.shape, share, p.dtype), [p])[0]
