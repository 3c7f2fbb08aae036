"""Dropout: in training a random share of the numbers is left out.

Source: https://keras.io/api/layers/regularization_layers/dropout/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet._kinds import is_number
from tinynet.formulas import Batch, Floats, Operation, Words, kernel, random
from tinynet.layers.kernel_layer import KernelLayer


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
        for i in range(x.size):
            y[i] = x.dtype.type(0.0) if random(op.seed, batch.step, first + i) < rate else x[i] * scale


@kernel
def dropout_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy·m/(1 - rate), with the same m: what was left out has no say."""
    dropout_forward(op, dy, dx, batch)


class Dropout(KernelLayer):
    """Set a share of the inputs to 0 in training, and scale the others up so that their expected sum stays.

    Parameters
    ----------
    rate : float in [0, 1]
        The share.
    noise_shape : None
        Keras's; every number is left out or kept by itself.
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

    def __init__(self, rate: float, noise_shape: None = None, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        if noise_shape is not None:
            raise ValueError(f"Dropout: tinynet has no `noise_shape`. Leave it out. Received: {shown(noise_shape)}")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0):
            raise ValueError(
                f"Invalid value received for argument `seed`. Expected an integer. Received: seed={shown(seed)}"
            )
        self.rate, self.noise_shape, self.seed = rate, noise_shape, None if seed is None else int(seed)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "rate":
            if isinstance(value, bool) or not is_number(value) or not 0 <= value <= 1:
                raise ValueError(
                    f"Invalid value received for argument `rate`. Expected a float value between 0 and 1. Received: "
                    f"rate={shown(value)}"
                )
            value = float(value)
        super().__setattr__(name, value)
