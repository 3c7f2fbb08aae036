"""An activation as a layer of its own."""

from __future__ import annotations

import numpy as np

from tinynet._types import Array
from tinynet.kernels.dense import pass_backward, pass_forward
from tinynet.layers.activated import Activated


class Activation(Activated):
    """Apply an activation function to the input: ``Dense(1)`` then ``Activation("sigmoid")``.

    Parameters
    ----------
    activation : str or ActivationFunction
        ``"relu"``, ``"sigmoid"``, ``"softmax"`` and so on (see `tinynet.activations`).
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Notes
    -----
    Source: https://keras.io/api/layers/core_layers/activation/

    Examples
    --------
    >>> Activation("relu")([[-1.0, 2.0]])
    array([[0., 2.]], dtype=float32)
    """

    kernels = pass_forward, pass_backward
    onnx = "x"
    only_activates = True

    def sums(self, x: Array, training: bool = False) -> Array:
        """Return what the activation is applied to: a copy of x."""
        self.require_batch(x)
        training = self.in_training(training)
        a = self.room("a", x.shape, x.dtype) if training else np.empty_like(x)
        a[...] = x
        if training:
            self._trained = a.shape
        return a

    def backward_sums(self, dz: Array) -> Array:
        """Return the gradient with respect to x from that of the sums: the same."""
        return dz
