"""What layers have in common that hand on the same numbers in another shape."""

from __future__ import annotations

from tinynet._types import Array
from tinynet.layers.base import Layer


class Reshaping(Layer):
    """Base class of layers that hand on the same numbers in another shape."""

    does_nothing = True
    keeps_words = True
    _x_shape: tuple[int, ...] = ()

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return x in the shape of the output."""
        self.require_batch(x)
        y = x.reshape(len(x), *(axis or 0 for axis in self.compute_output_shape(x.shape)[1:]))
        if self.in_training(training):
            self._x_shape, self._trained = x.shape, y.shape
        return y

    def backward(self, dy: Array) -> Array:
        """Return dy in the shape of x."""
        self.require_gradient(dy)
        return dy.reshape(self._x_shape)
