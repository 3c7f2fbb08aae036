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
    """Return the gradient of each row's loss, (rows, columns), or raise what `call` raises on a tape."""
    given = tape.Taped(p)
    found = loss.call(y.copy(), given)
    if not isinstance(found, tape.Taped):
        raise tape.NotFollowedError("what it returns does not depend on the predictions by what a tape follows.")
    answers.row_values(loss, "call", found.value, len(p))  # raises for another shape
    share = len(p) if found.ndim == 0 else len(found) / found.size  # one number is the mean over all rows
    return tape.gradients(found, np.full(found.shape, share, p.dtype), [given])[0]
