"""The formulas run over arrays: loops and dispatch, no mathematics of their own.

Arrays are one-dimensional and contiguous, rows standing one behind the other; `columns` says how long a row is. Both
training loops call these functions: the compiled loop from compiled code, the layer loop from Python, through the
entries that `kernels` makes of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels import _codes as code
from tinynet.kernels import formulas as f
from tinynet.kernels._jit import allocating, formula, inner

Array = NDArray[Any]


@inner
def activation_forward(kind: int, a: Array, columns: int) -> None:
    """Turn the weighted sums `a` into activations, in place."""
    if kind == code.RELU:
        for i in range(a.size):
            a[i] = f.relu(a[i])
    elif kind == code.SIGMOID:
        for i in range(a.size):
            a[i] = f.sigmoid(a[i])
    elif kind == code.TANH:
        for i in range(a.size):
            a[i] = f.tanh(a[i])
    elif kind == code.SOFTMAX:
        for start in range(0, a.size, columns):
            f.softmax(a[start : start + columns])


@inner
def activation_backward(kind: int, a: Array, da: Array, columns: int) -> None:
    """Turn the gradient `da` of the activations `a` into that of the weighted sums, in place."""
    if kind == code.RELU:
        for i in range(a.size):
            da[i] = f.relu_backward(a[i], da[i])
    elif kind == code.SIGMOID:
        for i in range(a.size):
            da[i] = f.sigmoid_backward(a[i], da[i])
    elif kind == code.TANH:
        for i in range(a.size):
            da[i] = f.tanh_backward(a[i], da[i])
    elif kind == code.SOFTMAX:
        for start in range(0, a.size, columns):
            f.softmax_backward(a[start : start + columns], da[start : start + columns])


@formula
def output_loss(kind: int, y: Any, p: Any, smoothing: Any) -> Any:
    """Return the loss of one output, for the losses that are a mean over outputs."""
    if kind == code.MEAN_SQUARED_ERROR:
        return f.squared_error(y, p)
    if kind == code.MEAN_ABSOLUTE_ERROR:
        return f.absolute_error(y, p)
    if kind == code.BINARY_CROSSENTROPY:
        return f.binary_crossentropy(f.smoothed(y, smoothing, 2), p)
    return f.binary_crossentropy_logits(f.smoothed(y, smoothing, 2), p)


@formula
def output_gradient(kind: int, y: Any, p: Any, smoothing: Any) -> Any:
    """Return its derivative."""
    if kind == code.MEAN_SQUARED_ERROR:
        return f.squared_error_gradient(y, p)
    if kind == code.MEAN_ABSOLUTE_ERROR:
        return f.absolute_error_gradient(y, p)
    if kind == code.BINARY_CROSSENTROPY:
        return f.binary_crossentropy_gradient(f.smoothed(y, smoothing, 2), p)
    return f.binary_crossentropy_logits_gradient(f.smoothed(y, smoothing, 2), p)


@inner
def loss_forward(kind: int, y: Array, p: Array, weights: Array, columns: int, smoothing: float) -> float:
    """Return Σ weight·loss over the rows of `p` (outputs, or logits for the logit forms), in float64.

    `y` has a label per row for the sparse losses and a row per row for the others; empty `weights` count as ones.
    """
    s = p.dtype.type(smoothing)
    if kind > code.BINARY_CROSSENTROPY_LOGITS:
        return categorical_loss(kind, y, p, weights, columns, s)
    total = 0.0
    if weights.size == 0:
        for i in range(p.size):
            total += output_loss(kind, y[i], p[i], s)
    else:
        for i in range(p.size):
            total += output_loss(kind, y[i], p[i], s) * weights[i // columns]
    return total / columns


@inner
def loss_backward(
    kind: int, y: Array, p: Array, weights: Array, columns: int, smoothing: float, scale: float, dp: Array
) -> None:
    """Write the gradient of scale·Σ weight·loss with respect to `p` into `dp`; arguments as for `loss_forward`."""
    T = p.dtype.type
    s = T(smoothing)
    if kind > code.BINARY_CROSSENTROPY_LOGITS:
        categorical_gradient(kind, y, p, columns, s, dp)
        for i in range(p.size):
            dp[i] *= T(scale)
    else:
        factor = T(scale / columns)
        for i in range(p.size):
            dp[i] = output_gradient(kind, y[i], p[i], s) * factor
    if weights.size:
        for i in range(p.size):
            dp[i] *= weights[i // columns]


@allocating
def categorical_loss(kind: int, y: Array, p: Array, weights: Array, columns: int, smoothing: Any) -> float:
    """Return `loss_forward` for the losses of a whole row."""
    return categorical_forward(kind, y, p, weights, columns, smoothing, np.empty(columns, y.dtype))


@allocating
def categorical_gradient(kind: int, y: Array, p: Array, columns: int, smoothing: Any, dp: Array) -> None:
    """Write the gradient of each row's loss into `dp`."""
    categorical_backward(kind, y, p, columns, smoothing, dp, np.empty(columns, y.dtype))


@inner
def categorical_forward(
    kind: int, y: Array, p: Array, weights: Array, columns: int, smoothing: Any, targets: Array
) -> float:
    """Return Σ weight·loss; `targets` is room for those of one row."""
    on_logits = kind == code.CATEGORICAL_CROSSENTROPY_LOGITS or kind == code.SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS
    total = 0.0
    for i in range(p.size // columns):
        row = p[i * columns : (i + 1) * columns]
        categorical_targets(kind, y, i, smoothing, targets)
        if on_logits:
            loss = f.categorical_crossentropy_logits(targets, row)
        else:
            loss = f.categorical_crossentropy(targets, row)
        total += loss * weights[i] if weights.size else loss
    return total


@inner
def categorical_backward(
    kind: int, y: Array, p: Array, columns: int, smoothing: Any, dp: Array, targets: Array
) -> None:
    """Write the gradient of each row's loss into `dp`; `targets` is room for those of one row."""
    on_logits = kind == code.CATEGORICAL_CROSSENTROPY_LOGITS or kind == code.SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS
    for i in range(p.size // columns):
        of = slice(i * columns, (i + 1) * columns)
        categorical_targets(kind, y, i, smoothing, targets)
        if on_logits:
            f.categorical_crossentropy_logits_gradient(targets, p[of], dp[of])
        else:
            f.categorical_crossentropy_gradient(targets, p[of], dp[of])


@inner
def categorical_targets(kind: int, y: Array, i: int, smoothing: Any, targets: Array) -> None:
    """Write row i of the targets as probabilities: one-hot from a label, or as it is; smoothed, unless that is 0."""
    columns = targets.size
    sparse = kind == code.SPARSE_CATEGORICAL_CROSSENTROPY or kind == code.SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS
    for k in range(columns):
        targets[k] = 0.0 if sparse else f.smoothed(y[i * columns + k], smoothing, columns)
    if sparse:
        targets[int(y[i])] = 1.0


@inner
def metric_sum(kind: int, y: Array, p: Array, weights: Array, columns: int, threshold: float) -> float:
    """Return Σ weight·metric over the rows of `p`; a metric over several outputs is their mean."""
    if kind < code.BINARY_ACCURACY:
        return loss_forward(kind, y, p, weights, columns, 0.0)
    total = 0.0
    if kind == code.BINARY_ACCURACY:
        limit = p.dtype.type(threshold)
        if weights.size == 0:
            for i in range(p.size):
                total += f.binary_match(y[i], p[i], limit)
        else:
            for i in range(p.size):
                total += f.binary_match(y[i], p[i], limit) * weights[i // columns]
        return total / columns
    for i in range(p.size // columns):
        row = slice(i * columns, (i + 1) * columns)
        label = int(y[i]) if kind == code.SPARSE_CATEGORICAL_ACCURACY else f.argmax(y[row])
        if label == f.argmax(p[row]):
            total += weights[i] if weights.size else 1.0
    return total


@inner
def clip_gradients(gradients: Array, segments: Array, hyper: Array) -> None:
    """Clip the gradients of the segments (start, stop) by the first given of clipnorm, global_clipnorm, clipvalue."""
    clipnorm, global_clipnorm, clipvalue = hyper[code.CLIPNORM], hyper[code.GLOBAL_CLIPNORM], hyper[code.CLIPVALUE]
    if clipnorm > 0 or global_clipnorm > 0:
        limit, together = (clipnorm, False) if clipnorm > 0 else (global_clipnorm, True)
        total = 0.0
        for s in range(len(segments)):
            total += _squared_norm(gradients[segments[s, 0] : segments[s, 1]])
        for s in range(len(segments)):
            gradient = gradients[segments[s, 0] : segments[s, 1]]
            norm = np.sqrt(total if together else _squared_norm(gradient))
            _scale(gradient, f.clip_factor(norm, limit))
    elif clipvalue > 0:
        bound = gradients.dtype.type(clipvalue)
        for s in range(len(segments)):
            for i in range(segments[s, 0], segments[s, 1]):
                gradients[i] = f.clip_value(gradients[i], bound)


@inner
def _squared_norm(gradient: Array) -> float:
    total = 0.0
    for i in range(gradient.size):
        total += float(gradient[i]) * float(gradient[i])
    return total


@inner
def _scale(gradient: Array, factor: float) -> None:
    for i in range(gradient.size):
        gradient[i] *= gradient.dtype.type(factor)


@inner
def update_parameters(
    kind: int, w: Array, g: Array, slot_0: Array, slot_1: Array, slot_2: Array, hyper: Array, step: int
) -> None:
    """Update the parameters `w` from their gradients `g`; which slots an optimizer uses is written where it does.

    `step` counts from 1. Slots that an optimizer does not use may be empty.
    """
    T = w.dtype.type
    learning_rate, momentum, epsilon = (
        T(hyper[code.LEARNING_RATE]),
        T(hyper[code.MOMENTUM]),
        T(hyper[code.EPSILON]),
    )
    if hyper[code.WEIGHT_DECAY] != 0:
        decay = T(hyper[code.WEIGHT_DECAY])
        for i in range(w.size):
            w[i] = f.weight_decay(w[i], decay, learning_rate)
    if kind == code.SGD and momentum == 0:
        for i in range(w.size):
            w[i] = f.sgd(w[i], g[i], learning_rate)
    elif kind == code.SGD:
        m = slot_0
        nesterov = hyper[code.NESTEROV] != 0
        for i in range(w.size):
            m[i] = f.sgd_momentum(m[i], g[i], learning_rate, momentum)
            w[i] += f.sgd_momentum(m[i], g[i], learning_rate, momentum) if nesterov else m[i]
    elif kind == code.RMSPROP:
        rho, rest = T(hyper[code.RHO]), T(1.0 - hyper[code.RHO])
        v = slot_0
        if hyper[code.CENTERED] == 0 and momentum == 0:
            for i in range(w.size):
                v[i] = f.moving_average(v[i], g[i] * g[i], rho, rest)
                w[i] -= f.rmsprop_increment(g[i], v[i], learning_rate, epsilon)
        else:
            centered = hyper[code.CENTERED] != 0
            m = slot_1
            average = slot_2 if momentum != 0 else slot_1
            for i in range(w.size):
                v[i] = f.moving_average(v[i], g[i] * g[i], rho, rest)
                variance = v[i]
                if centered:
                    average[i] = f.moving_average(average[i], g[i], rho, rest)
                    variance = f.centered_variance(v[i], average[i])
                increment = f.rmsprop_increment(g[i], variance, learning_rate, epsilon)
                if momentum != 0:
                    m[i] = f.rmsprop_momentum(m[i], increment, momentum)
                    increment = m[i]
                w[i] -= increment
    elif kind == code.ADAM:
        beta_1, beta_2 = hyper[code.BETA_1], hyper[code.BETA_2]
        alpha = T(f.adam_rate(hyper[code.LEARNING_RATE], beta_1, beta_2, step))
        m, v, largest = slot_0, slot_1, slot_2
        amsgrad = hyper[code.AMSGRAD] != 0
        for i in range(w.size):
            m[i] = f.adam_slot(m[i], g[i], T(1.0 - beta_1))
            v[i] = f.adam_slot(v[i], g[i] * g[i], T(1.0 - beta_2))
            if not amsgrad:
                w[i] -= f.adam_increment(m[i], v[i], alpha, epsilon)
            else:
                largest[i] = f.amsgrad(largest[i], v[i])
                w[i] -= f.adam_increment(m[i], largest[i], alpha, epsilon)
