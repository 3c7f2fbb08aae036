"""The losses of scikit-learn's multilayer perceptrons, where they are not Keras's.

Gradients are `prediction - target` for all of them. That needs the output's activation (softmax, sigmoid, exponential,
none) and, for several outputs, a loss that is summed over them; the squared error's value is averaged all the same.
Cross-entropies are capped where a probability is as small as the float type's ε.
Source: https://scikit-learn.org/stable/modules/neural_networks_supervised.html#mathematical-formulation
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinynet.activations import ActivationFunction
from tinynet.activations.sigmoid import sigmoid
from tinynet.formulas import Label, Row, Scalar, Words, exp, formula
from tinynet.kernels import maps, rows
from tinynet.losses import Loss
from tinynet.losses.binary_crossentropy import binary_crossentropy_logits
from tinynet.losses.crossentropy import OF_CLASSES
from tinynet.losses.sparse_categorical_crossentropy import (
    sparse_crossentropy_logits,
    sparse_crossentropy_logits_gradient,
)
from tinynet.regularizers import Regularizer


@formula
def capped(loss: Scalar, cap: Scalar) -> Scalar:
    """The loss, at most -log ε; NaN stays NaN."""
    return cap if loss > cap else loss


# ---- one of several classes -----------------------------------------------------------------------------------------


@formula
def log_loss(label: Label, p: Row, cap: Scalar) -> Scalar:
    """-log p[label]."""
    return capped(type(cap)(-math.log(p[label])), cap)


@formula
def log_loss_gradient(label: Label, p: Row, dp: Row, cap: Scalar) -> None:
    """So dp[label] = -1/p[label], the others 0."""
    for k in range(p.size):
        dp[k] = type(cap)(0.0)
    dp[label] = type(cap)(-1.0) / p[label]


@formula
def log_loss_logits(label: Label, z: Row, cap: Scalar) -> Scalar:
    """The same for p = softmax(z): log Σⱼ eᶻʲ - z[label]."""
    return capped(sparse_crossentropy_logits(label, z), cap)


@formula
def log_loss_logits_gradient(label: Label, z: Row, dz: Row, cap: Scalar) -> None:
    """So dz = p - y: softmax(z), less 1 at the label. The cap does not count, as in scikit-learn."""
    sparse_crossentropy_logits_gradient(label, z, dz)


class _Capped(Loss):
    """A cross-entropy that is at most -log ε, ε being that of a float type."""

    cap = 0.0

    def __init__(self, dtype: Any = "float64", **options: Any) -> None:
        super().__init__(dtype=dtype, **options)
        self.cap = -math.log(np.finfo(self.dtype or "float64").eps)


class LogLoss(_Capped):
    """Cross-entropy of class numbers, at most -log ε.

    Examples
    --------
    >>> round(LogLoss()([1], [[0.5, 0.5]]), 6)
    0.693147
    """

    fuses = "softmax"
    formulas = log_loss, log_loss_gradient
    logit_formulas = log_loss_logits, log_loss_logits_gradient
    logit_kernels = maps.weighted_sum(log_loss_logits), rows.sparse_crossentropy_gradient_rows
    words = OF_CLASSES


# ---- yes or no, for one output or several ---------------------------------------------------------------------------


@formula
def binary_log_loss(y: Row, p: Row, cap: Scalar) -> Scalar:
    """Σₖ -log of the probability that was given to what happened: pₖ, or 1 - pₖ."""
    total = type(cap)(0.0)
    for k in range(p.size):
        happened = p[k] if y[k] > 0 else type(cap)(1.0) - p[k]
        total += capped(type(cap)(-math.log(happened)), cap)
    return total


@formula
def binary_log_loss_gradient(y: Row, p: Row, dp: Row, cap: Scalar) -> None:
    """So dpₖ = -1/pₖ where it happened, else 1/(1 - pₖ)."""
    T = type(cap)
    for k in range(p.size):
        dp[k] = T(-1.0) / p[k] if y[k] > 0 else T(1.0) / (T(1.0) - p[k])


@formula
def binary_log_loss_logits(y: Row, z: Row, cap: Scalar) -> Scalar:
    """The same for p = sigmoid(z)."""
    total = type(cap)(0.0)
    for k in range(z.size):
        total += capped(binary_crossentropy_logits(y[k], z[k], type(cap)(0.0)), cap)
    return total


@formula
def binary_log_loss_logits_gradient(y: Row, z: Row, dz: Row, cap: Scalar) -> None:
    """So dzₖ = pₖ - yₖ."""
    for k in range(z.size):
        dz[k] = sigmoid(z[k]) - y[k]


class BinaryLogLoss(_Capped):
    """Cross-entropy of targets 0 and 1, each at most -log ε, summed over the outputs.

    Examples
    --------
    >>> round(BinaryLogLoss()([[1.0, 0.0]], [[0.5, 0.5]]), 6)
    1.386294
    """

    fuses = "sigmoid"
    formulas = binary_log_loss, binary_log_loss_gradient
    logit_formulas = binary_log_loss_logits, binary_log_loss_logits_gradient
    words = Words(
        "-({y}·log {p} + (1 - {y})·log(1 - {p}))",
        "Minus the log of the probability that was given to what happened.",
        "((1 - {y})/(1 - {p}) - {y}/{p})",
        "The derivative of a row's loss",
    )


# ---- numbers --------------------------------------------------------------------------------------------------------


@formula
def half_squared_error(y: Row, p: Row) -> Scalar:
    """Σₖ (pₖ - yₖ)²/2, averaged over the outputs."""
    total = type(p[0])(0.0)
    for k in range(p.size):
        total += (p[k] - y[k]) * (p[k] - y[k])
    return total / type(total)(2 * p.size)


@formula
def half_squared_error_gradient(y: Row, p: Row, dp: Row) -> None:
    """So dpₖ = pₖ - yₖ: of the sum over the outputs, as in scikit-learn."""
    for k in range(p.size):
        dp[k] = p[k] - y[k]


class HalfSquaredError(Loss):
    """Half the squared error, averaged over the outputs; its gradient is that of the sum.

    Examples
    --------
    >>> HalfSquaredError()([[1.0]], [[3.0]])
    2.0
    """

    formulas = half_squared_error, half_squared_error_gradient
    words = Words("({p} - {y})²/2", "Large errors cost most.", "({p} - {y})", "The derivative of a row's loss")


@formula
def exponential(z: Scalar) -> Scalar:
    """The number eᶻ: above 0, as a mean count is."""
    return exp(z)


@formula
def exponential_backward(a: Scalar, da: Scalar) -> Scalar:
    """So dz = da·a: the exponential is its own derivative."""
    return da * a


class Exponential(ActivationFunction):
    """eᶻ, for outputs that are above 0.

    Examples
    --------
    >>> Exponential()([0.0, 1.0]).round(4)
    array([1.    , 2.7183], dtype=float32)
    """

    formulas = exponential, exponential_backward
    words = Words("e^{z}", "Any number becomes one above 0.", "{da}·{a}", "the exponential is its own slope")


@formula
def half_poisson_deviance(y: Row, p: Row) -> Scalar:
    """Σₖ yₖ·log(yₖ/pₖ) - yₖ + pₖ, the first term being 0 where yₖ is."""
    total = type(p[0])(0.0)
    for k in range(p.size):
        if y[k] > 0:
            total += y[k] * type(total)(math.log(y[k] / p[k]))
        total += p[k] - y[k]
    return total


@formula
def half_poisson_deviance_gradient(y: Row, p: Row, dp: Row) -> None:
    """So dpₖ = 1 - yₖ/pₖ."""
    for k in range(p.size):
        dp[k] = type(p[0])(1.0) - y[k] / p[k]


@formula
def half_poisson_deviance_logs(y: Row, z: Row) -> Scalar:
    """The same for p = eᶻ: Σₖ yₖ·(log yₖ - zₖ) - yₖ + eᶻₖ."""
    total = type(z[0])(0.0)
    for k in range(z.size):
        if y[k] > 0:
            total += y[k] * (type(total)(math.log(y[k])) - z[k])
        total += exp(z[k]) - y[k]
    return total


@formula
def half_poisson_deviance_logs_gradient(y: Row, z: Row, dz: Row) -> None:
    """So dzₖ = pₖ - yₖ."""
    for k in range(z.size):
        dz[k] = exp(z[k]) - y[k]


class HalfPoissonDeviance(Loss):
    """Half the Poisson deviance of counts from the means that were predicted, summed over the outputs.

    Examples
    --------
    >>> HalfPoissonDeviance()([[0.0]], [[2.0]])
    2.0
    """

    fuses = "exponential"
    formulas = half_poisson_deviance, half_poisson_deviance_gradient
    logit_formulas = half_poisson_deviance_logs, half_poisson_deviance_logs_gradient
    words = Words(
        "{y}·log({y}/{p}) - {y} + {p}",
        "How much less probable the count is under this mean than under the best one.",
        "(1 - {y}/{p})",
        "The derivative of a row's loss",
    )


# ---- the penalty ----------------------------------------------------------------------------------------------------


@formula
def shared_l2(w: Scalar, alpha: Scalar, batch_share: Scalar) -> Scalar:
    """alpha/2·w²/rows of the batch."""
    return type(w)(0.5) * alpha * batch_share * w * w


@formula
def shared_l2_slope(w: Scalar, alpha: Scalar, batch_share: Scalar) -> Scalar:
    """alpha·w/rows of the batch: large weights are pulled towards 0 harder."""
    return alpha * batch_share * w


class SharedL2(Regularizer):
    """alpha/2·Σ w² for a batch as a whole, so that the mean over its rows has the more of it the fewer they are.

    Parameters
    ----------
    alpha : float
        The factor.

    Examples
    --------
    >>> SharedL2(0.5)([1.0, 2.0])
    1.25
    """

    formulas = shared_l2, shared_l2_slope
    words = Words(
        "{alpha}/2·{batch_share}·{w}²",
        "Large weights cost.",
        "{alpha}·{batch_share}·{w}",
        "Large weights are pulled down.",
    )

    def __init__(self, alpha: float = 0.0001) -> None:
        self.alpha = alpha
