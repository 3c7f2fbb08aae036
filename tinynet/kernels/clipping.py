"""What is done with all gradients or weights before an optimizer's formula: clipping, and weight decay.

The vector of an optimizer's numbers begins with the five that every optimizer has.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.kernels.machine.jit import Doubles, Floats, Integers, Scalar, formula, inner, kernel
from tinynet.kernels.machine.views import span

#: Places in the vector of an optimizer's numbers.
LEARNING_RATE, WEIGHT_DECAY, CLIPNORM, GLOBAL_CLIPNORM, CLIPVALUE = range(5)
#: What float64 numbers are scaled by where their squares would be infinite.
SMALL = 2.0**-600


@formula
def weight_decay(w: Scalar, decay: Scalar, learning_rate: Scalar) -> Scalar:
    """w - w·decay·lr: weights shrink a little in every step, apart from the gradient."""
    return w - w * decay * learning_rate


@formula
def clip_value(g: Scalar, limit: Scalar) -> Scalar:
    """g kept in [-limit, limit]."""
    return -limit if g < -limit else (limit if g > limit else g)


@formula
def clip_factor(norm: Scalar, limit: Scalar) -> Scalar:
    """What a gradient of that norm is multiplied by to have at most the norm `limit`: limit/max(norm, limit).

    A norm that is NaN makes everything NaN, as in Keras.
    """
    return 1.0 if norm <= limit else limit / norm


@kernel
def decay_weights(w: Floats, numbers: Doubles) -> None:
    """Let every weight shrink."""
    decay, learning_rate = w.dtype.type(numbers[WEIGHT_DECAY]), w.dtype.type(numbers[LEARNING_RATE])
    for i in range(w.size):
        w[i] = weight_decay(w[i], decay, learning_rate)


@kernel
def clip_gradients(gradients: Floats, segments: Integers, numbers: Doubles) -> None:
    """Clip the gradients of the segments (start, stop) by the first given of clipnorm, global_clipnorm, clipvalue."""
    clipnorm, global_clipnorm, clipvalue = numbers[CLIPNORM], numbers[GLOBAL_CLIPNORM], numbers[CLIPVALUE]
    if clipnorm > 0:
        for s in range(0, segments.size, 2):
            _shorten(gradients, segments, s, s + 2, clipnorm)
    elif global_clipnorm > 0:
        _shorten(gradients, segments, 0, segments.size, global_clipnorm)
    elif clipvalue > 0:
        bound = gradients.dtype.type(clipvalue)
        for s in range(0, segments.size, 2):
            for i in range(segments[s], segments[s + 1]):
                gradients[i] = clip_value(gradients[i], bound)


@inner
def _shorten(gradients: Any, segments: Any, first: int, last: int, limit: float) -> None:
    """Give the gradients of the segments' starts and stops first…last, together, at most the norm `limit`."""
    scale = 1.0
    total = _sum_of_squares(gradients, segments, first, last, scale)
    if total == np.inf:
        scale = SMALL
        total = _sum_of_squares(gradients, segments, first, last, scale)
    factor = clip_factor(total**0.5, limit * scale)
    if factor != 1.0:
        for s in range(first, last, 2):
            gradient = span(gradients, segments[s], segments[s + 1])
            for i in range(gradient.size):  # in float64: the factor may be smaller than any float32
                gradient[i] = gradient.dtype.type(float(gradient[i]) * factor)


@inner
def _sum_of_squares(gradients: Any, segments: Any, first: int, last: int, scale: float) -> float:
    """Return Σ (scale·g)² in float64."""
    total = 0.0
    for s in range(first, last, 2):
        gradient = span(gradients, segments[s], segments[s + 1])
        for i in range(gradient.size):
            g = float(gradient[i]) * scale
            total += g * g
    return total
