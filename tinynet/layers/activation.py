"""Activations as layers of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import activations
from tinynet.layers.base import Layer

Array = NDArray[Any]


class Activation(Layer):
    """Apply an activation function to the input: ``Dense(1)`` then ``Activation("sigmoid")``.

    Parameters
    ----------
    activation : str or ActivationFunction
        ``"relu"``, ``"sigmoid"``, ``"softmax"``, ``"tanh"``, ``"linear"``.
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

    def __init__(self, activation: str | activations.ActivationFunction, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)
        self._output = np.empty(0)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again."""
        config = super().get_config()
        if "activation" in config:
            config["activation"] = activations.serialize(self.activation)
        return config

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return activation(x)."""
        a = self.logits(x, training)
        self.activation.forward(a.reshape(-1, a.shape[-1]))
        return a

    def backward(self, dy: Array) -> Array:
        """Return the gradient with respect to x."""
        dx = self.room("dx", dy.shape, dy.dtype)
        dx[...] = dy
        self.activation.backward(self._output.reshape(-1, dy.shape[-1]), dx.reshape(-1, dy.shape[-1]))
        return dx

    def logits(self, x: Array, training: bool = False) -> Array:
        """Return what the activation is applied to: a copy of x."""
        a = self.room("a", x.shape, x.dtype) if training else np.empty_like(x)
        a[...] = x
        if training:
            self._output = a
        return a

    def backward_logits(self, dz: Array) -> Array:
        """Return the gradient with respect to x from that of the logits: the same."""
        return dz


class ReLU(Activation):
    """max(x, 0) as a layer.

    Source: https://keras.io/api/layers/activation_layers/relu/

    Examples
    --------
    >>> ReLU()([[-1.0, 2.0]])
    array([[0., 2.]], dtype=float32)
    """

    _settled = ("activation",)

    def __init__(self, **options: Any) -> None:
        super().__init__("relu", **options)


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ) as a layer.

    Examples
    --------
    >>> Sigmoid()([[0.0]])
    array([[0.5]], dtype=float32)
    """

    _settled = ("activation",)

    def __init__(self, **options: Any) -> None:
        super().__init__("sigmoid", **options)


class Softmax(Activation):
    """Probabilities from logits, along the last axis, as a layer.

    Source: https://keras.io/api/layers/activation_layers/softmax/

    Examples
    --------
    >>> Softmax()([[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    """

    _settled = ("activation",)

    def __init__(self, **options: Any) -> None:
        super().__init__("softmax", **options)
