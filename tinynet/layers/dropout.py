"""Dropout: in training a random share of the numbers is left out.

Source: https://keras.io/api/layers/regularization_layers/dropout/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._types import Shape
from tinynet.formulas import Batch, Floats, Operation, Words, kernel, random
from tinynet.layers.drawing import Drawn, shared_place
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers


@kernel
def dropout_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = x·m/(1 - rate), m being 0 with the probability `rate` and else 1; y = x outside training.

    No mask is kept: for the same seed, step and place `random` gives the same number again.
    """
    if batch.training == 0:
        for i in range(x.size):
            y[i] = x[i]
    else:
        rate, first = op.options[0], batch.first * op.repeat * op.units
        scale = x.dtype.type(1.0 / (1.0 - rate) if rate < 1.0 else 0.0)
        if op.options.size == 1:
            for i in range(x.size):
                y[i] = x.dtype.type(0.0) if random(op.seed, batch.step, first + i) < rate else x[i] * scale
        else:  # with a noise_shape: along a shared axis all take the number of its first entry
            for i in range(x.size):
                place = shared_place(op, first + i)
                y[i] = x.dtype.type(0.0) if random(op.seed, batch.step, place) < rate else x[i] * scale


@kernel
def dropout_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy·m/(1 - rate), with the same m: what was left out has no say."""
    dropout_forward(op, dy, dx, batch)


class Dropout(Drawn, KernelLayer):
    """Set a share of the inputs to 0 in training, and scale the others up so that their expected sum stays.

    Parameters
    ----------
    rate : float in [0, 1]
        The share.
    noise_shape : tuple of int or None, optional
        The shape of what is drawn, the batch first: along an axis where it is 1, numbers are left out or kept together.
        ``(None, 1, None)`` leaves out the same features in all steps of a sample. Default: each by itself.
    seed : int, optional
        With a seed, the same numbers are left out in every run.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Notes
    -----
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural networks from
    overfitting", 2014.

    Examples
    --------
    >>> layer = Dropout(0.5, seed=1)
    >>> layer([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> sorted(set(layer(np.ones((1, 100)), training=True).reshape(-1).tolist()))
    [0.0, 2.0]
    """

    kernels = dropout_forward, dropout_backward
    options = ("rate",)
    onnx = "Dropout(x, rate)"
    words = Words(
        "{x}·m/(1 - {rate})",
        "Training only: m is 0 with this probability, drawn for each number, and else 1; the rest is scaled up.",
        "{dy}·m/(1 - {rate})",
        "What was left out on the way there is left out on the way back: the same m.",
    )

    fixed = ("dtype", "noise_shape")
    supports_masking = True

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(**options)
        self.rate, self.noise_shape, self.seed = rate, _checked_noise_shape(noise_shape), seed

    @checked
    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError unless the shape of what is drawn fits that of the input."""
        if self.noise_shape is None:
            return
        fits = len(self.noise_shape) == len(input_shape) and None not in input_shape[1:]
        for drawn, axis in zip(self.noise_shape[1:], input_shape[1:], strict=False):
            fits = fits and drawn in (None, 1, axis)
        if not fits:
            raise ValueError(
                f"{self.described}: `noise_shape` must have an entry for each axis of the input, which is of shape "
                f"{input_shape}: 1, or the axis's length, which None stands for. Received: "
                f"noise_shape={self.noise_shape}"
            )

    def require_batch(self, x: Any) -> None:
        """Raise a TypeError or ValueError unless `x` is a batch, of the shape that the sharing was settled for."""
        super().require_batch(x)
        if self.noise_shape is not None and x.shape[1:] != self.input_shape[1:]:
            raise ValueError(f"{self.described}: expected input of shape {self.input_shape}. Received: {x.shape}")

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations."""
        op = super().operation(inputs, repeat, is_sparse)
        if self.noise_shape is not None:  # whether samples share, then each axis's length and whether it is shared
            pairs = zip(self.input_shape[1:], self.noise_shape[1:], strict=True)
            shared = [self.noise_shape[0] == 1, *(number for axis, drawn in pairs for number in (axis, drawn == 1))]
            op.options = np.append(op.options, np.array(shared, np.float64))
        return op


def _checked_noise_shape(value: Any) -> tuple[int | None, ...] | None:
    """Return the shape of what is drawn as a tuple, or raise a ValueError in Keras's words."""
    if value is None:
        return None
    start = "Invalid value received for argument `noise_shape`. Expected"
    if not isinstance(value, (tuple, list)):
        raise ValueError(f"{start} a tuple or list of integers. Received: noise_shape={shown(value)}")
    whole = [isinstance(axis, (int, np.integer)) and not isinstance(axis, bool) for axis in value]
    if not all(axis is None or number for axis, number in zip(value, whole, strict=True)):
        raise ValueError(f"{start} all elements to be integers or None. Received: noise_shape={shown(value)}")
    if not all(axis is None or axis > 0 for axis in value):
        raise ValueError(
            f"{start} all dimensions to be positive integers or None. Received: noise_shape={shown(value)}"
        )
    return tuple(None if axis is None else int(axis) for axis in value)
