"""Gaussian noise: in training something is added to each number.

Source: https://keras.io/api/layers/regularization_layers/gaussian_noise/
"""

from __future__ import annotations

from typing import Unpack

from tinynet.formulas import Batch, Floats, Operation, Words, kernel
from tinynet.layers.drawing import Drawn, normal
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers


@kernel
def gaussian_noise_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = x + stddev·n, n being drawn from a normal distribution for each number; y = x outside training."""
    if batch.training == 0:
        for i in range(x.size):
            y[i] = x[i]
    else:
        stddev, first = op.options[0], batch.first * op.repeat * op.units
        for i in range(x.size):
            y[i] = x[i] + x.dtype.type(stddev * normal(op.seed, batch.step, first + i))


@kernel
def gaussian_noise_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy: what is added does not depend on x."""
    for i in range(dy.size):
        dx[i] = dy[i]


class GaussianNoise(Drawn, KernelLayer):
    """Add numbers of a normal distribution, of mean 0, to the inputs in training.

    Parameters
    ----------
    stddev : float in [0, 1]
        The distribution's standard deviation.
    seed : int, optional
        With a seed, the same numbers are added in every run.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If the deviation is out of range, or the seed no whole number of at least 0.

    Notes
    -----
    Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995.

    Examples
    --------
    >>> import numpy as np
    >>> layer = GaussianNoise(0.5, seed=1)
    >>> layer([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> round(float(layer(np.zeros((100, 100)), training=True).std()), 1)
    0.5
    """

    kernels = gaussian_noise_forward, gaussian_noise_backward
    options = ("stddev",)
    onnx = "x"
    words = Words(
        "{x} + {stddev}·n",
        "Training only: n is drawn for each number, from a normal distribution. The network must not rely on details.",
        "{dy}",
        "What was added does not depend on the input",
    )
    supports_masking = True

    def __init__(self, stddev: float, seed: int | None = None, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        self.stddev, self.seed = stddev, seed
