"""The lesson: every formula of tinynet's forward pass, backward pass, losses, metrics and updates, by hand.

Read it from top to bottom and you have read how a neural network learns:

1. dense layer, forward and backward      4. metrics
2. activations, forward and backward      5. optimizers: what is done with the gradient
3. losses and their gradients

Notation. A batch has N rows. ``x`` (N, inputs) enters a dense layer with ``kernel`` W (inputs, units) and ``bias`` b
(units,); ``z = x·W + b`` is its weighted sum, ``a = f(z)`` its output, ``p`` the output of the last layer and ``y`` the
targets. ``d`` before a name is the gradient of the loss with respect to it, and has its shape: ``dz`` is ∂L/∂z.
The chain rule is all there is to the backward pass: a gradient that arrives at a function's output leaves at its
input multiplied by the function's derivative.

Scalar functions here are called for every element and row functions for every row by the loops in `_maps`, which the
compiler melts into one. ``T = type(z)`` keeps constants in the type of the arrays: float32 or float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels._blocks import NO_FLOOR, affine, product, sum_rows
from tinynet.kernels._elementary import exp, expm1, log1p
from tinynet.kernels._jit import estimated, formula, shared

Scalar = Any
Array = NDArray[Any]

# --------------------------------------------------------------------------------------------------------------------
# 1. The dense layer
# --------------------------------------------------------------------------------------------------------------------


@shared
def dense_forward(x: Array, kernel: Array, bias: Array, z: Array) -> None:
    """z = x·W + b. Shapes: (N, units) = (N, inputs)·(inputs, units) + (units,). An empty bias adds nothing."""
    affine(x, kernel, bias, z, NO_FLOOR)


@shared
def dense_relu_forward(x: Array, kernel: Array, bias: Array, a: Array) -> None:
    """a = max(x·W + b, 0): `dense_forward` and `relu` in one, each sum being compared with 0 before it is stored.

    That spares a pass over the outputs. It pays for the ReLU alone: other activations are work enough by themselves.
    """
    affine(x, kernel, bias, a, 0.0)


@shared
def dense_backward_kernel(x: Array, dz: Array, dkernel: Array) -> None:
    """dW = xᵀ·dz. Shapes: (inputs, units) = (inputs, N)·(N, units).

    W[i, j] takes part in z[n, j] of every row n, with the factor x[n, i]: dW[i, j] = Σₙ x[n, i]·dz[n, j]. A sum over
    the rows of x and of dz is a product with x transposed: that is where the transpose comes from.
    """
    product(x.T, dz, dkernel)


@shared
def dense_backward_bias(dz: Array, dbias: Array) -> None:
    """db[j] = Σₙ dz[n, j]: b[j] takes part in z[n, j] of every row n, with the factor 1."""
    sum_rows(dz, dbias)


@shared
def dense_backward_input(dz: Array, kernel: Array, dx: Array) -> None:
    """dx = dz·Wᵀ. Shapes: (N, inputs) = (N, units)·(units, inputs).

    x[n, i] takes part in z[n, j] of every unit j, with the factor W[i, j]: dx[n, i] = Σⱼ dz[n, j]·W[i, j].
    """
    product(dz, kernel.T, dx)


# --------------------------------------------------------------------------------------------------------------------
# 2. Activations. Each derivative is written with the output a = f(z), which is at hand in the backward pass.
# --------------------------------------------------------------------------------------------------------------------


@formula
def relu(z: Scalar) -> Scalar:
    """max(z, 0). Written so that NaN stays NaN: training on broken data must show in the loss."""
    return type(z)(0.0) if z <= 0 else z


@formula
def relu_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da where a > 0, else 0: the function's slope is 1 or 0 (at z = 0 by convention 0, as in Keras)."""
    return da if a > 0 else type(da)(0.0)


@shared
def single_unit_relu_backward(dz: Array, kernel: Array, a: Array, da: Array) -> None:
    """da[n, i] = dz[n]·W[i] where a[n, i] > 0, else 0, on flat arrays.

    `dense_backward_input` of a layer with one unit, whose sum over units has one term, and `relu_backward` of the layer
    before it: between the two the gradient need not be stored.
    """
    inputs = kernel.size
    for n in range(dz.size):
        for i in range(inputs):
            da[n * inputs + i] = relu_backward(a[n * inputs + i], dz[n] * kernel[i])


@formula
def sigmoid(z: Scalar) -> Scalar:
    """1 / (1 + e⁻ᶻ), computed from e⁻ᶦᶻᶦ ≤ 1 so that nothing overflows: for z < 0 it is eᶻ / (1 + eᶻ)."""
    T = type(z)
    e = exp(-abs(z))
    return (e if z < 0 else T(1.0)) / (T(1.0) + e)


@formula
def sigmoid_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da·a·(1 - a): the derivative of 1/(1 + e⁻ᶻ) is e⁻ᶻ/(1 + e⁻ᶻ)² = a·(1 - a)."""
    return da * a * (type(a)(1.0) - a)


@formula
def tanh(z: Scalar) -> Scalar:
    """(eᶻ - e⁻ᶻ)/(eᶻ + e⁻ᶻ), from m = e⁻²ᶦᶻᶦ - 1 as ∓m/(2 + m), which is exact for small z as well."""
    T = type(z)
    m = expm1(T(-2.0) * abs(z))
    return (m if z < 0 else -m) / (T(2.0) + m)


@formula
def tanh_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da·(1 - a²)."""
    return da * (type(a)(1.0) - a * a)


@formula
def softmax(z: Array) -> None:
    """pₖ = eᶻᵏ / Σⱼ eᶻʲ, over one row and in place; subtracting the largest z first changes nothing but overflows."""
    largest = row_max(z)
    total = type(largest)(0.0)
    for k in range(z.size):
        z[k] = exp(z[k] - largest)
        total += z[k]
    for k in range(z.size):
        z[k] /= total


@formula
def softmax_backward(p: Array, dp: Array) -> None:
    """dzᵢ = pᵢ·(dpᵢ - Σₖ dpₖ·pₖ), over one row, written over dp.

    Every output depends on every input: ∂pₖ/∂zᵢ = pₖ·(δᵢₖ - pᵢ). Summing dpₖ·∂pₖ/∂zᵢ over k gives the line above.
    """
    mean = p[0] * dp[0]
    for k in range(1, p.size):
        mean += p[k] * dp[k]
    for k in range(p.size):
        dp[k] = p[k] * (dp[k] - mean)


@formula
def row_max(z: Array) -> Scalar:
    """The largest entry of a row; if one is NaN, any: what is computed from the row becomes NaN whichever it is."""
    largest = z[0]
    for k in range(1, z.size):
        if not z[k] <= largest:
            largest = z[k]
    return largest


# --------------------------------------------------------------------------------------------------------------------
# 3. Losses. Each is the loss of one sample; a batch's loss is the (weighted) sum divided by N, so the loops multiply
#    every gradient by the sample's weight / N. The mean over several outputs is a division by their number K.
# --------------------------------------------------------------------------------------------------------------------


@formula
def squared_error(y: Scalar, p: Scalar) -> Scalar:
    """(p - y)²"""
    return (p - y) * (p - y)


@formula
def squared_error_gradient(y: Scalar, p: Scalar) -> Scalar:
    """dL/dp = 2·(p - y)"""
    return type(p)(2.0) * (p - y)


@formula
def absolute_error(y: Scalar, p: Scalar) -> Scalar:
    """|p - y|"""
    return abs(p - y)


@formula
def absolute_error_gradient(y: Scalar, p: Scalar) -> Scalar:
    """The sign of p - y; 0 at the kink, as in Keras."""
    T = type(p)
    return T(1.0) if p > y else (T(-1.0) if p < y else p - y)


@formula
def clipped(p: Scalar) -> Scalar:
    """A probability kept in [10⁻⁷, 1 - 10⁻⁷], so that its logarithm is finite; NaN stays NaN."""
    T = type(p)
    low, high = T(1e-7), T(1.0) - T(1e-7)
    return low if p < low else (high if p > high else p)


@formula
def binary_crossentropy(y: Scalar, p: Scalar) -> Scalar:
    """-(y·log p + (1 - y)·log(1 - p)): minus the log of the probability that was given to what happened."""
    T = type(p)
    q = clipped(p)
    return T(-(y * math.log(q) + (T(1.0) - y) * math.log(T(1.0) - q)))


@formula
def binary_crossentropy_gradient(y: Scalar, p: Scalar) -> Scalar:
    """dL/dp = -y/p + (1 - y)/(1 - p); 0 where p was clipped, because there the loss is constant."""
    T = type(p)
    q = clipped(p)
    return T(0.0) if q > p or q < p else (T(1.0) - y) / (T(1.0) - q) - y / q


@formula
def binary_crossentropy_logits(y: Scalar, z: Scalar) -> Scalar:
    """The same for p = sigmoid(z), without ever rounding p: max(z, 0) - z·y + log(1 + e⁻ᶦᶻᶦ).

    From -log p = log(1 + e⁻ᶻ) and -log(1 - p) = z + log(1 + e⁻ᶻ), with the larger exponential taken out.
    """
    return relu(z) - z * y + log1p(exp(-abs(z)))


@formula
def binary_crossentropy_logits_gradient(y: Scalar, z: Scalar) -> Scalar:
    """dL/dz = p - y. The long way: dL/dp·dp/dz = (p - y)/(p·(1 - p)) · p·(1 - p); the derivative that would vanish
    when p saturates cancels out, so a confident mistake still teaches.
    """
    return sigmoid(z) - y


@formula
def categorical_crossentropy(y: Array, p: Array) -> Scalar:
    """-Σₖ yₖ·log(pₖ / Σⱼ pⱼ) over one row: the probabilities are made to sum to 1 first, as in Keras."""
    total = row_sum(p)
    loss = 0.0
    for k in range(p.size):
        loss -= y[k] * math.log(clipped(p[k] / total))
    return type(total)(loss)


@formula
def categorical_crossentropy_gradient(y: Array, p: Array, dp: Array) -> None:
    """With q = p/Σp: dqₖ = -yₖ/qₖ (0 where clipped), and through the division dpₖ = (dqₖ - Σⱼ dqⱼ·qⱼ)/Σp."""
    total = row_sum(p)
    T = type(total)
    mean = T(0.0)
    for k in range(p.size):
        q = p[k] / total
        dp[k] = T(0.0) if clipped(q) > q or clipped(q) < q else -y[k] / q
        mean += dp[k] * q
    for k in range(p.size):
        dp[k] = (dp[k] - mean) / total


@formula
def categorical_crossentropy_logits(y: Array, z: Array) -> Scalar:
    """The same for p = softmax(z): -log pₖ = log Σⱼ eᶻʲ - zₖ, so L = Σₖ yₖ·(log Σⱼ eᶻʲ - zₖ) over one row.

    With the largest z taken out of both terms no exponential overflows, and large logits cost no digits of the loss.
    """
    largest = row_max(z)
    T = type(largest)
    total, chosen = T(0.0), T(0.0)
    for k in range(z.size):
        total += exp(z[k] - largest)
        chosen += y[k] * (z[k] - largest)
    return row_sum(y) * T(math.log(total)) - chosen


@formula
def categorical_crossentropy_logits_gradient(y: Array, z: Array, dz: Array) -> None:
    """dz = p·Σy - y, which is p - y for targets that sum to 1.

    The long way is softmax_backward with dpₖ = -yₖ/pₖ: dzᵢ = pᵢ·(-yᵢ/pᵢ + Σₖ yₖ) = pᵢ·Σy - yᵢ.
    """
    for k in range(z.size):
        dz[k] = z[k]
    softmax(dz)
    total = row_sum(y)
    for k in range(z.size):
        dz[k] = dz[k] * total - y[k]


@formula
def row_sum(z: Array) -> Scalar:
    """Σₖ zₖ over one row."""
    total = z[0]
    for k in range(1, z.size):
        total += z[k]
    return total


@formula
def smoothed(y: Scalar, smoothing: Scalar, classes: int) -> Scalar:
    """Label smoothing: y·(1 - s) + s/K, a little of the certainty spread over the K classes (K = 2 for binary)."""
    T = type(y)
    return y * (T(1.0) - smoothing) + smoothing / T(classes)


# --------------------------------------------------------------------------------------------------------------------
# 4. Metrics: of one sample, averaged by the loops
# --------------------------------------------------------------------------------------------------------------------


@formula
def binary_match(y: Scalar, p: Scalar, threshold: Scalar) -> Scalar:
    """1 if the prediction, p > threshold (strictly), is the label."""
    T = type(p)
    return T(1.0) if (T(1.0) if p > threshold else T(0.0)) == y else T(0.0)


@formula
def argmax(p: Array) -> int:
    """The index of the largest entry of a row, the first of equals."""
    best = 0
    for k in range(1, p.size):
        if p[k] > p[best]:
            best = k
    return best


# --------------------------------------------------------------------------------------------------------------------
# 5. Optimizers: g is a parameter's gradient, w the parameter; m, v, average are the slots that one step leaves to the
#    next. Each formula below is applied to every parameter by itself.
# --------------------------------------------------------------------------------------------------------------------


@formula
def sgd(w: Scalar, g: Scalar, learning_rate: Scalar) -> Scalar:
    """w - lr·g: one step downhill."""
    return w - learning_rate * g


@formula
def sgd_momentum(m: Scalar, g: Scalar, learning_rate: Scalar, momentum: Scalar) -> Scalar:
    """m ← μ·m - lr·g: the step remembers the steps before it. The update is w + m, or with Nesterov w + μ·m - lr·g."""
    return momentum * m - learning_rate * g


@formula
def moving_average(average: Scalar, value: Scalar, rho: Scalar, rest: Scalar) -> Scalar:
    """ρ·average + (1 - ρ)·value: RMSprop's v, of g², and (centered) its average gradient, of g.

    The caller gives `rest` = 1 - ρ, rounded once: in float32 the difference would lose digits of it.
    """
    return rho * average + rest * value


@estimated
def rmsprop_increment(g: Scalar, variance: Scalar, learning_rate: Scalar, epsilon: Scalar) -> Scalar:
    """lr·g/√(v + ε): each parameter's step is measured in units of its own typical gradient. ε stands inside."""
    return learning_rate * g / np.sqrt(variance + epsilon)


@formula
def centered_variance(v: Scalar, average: Scalar) -> Scalar:
    """v - average²: the gradient's variance is the mean of its squares less the square of its mean."""
    return v - average * average


@formula
def rmsprop_momentum(m: Scalar, increment: Scalar, momentum: Scalar) -> Scalar:
    """m ← μ·m + increment; the update is w - m."""
    return momentum * m + increment


@formula
def adam_slot(slot: Scalar, value: Scalar, rest: Scalar) -> Scalar:
    """slot + (value - slot)·(1 - β): the moving average of the gradient (β₁) or of its square (β₂); `rest` = 1 - β."""
    return slot + (value - slot) * rest


@estimated
def adam_increment(m: Scalar, v: Scalar, alpha: Scalar, epsilon: Scalar) -> Scalar:
    """α·m/(√v + ε), α being `adam_rate`: the average step in units of the typical gradient. ε stands outside."""
    return alpha * m / (np.sqrt(v) + epsilon)


@formula
def adam_rate(learning_rate: Scalar, beta_1: Scalar, beta_2: Scalar, step: Scalar) -> Scalar:
    """α = lr·√(1 - β₂ᵗ)/(1 - β₁ᵗ) in step t, from 1: averages that started at 0 have only 1 - βᵗ of their weights."""
    return learning_rate * np.sqrt(1.0 - beta_2**step) / (1.0 - beta_1**step)


@formula
def amsgrad(largest: Scalar, v: Scalar) -> Scalar:
    """The largest v so far, which AMSGrad uses in place of v: steps never grow because gradients got small."""
    return largest if largest > v else v


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
    """What a gradient is multiplied with so that its norm is at most `limit`."""
    return limit / (norm if norm > limit else limit)
