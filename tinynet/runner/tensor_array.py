"""``tf.TensorArray``: tensors that a loop writes one by one, put together at its end."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.runner.tensors import convert_to_tensor, is_followed, tensor

__all__ = ["TensorArray"]


class TensorArray:
    """A list of tensors by their numbers; what an open ``tf.GradientTape`` follows stays followed.

    Parameters
    ----------
    dtype : data type
        Of the tensors.
    size : int, default 0
        How many there are; it grows as they are written.
    **options
        TensorFlow's others, without effect.

    Examples
    --------
    >>> import tinynet
    >>> with tinynet.install_as_keras():
    ...     import tensorflow as tf
    ...     found = tf.TensorArray(tf.float32, size=2)
    ...     for i in range(2):
    ...         found = found.write(i, [i, i + 1.0])
    >>> found.stack().numpy().tolist()
    [[0.0, 1.0], [1.0, 2.0]]
    """

    def __init__(self, dtype: Any, size: Any = 0, **options: Any) -> None:
        self.dtype = np.dtype(dtype)
        self._tensors: list[Any] = [None] * int(size or 0)

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Set the tensor of a number; returns the array."""
        index = int(index)
        self._tensors += [None] * (index + 1 - len(self._tensors))
        self._tensors[index] = value if is_followed(value) else convert_to_tensor(value, self.dtype)
        return self

    def read(self, index: Any, name: str | None = None) -> Any:
        """Return the tensor of a number."""
        return self._tensors[int(index)]

    def size(self, name: str | None = None) -> Any:
        """Return how many there are."""
        return tensor(np.int32(len(self._tensors)))

    def __len__(self) -> int:
        return len(self._tensors)

    def _all(self) -> list[Any]:
        known = next((each for each in self._tensors if each is not None), np.zeros((), self.dtype))
        return [np.zeros(np.shape(known), self.dtype) if each is None else each for each in self._tensors]

    def stack(self, name: str | None = None) -> Any:
        """Return all as one tensor, along a new first axis; zeros where nothing was written."""
        return _together(np.stack, self._all())

    def concat(self, name: str | None = None) -> Any:
        """Return all as one tensor, one after the other along the first axis."""
        return _together(np.concatenate, self._all())

    def gather(self, indices: Any, name: str | None = None) -> Any:
        """Return those of some numbers as one tensor."""
        every = self._all()
        return _together(np.stack, [every[int(index)] for index in indices])

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Write the rows of a tensor; returns the array."""
        self._tensors = [value[index] for index in range(len(value))]
        return self


def _together(function: Any, tensors: list[Any]) -> Any:
    return tensor(function(tensors))  # which leaves what a tape follows as it is
