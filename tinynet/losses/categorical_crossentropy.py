"""Categorical cross-entropy.

Source: https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class
"""

from __future__ import annotations

import math

from tinynet.activations.softmax import softmax
from tinynet.formulas import Row, Scalar, clipped, exp, formula, row_max, row_sum, smoothed
from tinynet.kernels import rows
from tinynet.losses.crossentropy import OF_CLASSES, SmoothedCrossentropy


@formula
def categorical_crossentropy(y: Row, p: Row, label_smoothing: Scalar) -> Scalar:
    """-Σₖ yₖ·log(pₖ / Σⱼ pⱼ) over one row: the probabilities are made to sum to 1 first, as in Keras."""
    total, classes = row_sum(p), p.size
    loss = 0.0
    for k in range(classes):
        loss -= smoothed(y[k], label_smoothing, classes) * math.log(clipped(p[k] / total))
    return type(total)(loss)


@formula
def categorical_crossentropy_gradient(y: Row, p: Row, dp: Row, label_smoothing: Scalar) -> None:
    """With q = p/Σp: dqₖ = -yₖ/qₖ (0 where clipped), and through the division dpₖ = (dqₖ - Σⱼ dqⱼ·qⱼ)/Σp."""
    total, classes = row_sum(p), p.size
    T = type(total)
    mean = T(0.0)
    for k in range(classes):
        q, t = p[k] / total, smoothed(y[k], label_smoothing, classes)
        dp[k] = T(0.0) if clipped(q) > q or clipped(q) < q else -t / q
        mean += dp[k] * q
    for k in range(classes):
        dp[k] = (dp[k] - mean) / total


@formula
def categorical_crossentropy_logits(y: Row, z: Row, label_smoothing: Scalar) -> Scalar:
    """The same for p = softmax(z): -log pₖ = log Σⱼ eᶻʲ - zₖ, so L = Σₖ yₖ·(log Σⱼ eᶻʲ - zₖ) over one row.

    With the largest z subtracted from both no exponential overflows, and large logits cost no digits of the loss.
    """
    largest, classes = row_max(z), z.size
    T = type(largest)
    total, chosen, sum_y = T(0.0), T(0.0), T(0.0)
    for k in range(classes):
        t = smoothed(y[k], label_smoothing, classes)
        total += exp(z[k] - largest)
        chosen += t * (z[k] - largest) if t != 0 else T(0.0)  # not 0·∞ for a class that is impossible, and is not it
        sum_y += t
    return sum_y * T(math.log(total)) - chosen


@formula
def categorical_crossentropy_logits_gradient(y: Row, z: Row, dz: Row, label_smoothing: Scalar) -> None:
    """dz = p·Σy - y, which is p - y for targets that sum to 1.

    The long way is softmax_backward with dpₖ = -yₖ/pₖ: dzᵢ = pᵢ·(-yᵢ/pᵢ + Σₖ yₖ) = pᵢ·Σy - yᵢ.
    """
    classes = z.size
    sum_y = type(z[0])(0.0)
    for k in range(classes):
        dz[k] = z[k]
        sum_y += smoothed(y[k], label_smoothing, classes)
    softmax(dz)
    for k in range(classes):
        dz[k] = dz[k] * sum_y - smoothed(y[k], label_smoothing, classes)


class CategoricalCrossentropy(SmoothedCrossentropy):
    """Cross-entropy of one-hot targets (or distributions) with the probabilities of the classes.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: softmax was not applied.
    label_smoothing : float in [0, 1], default 0
        Targets y become y·(1 - s) + s/K for K classes.
    axis : int, default -1
        The axis of the outputs. A model's is the last.
    reduction, name, dtype
        As for every `Loss`.

    Notes
    -----
    A network that ends in softmax is trained on its logits in either case. Bare probabilities are first divided by
    their sum, then clipped.

    Examples
    --------
    >>> round(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]), 6)
    0.693147
    """

    targets = "distribution"
    fuses = "softmax"
    formulas = categorical_crossentropy, categorical_crossentropy_gradient
    logit_formulas = categorical_crossentropy_logits, categorical_crossentropy_logits_gradient
    logit_kernels = rows.categorical_crossentropy_rows, rows.categorical_crossentropy_gradient_rows
    words = OF_CLASSES
