"""What ``keras.backend`` has besides the operations that it shares with TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.runner.tensors import concat, constant, picking
from tinynet.runner.variables import ones, zeros

__all__ = ["argmax", "argmin", "backend", "concatenate", "image_dim_ordering", "ones", "variable", "zeros"]

argmax, argmin = picking(np.argmax, -1), picking(np.argmin, -1)
variable = constant


def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Return arrays joined along an axis, by default the last."""
    return concat(tensors, axis)


def backend() -> str:
    """Return the name of the backend that programs are written for."""
    return "tensorflow"


def image_dim_ordering() -> str:
    """Return Keras 1's word for channels that come last."""
    return "tf"
