"""What is done with all gradients or weights before an optimizer's formula: clipping, and weight decay.

The vector of an optimizer's numbers begins with the five that every optimizer has.
"""

from __future__ import annotations

from typing import Any

from tinynet.kernels.machine.jit import Doubles, Floats, Integers, Scalar, formula, inner, kernel
from tinynet.kernels.machine.views import span

#: Places in the vector of an optimizer's numbers.
LEARNING_RATE, WEIGHT_DECAY, CLIPNORM, GLOBAL_CLIPNORM, CLIPVALUE = range(5)


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
    """What a gradient of that norm is multiplied by to have at most the norm `limit`: limit/max(norm, limit)."""
    return limit / norm if norm > limit else 1.0


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
    if clipnorm > 0 or global_clipnorm > 0:
        limit, together = (clipnorm, False) if clipnorm > 0 else (global_clipnorm, True)
        total = 0.0
        if together:
            for s in range(0, segments.size, 2):
                total += _squared_norm(span(gradients, segments[s], segments[s + 1]))
        for s in range(0, segments.size, 2):
            gradient = span(gradients, segments[s], segments[s + 1])
            norm = (total if together else _squared_norm(gradient)) ** 0.5
            _scale(gradient, clip_factor(norm, limit))
    elif clipvalue > 0:
        bound = gradients.dtype.type(clipvalue)
        for s in range(0, segments.size, 2):
            for i in range(segments[s], segments[s + 1]):
                gradients[i] = clip_value(gradients[i], bound)


@inner
def _squared_norm(gradient: Any) -> float:
    total = 0.0
    for i in range(gradient.size):
        total += float(gradient[i]) * float(gradient[i])
    return total


@inner
def _scale(gradient: Any, factor: float) -> None:
    for i in range(gradient.size):
        gradient[i] *= gradient.dtype.type(factor)
