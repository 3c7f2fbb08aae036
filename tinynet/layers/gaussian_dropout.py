"""Gaussian dropout: in training each number is multiplied by one around 1.

Source: https://keras.io/api/layers/regularization_layers/gaussian_dropout/
"""

from __future__ import annotations

from typing import Unpack

from tinynet.formulas import Batch, Floats, Operation, Words, kernel, sqrt
from tinynet.layers.drawing import Drawn, normal
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers


@kernel
def gaussian_dropout_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = x·(1 + √(rate/(1 - rate))·n), n being drawn from a normal distribution; y = x outside training.

    The factor has the mean and the variance that dropout's, 0 or 1/(1 - rate), has.
    """
    if batch.training == 0:
        for i in range(x.size):
            y[i] = x[i]
    else:
        spread, first = sqrt(op.options[0] / (1.0 - op.options[0])), batch.first * op.repeat * op.units
        for i in range(x.size):
            y[i] = x[i] * x.dtype.type(1.0 + spread * normal(op.seed, batch.step, first + i))


@kernel
def gaussian_dropout_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy·(1 + √(rate/(1 - rate))·n), with the same n."""
    gaussian_dropout_forward(op, dy, dx, batch)


class GaussianDropout(Drawn, KernelLayer):
    """Multiply the inputs by numbers of a normal distribution, of mean 1, in training.

    Parameters
    ----------
    rate : float in [0, 1)
        The distribution's variance is rate/(1 - rate), as that of the factors of a `Dropout` of this rate.
    seed : int, optional
        With a seed, the same numbers are drawn in every run.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If the rate is out of range, or the seed no whole number of at least 0. Keras takes a rate of 1 and fails in
        training.

    Notes
    -----
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural networks from
    overfitting", 2014, section 10.

    Examples
    --------
    >>> import numpy as np
    >>> layer = GaussianDropout(0.2, seed=1)
    >>> layer([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> round(float(layer(np.ones((100, 100)), training=True).std()), 1)
    0.5
    """

    kernels = gaussian_dropout_forward, gaussian_dropout_backward
    options = ("rate",)
    onnx = "x"
    words = Words(
        "{x}·(1 + √({rate}/(1 - {rate}))·n)",
        "Training only: n is drawn for each number, from a normal distribution. The factor varies as dropout's does.",
        "{dy}·(1 + √({rate}/(1 - {rate}))·n)",
        "The slope is the factor, with the same n",
    )
    supports_masking = True
    may_be_whole = False

    def __init__(self, rate: float, seed: int | None = None, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        self.rate, self.seed = rate, seed
