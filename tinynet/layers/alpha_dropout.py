"""Alpha dropout: in training a random share of the numbers goes where SELU ends, and mean and variance stay.

Source: https://keras.io/api/layers/regularization_layers/alpha_dropout/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from tinynet.formulas import Batch, Floats, Operation, Scalar, Words, formula, kernel, random, sqrt
from tinynet.layers.drawing import shared_place
from tinynet.layers.dropout import Dropout
from tinynet.layers.keywords import OfLayers

#: Where SELU ends for very negative numbers: -1.0507009873554805·1.6732632423543772.
LEAST = -1.0507009873554805 * 1.6732632423543772


@formula
def alpha_factor(rate: Scalar) -> Scalar:
    """a = 1/√((1 - rate)·(1 + rate·LEAST²)): brings the variance back to 1."""
    return 1.0 / sqrt((1.0 - rate) * (1.0 + rate * LEAST * LEAST))


@formula
def alpha_offset(rate: Scalar) -> Scalar:
    """b = -a·rate·LEAST: brings the mean back to 0."""
    return -alpha_factor(rate) * LEAST * rate


@kernel
def alpha_dropout_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = a·(x·m + LEAST·(1 - m)) + b, m being 0 with the probability `rate` and else 1; y = x outside training."""
    rate, first, T = op.options[0], batch.first * op.repeat * op.units, x.dtype.type
    if batch.training == 0 or rate == 0.0:
        for i in range(x.size):
            y[i] = x[i]
    else:
        factor, offset = T(alpha_factor(rate)), T(alpha_offset(rate))
        for i in range(x.size):
            place = first + i if op.options.size == 1 else shared_place(op, first + i)
            y[i] = factor * (T(LEAST) if random(op.seed, batch.step, place) < rate else x[i]) + offset


@kernel
def alpha_dropout_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = a·m·dy, with the same m: what was replaced has no say."""
    rate, first, T = op.options[0], batch.first * op.repeat * op.units, x.dtype.type
    factor = T(alpha_factor(rate))
    for i in range(dy.size):
        place = first + i if op.options.size == 1 else shared_place(op, first + i)
        dx[i] = T(0.0) if random(op.seed, batch.step, place) < rate else factor * dy[i]


class AlphaDropout(Dropout):
    """Set a share of the inputs in training to where SELU ends, and move all so that mean and variance stay.

    Parameters
    ----------
    rate : float in [0, 1)
        The share.
    noise_shape : tuple of int or None, optional
        The shape of what is drawn, as for `Dropout`.
    seed : int, optional
        With a seed, the same numbers are replaced in every run.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If the rate is out of range, or the seed no whole number of at least 0. Keras takes a rate of 1 and fails in
        training.

    Notes
    -----
    Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", 2017. It belongs behind layers
    with ``activation="selu"`` and ``kernel_initializer="lecun_normal"``.

    Examples
    --------
    >>> import numpy as np
    >>> layer = AlphaDropout(0.5, seed=1)
    >>> layer([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> np.unique(layer(np.ones((1, 100)), training=True)).round(2)
    array([-0.78,  1.67], dtype=float32)
    """

    kernels = alpha_dropout_forward, alpha_dropout_backward
    onnx = "x"
    words = Words(
        "{factor}·({x}·m + {least}·(1 - m)) + {offset}",
        "Training only: m is 0 with the probability `rate`, drawn for each number, and else 1. What is left out goes "
        "where SELU ends; factor and offset bring mean and variance back to 0 and 1.",
        "{factor}·{dy}·m",
        "What was replaced on the way there has no say on the way back: the same m",
    )
    may_be_whole = False
    least = LEAST

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(rate, noise_shape, seed, **options)

    @property
    def factor(self) -> float:
        """What everything is multiplied by in training."""
        return float(alpha_factor(self.rate))

    @property
    def offset(self) -> float:
        """What is added then."""
        return float(alpha_offset(self.rate))
