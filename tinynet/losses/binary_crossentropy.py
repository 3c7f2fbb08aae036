"""Binary cross-entropy.

Source: https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class
"""

from __future__ import annotations

import math

from tinynet.activations.sigmoid import sigmoid
from tinynet.formulas import Scalar, Words, clipped, exp, formula, smoothed
from tinynet.kernels.elementary import log1p_to_1
from tinynet.losses.crossentropy import SmoothedCrossentropy


@formula
def binary_crossentropy(y: Scalar, p: Scalar, label_smoothing: Scalar) -> Scalar:
    """-(y·log p + (1 - y)·log(1 - p)): minus the log of the probability that was given to what happened."""
    T = type(p)
    t, q = smoothed(y, label_smoothing, 2), clipped(p)
    return T(-(t * math.log(q) + (T(1.0) - t) * math.log(T(1.0) - q)))


@formula
def binary_crossentropy_gradient(y: Scalar, p: Scalar, label_smoothing: Scalar) -> Scalar:
    """dL/dp = -y/p + (1 - y)/(1 - p); 0 where p was clipped, because there the loss is constant."""
    T = type(p)
    t, q = smoothed(y, label_smoothing, 2), clipped(p)
    return T(0.0) if q > p or q < p else (T(1.0) - t) / (T(1.0) - q) - t / q


@formula
def binary_crossentropy_logits(y: Scalar, z: Scalar, label_smoothing: Scalar) -> Scalar:
    """The same for p = sigmoid(z), without ever rounding p: |z|·m + log(1 + e⁻ᶦᶻᶦ), m being y's part on the other side.

    From -log p = log(1 + e⁻ᶻ) and -log(1 - p) = z + log(1 + e⁻ᶻ), with the larger exponential factored out. An infinite
    logit on the right side costs nothing.
    """
    T = type(z)
    t, far = smoothed(y, label_smoothing, 2), abs(z)
    missed = T(1.0) - t if z > 0 else t
    return (far * missed if missed != 0 else T(0.0)) + log1p_to_1(exp(-far))


@formula
def binary_crossentropy_logits_gradient(y: Scalar, z: Scalar, label_smoothing: Scalar) -> Scalar:
    """dL/dz = p - y. The long way: dL/dp·dp/dz = (p - y)/(p·(1 - p)) · p·(1 - p); the derivative that would vanish
    when p saturates cancels out, so a confident mistake still teaches.
    """
    return sigmoid(z) - smoothed(y, label_smoothing, 2)


class BinaryCrossentropy(SmoothedCrossentropy):
    """Cross-entropy of yes-or-no targets in [0, 1] with probabilities of yes, averaged over the outputs.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: sigmoid was not applied.
    label_smoothing : float in [0, 1], default 0
        Targets y become y·(1 - s) + s/2.
    axis : int, default -1
        The axis of the outputs. A model's is the last.
    reduction, name, dtype
        As for every `Loss`.

    Notes
    -----
    A network that ends in sigmoid is trained on its logits in either case, which is exact where probabilities would
    round to 0 or 1. Bare probabilities are clipped to [1e-7, 1 - 1e-7].

    Examples
    --------
    >>> round(BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.5]]), 6)
    0.693147
    """

    aliases = ("bce",)
    targets = "probabilities"
    fuses = "sigmoid"
    formulas = binary_crossentropy, binary_crossentropy_gradient
    logit_formulas = binary_crossentropy_logits, binary_crossentropy_logits_gradient
    smoothing_classes = 2
    words = Words(
        "-({y}·log {p} + (1 - {y})·log(1 - {p}))",
        "Minus the log of the probability that was given to what happened.",
        "((1 - {y})/(1 - {p}) - {y}/{p})",
        "The derivative of a row's loss",
    )
