"""Categorical focal cross-entropy.

Source: https://keras.io/api/losses/probabilistic_losses/#categoricalfocalcrossentropy-class
"""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from tinynet._types import NoMore
from tinynet.activations.softmax import softmax
from tinynet.formulas import Row, Scalar, Words, clipped, exp, formula, log, row_max, row_sum, smoothed
from tinynet.losses.focal import FocalCrossentropy, focus, focus_slope


@formula
def pull(t: Scalar, p: Scalar, log_p: Scalar, alpha: Scalar, gamma: Scalar) -> Scalar:
    """g = p·dL/dp of one class's loss -α·y·(1 - p)^γ·log p: α·y·(γ·(1 - p)^(γ-1)·p·log p - (1 - p)^γ)

    That is what pulls at the class's logit. It is 0 for a class that is impossible, and is not the right one.
    """
    T = type(p)
    m = T(1.0) - p
    return T(0.0) if t == 0 else alpha * t * (focus_slope(m, gamma) * p * log_p - focus(m, gamma))


@formula
def pulls(y: Row, p: Row, alpha: Scalar, gamma: Scalar) -> Scalar:
    """Σₖ gₖ over one row, with q = p/Σp in place of p"""
    total = row_sum(p)
    found = type(total)(0.0)
    for k in range(p.size):
        q = p[k] / total
        found += pull(y[k], q, log(clipped(q)), alpha, gamma)
    return found


@formula
def categorical_focal(y: Row, p: Row, label_smoothing: Scalar, alpha: Scalar, gamma: Scalar) -> Scalar:
    """-Σₖ α·(1 - qₖ)^γ·yₖ·log qₖ over one row, with q = p/Σp: the probabilities are made to sum to 1 first."""
    total, classes = row_sum(p), p.size
    T = type(total)
    loss = T(0.0)
    for k in range(classes):
        q = clipped(p[k] / total)
        loss -= alpha * focus(T(1.0) - q, gamma) * smoothed(y[k], label_smoothing, classes) * log(q)
    return loss


@formula
def categorical_focal_gradient(y: Row, p: Row, dp: Row, label_smoothing: Scalar, alpha: Scalar, gamma: Scalar) -> None:
    """With q = p/Σp: dqₖ = gₖ/qₖ (0 where clipped), and through the division dpₖ = (dqₖ - Σⱼ gⱼ)/Σp."""
    total, classes = row_sum(p), p.size
    T = type(total)
    mean = T(0.0)
    for k in range(classes):
        q = p[k] / total
        g = (
            T(0.0)
            if clipped(q) > q or clipped(q) < q
            else pull(smoothed(y[k], label_smoothing, classes), q, log(clipped(q)), alpha, gamma)
        )
        dp[k] = T(0.0) if g == 0 else g / q
        mean += g
    for k in range(classes):
        dp[k] = (dp[k] - mean) / total


@formula
def categorical_focal_logits(y: Row, z: Row, label_smoothing: Scalar, alpha: Scalar, gamma: Scalar) -> Scalar:
    """The same for p = softmax(z), with log pₖ = zₖ - log Σⱼ eᶻʲ, the largest z being subtracted from both."""
    largest, classes = row_max(z), z.size
    T = type(largest)
    total, loss = T(0.0), T(0.0)
    for k in range(classes):
        total += exp(z[k] - largest)
    for k in range(classes):
        t, log_p = smoothed(y[k], label_smoothing, classes), z[k] - largest - log(total)
        loss -= T(0.0) if t == 0 else alpha * focus(T(1.0) - exp(log_p), gamma) * t * log_p
    return loss if total == total else total


@formula
def categorical_focal_logits_gradient(
    y: Row, z: Row, dz: Row, label_smoothing: Scalar, alpha: Scalar, gamma: Scalar
) -> None:
    """dzᵢ = gᵢ - pᵢ·Σₖ gₖ: through softmax, whose ∂pₖ/∂zᵢ is pₖ·([k=i] - pᵢ), with gₖ = pₖ·dL/dpₖ."""
    largest, classes = row_max(z), z.size
    T = type(largest)
    total, found = T(0.0), T(0.0)
    for k in range(classes):
        total += exp(z[k] - largest)
        dz[k] = z[k]
    softmax(dz)
    for k in range(classes):
        log_p = z[k] - largest - log(total)
        found += pull(smoothed(y[k], label_smoothing, classes), dz[k], log_p, alpha, gamma)
    for k in range(classes):
        log_p = z[k] - largest - log(total)
        dz[k] = pull(smoothed(y[k], label_smoothing, classes), dz[k], log_p, alpha, gamma) - dz[k] * found


class CategoricalFocalCrossentropy(FocalCrossentropy):
    """Cross-entropy of one-hot targets that counts little where the right class is nearly certain.

    Each class's part of the cross-entropy is multiplied by alpha·(1 - p)^gamma.

    Parameters
    ----------
    alpha : float, default 0.25
        What all classes count. To weigh the classes, pass `class_weight` to `fit`.
    gamma : float, default 2
        At least 0. With 0 it is the categorical cross-entropy, times `alpha`.
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
    Lin et al., "Focal loss for dense object detection", 2017. A network that ends in softmax is trained on its logits
    in either case. Bare probabilities are first divided by their sum, then clipped.

    Examples
    --------
    >>> round(CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]), 6)  # log 2 times 0.25·0.5²
    0.043322
    """

    targets = "distribution"
    fuses = "softmax"
    formulas = categorical_focal, categorical_focal_gradient
    logit_formulas = categorical_focal_logits, categorical_focal_logits_gradient
    told_of_rows: ClassVar[dict[str, Any]] = {"pulls": pulls}
    words = Words(
        "-{alpha}·(1 - {p}/{sum_p})^{gamma}·{y}·log ({p}/{sum_p})",
        "The cross-entropy times a power of the probability that was missed: what is easy counts little.",
        "({alpha}·{y}·({gamma}·(1 - {p}/{sum_p})^({gamma} - 1)·log ({p}/{sum_p}) - (1 - {p}/{sum_p})^{gamma}"
        "·{sum_p}/{p}) - {pulls})/{sum_p}",
        "By the product rule, of the logarithm and of the power of what was missed",
    )
    logit_words = Words(
        words.forward,
        "",
        "({alpha}·{y}·({gamma}·(1 - {p})^({gamma} - 1)·{p}·log {p} - (1 - {p})^{gamma}) - {p}·{pulls})",
        "The short way, through softmax: what pulls at each logit, less its share in what pulls at all",
    )

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Unpack[NoMore],
    ) -> None:
        given = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(alpha, gamma, **given, reduction=reduction, name=name, dtype=dtype, **unknown)
