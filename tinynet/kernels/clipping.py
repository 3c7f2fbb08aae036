"""What is done with all gradients or weights around an optimizer's formula, whichever it is.

Before it gradients are added up over batches and clipped, and weights decayed; after it weights are averaged. The
vector of an optimizer's numbers begins with those that every optimizer has.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.kernels.machine.jit import Doubles, Floats, Integers, Scalar, call, formula, inner, kernel
from tinynet.kernels.machine.views import copy, span
from tinynet.kernels.tables import Training

#: The numbers that every optimizer has, and the places of those that are read by place.
NUMBERS = (
    "learning_rate",
    "weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "ema_momentum",
    "ema_overwrite_frequency",
    "gradient_accumulation_steps",
    "use_ema",
    "loss_scale_factor",
)
LEARNING_RATE, WEIGHT_DECAY, CLIPNORM, GLOBAL_CLIPNORM, CLIPVALUE, MOMENTUM_OF_AVERAGE, OVERWRITE_EVERY, ACCUMULATE = (
    range(8)
)
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


@formula
def weight_average(average: Scalar, w: Scalar, momentum: Scalar) -> Scalar:
    """momentum·average + (1 - momentum)·w: a running mean of the weights, smoother than they are."""
    return momentum * average + (type(w)(1.0) - momentum) * w


@kernel
def accumulate(gradients: Floats, sums: Floats, segments: Integers, batches: int, due: int) -> None:
    """Add the gradients to the sums; or when an update is due, make them the mean of the batches' and begin again."""
    count = gradients.dtype.type(batches)
    for s in range(0, segments.size, 2):
        g, total = span(gradients, segments[s], segments[s + 1]), span(sums, segments[s], segments[s + 1])
        if due != 0:
            for i in range(g.size):
                g[i] = (g[i] + total[i]) / count
                total[i] = 0.0
        else:
            for i in range(g.size):
                total[i] += g[i]


@kernel
def before_update(training: Training, gradients: Floats, step: int) -> None:
    """Do what comes before an update in batch `step`, from 1: set the learning rate, add gradients up, clip them."""
    if training.rates.size:
        training.numbers[LEARNING_RATE] = training.rates[step - 1 - training.counter[0]]
    due = int(step % training.every == 0)
    if training.every > 1:
        sums = span(training.slots, training.sums, training.slots.size)
        accumulate(gradients, sums, training.segments, training.every, due)
    if training.clip != 0 and due != 0:
        call(training.clip, gradients, training.segments, training.numbers)


@kernel
def average_weights(w: Floats, averages: Floats, numbers: Doubles, step: int) -> None:
    """Move the averages towards the weights after update `step`, the first of which they begin with.

    Every so many updates, if that is asked for, they become the weights.
    """
    momentum = w.dtype.type(numbers[MOMENTUM_OF_AVERAGE] if step > 1 else 0.0)
    every = int(numbers[OVERWRITE_EVERY])
    for i in range(w.size):
        averages[i] = weight_average(averages[i], w[i], momentum)
    if every > 0 and step % every == 0:
        copy(averages, 0, w, 0, w.size)


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
