"""Layers that end in an activation function: a weighted sum, or the input itself, and then the function."""

from __future__ import annotations

from math import prod
from typing import Any, Unpack

import numpy as np

from tinynet import activations
from tinynet._arguments import shown
from tinynet._types import Array
from tinynet.layers.base import Layer
from tinynet.layers.keywords import OfLayers


class Activated(Layer):
    """Base class of layers with an activation.

    A subclass says what the activation is applied to (`sums`), and what becomes of the gradient of that
    (`backward_sums`). The two are apart because a loss that is fused with the last activation starts from the sums.
    """

    supports_masking = True
    activation: activations.ActivationFunction
    _sums = _output = np.empty((0, 0))

    def __init__(self, activation: Any, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        self.activation = activation

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, activations.get(value) if name == "activation" else value)

    def sums(self, x: Any, training: bool = False) -> Array:
        """Return what the activation is applied to, as an array that the caller may write to."""
        raise NotImplementedError

    def backward_sums(self, dz: Array) -> Array:
        """The same as `backward`, from the gradient of the sums."""
        raise NotImplementedError

    def forward(self, x: Any, training: bool = False) -> Array:
        """Return the activation of the sums."""
        training = self.in_training(training)
        return self.activate(self.sums(x, training), training)

    def activate(self, z: Array, training: bool = False) -> Array:
        """Turn the sums into activations, in place, and return them."""
        types = [self.dtype] if self.dtype else ["float32", "float64"]
        if not isinstance(z, np.ndarray) or not z.ndim or z.dtype not in types or not z.flags.carray:
            raise TypeError(
                f"{self.described}: `activate` takes a C-contiguous array of sums of {' or '.join(types)}, which it "
                f"changes. Received: {shown(z)}"
            )
        rows = z.reshape(prod(z.shape[:-1]), z.shape[-1])  # of no length, too
        if self.in_training(training):
            self._sums = self._kept(rows) if self.activation.takes_sums else rows[:0]
            self._output = rows
        self.activation.forward(rows)
        return z

    def backward(self, dy: Array) -> Array:
        """Set the parameters' gradients, return the input's."""
        return self.backward_sums(self.through_activation(dy))

    def through_activation(self, dy: Array) -> Array:
        """Return the gradient of the sums for that of the outputs."""
        self.require_gradient(dy)
        dz = self.room("dz", (prod(dy.shape[:-1]), dy.shape[-1]), dy.dtype)
        dz[...] = dy.reshape(dz.shape)  # a copy: `dy` belongs to the caller
        self.activation.backward(*self.activation.backward_arguments(self._sums, self._output, dz))
        return dz.reshape(dy.shape)

    def _kept(self, rows: Array) -> Array:
        kept = self.room("sums", rows.shape, rows.dtype)
        kept[...] = rows
        return kept

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without its weights."""
        config = super().get_config()
        if "activation" in config:
            config["activation"] = activations.serialize(self.activation)
        return config
