"""Numbers that programs written for Keras treat as tensors: a loss, a metric's result, a learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import config


class TensorLike:
    """What a number answers that a tensor would be asked: its shape, its type, itself as NumPy's."""

    #: The type that Keras would have it in; "" for `floatx`.
    _dtype = ""
    shape: tuple[int, ...] = ()

    @property
    def dtype(self) -> str:
        """Type of the number as a tensor."""
        return self._dtype or config.floatx()

    def numpy(self) -> Any:
        """Return the number as NumPy's."""
        return np.asarray(self, self.dtype)[()]


class Result(TensorLike, float):
    """A float that was computed from data.

    Examples
    --------
    >>> loss = Result(0.25)
    >>> loss, loss.numpy(), loss.dtype
    (0.25, np.float32(0.25), 'float32')
    """

    def __new__(cls, value: float, dtype: str = "") -> Result:
        made = super().__new__(cls, value)
        made._dtype = dtype
        return made

    def __reduce__(self) -> Any:
        return Result, (float(self), self._dtype)
