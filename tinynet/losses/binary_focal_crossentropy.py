"""Binary focal cross-entropy.

Source: https://keras.io/api/losses/probabilistic_losses/#binaryfocalcrossentropy-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._arguments import flag
from tinynet._types import NoMore
from tinynet.activations.sigmoid import sigmoid
from tinynet.formulas import Scalar, Words, formula, smoothed
from tinynet.losses.binary_crossentropy import (
    binary_crossentropy,
    binary_crossentropy_gradient,
    binary_crossentropy_logits,
)
from tinynet.losses.focal import FocalCrossentropy, focus, focus_slope


@formula
def missed(t: Scalar, p: Scalar) -> Scalar:
    """t·(1 - p) + (1 - t)·p: the probability that was given to what did not happen."""
    one = type(p)(1.0)
    return t * (one - p) + (one - t) * p


@formula
def weight(t: Scalar, weight_of_1: Scalar, weight_of_0: Scalar) -> Scalar:
    """t·α + (1 - t)·(1 - α): what a yes and a no count."""
    return t * weight_of_1 + (type(t)(1.0) - t) * weight_of_0


@formula
def binary_focal(
    y: Scalar, p: Scalar, label_smoothing: Scalar, gamma: Scalar, weight_of_1: Scalar, weight_of_0: Scalar
) -> Scalar:
    """w·m^γ·H: the binary cross-entropy H times m^γ, m being the probability that was missed."""
    t = smoothed(y, label_smoothing, 2)
    h = binary_crossentropy(y, p, label_smoothing)
    return weight(t, weight_of_1, weight_of_0) * focus(missed(t, p), gamma) * h


@formula
def binary_focal_gradient(
    y: Scalar, p: Scalar, label_smoothing: Scalar, gamma: Scalar, weight_of_1: Scalar, weight_of_0: Scalar
) -> Scalar:
    """dL/dp = w·(m^γ·dH/dp + γ·m^(γ-1)·(1 - 2y)·H): the product rule, with dm/dp = 1 - 2y."""
    T = type(p)
    t = smoothed(y, label_smoothing, 2)
    m, h = missed(t, p), binary_crossentropy(y, p, label_smoothing)
    turned = focus_slope(m, gamma) * (T(1.0) - T(2.0) * t) * h
    slope = focus(m, gamma) * binary_crossentropy_gradient(y, p, label_smoothing) + turned
    return weight(t, weight_of_1, weight_of_0) * slope


@formula
def binary_focal_logits(
    y: Scalar, z: Scalar, label_smoothing: Scalar, gamma: Scalar, weight_of_1: Scalar, weight_of_0: Scalar
) -> Scalar:
    """The same for p = sigmoid(z). What was missed is t·sigmoid(-z) + (1 - t)·sigmoid(z), without rounding 1 - p."""
    t = smoothed(y, label_smoothing, 2)
    m = t * sigmoid(-z) + (type(z)(1.0) - t) * sigmoid(z)
    h = binary_crossentropy_logits(y, z, label_smoothing)
    return weight(t, weight_of_1, weight_of_0) * focus(m, gamma) * h


@formula
def binary_focal_logits_gradient(
    y: Scalar, z: Scalar, label_smoothing: Scalar, gamma: Scalar, weight_of_1: Scalar, weight_of_0: Scalar
) -> Scalar:
    """dL/dz = w·(m^γ·(p - y) + γ·m^(γ-1)·(1 - 2y)·p·(1 - p)·H), as dH/dz = p - y and dp/dz = p·(1 - p)."""
    T = type(z)
    t, p, rest = smoothed(y, label_smoothing, 2), sigmoid(z), sigmoid(-z)
    m = t * rest + (T(1.0) - t) * p
    h = binary_crossentropy_logits(y, z, label_smoothing)
    turned = focus_slope(m, gamma) * (T(1.0) - T(2.0) * t) * (p * rest) * h
    return weight(t, weight_of_1, weight_of_0) * (focus(m, gamma) * (p - t) + turned)


class BinaryFocalCrossentropy(FocalCrossentropy):
    """Binary cross-entropy that counts little where the prediction is nearly right, averaged over the outputs.

    Each output's cross-entropy is multiplied by m^gamma, m being the probability that was missed: 1 - p for a yes.
    Where one answer is rare, the many easy samples of the other do not outweigh it.

    Parameters
    ----------
    apply_class_balancing : bool, default False
        Whether a yes counts `alpha`, and a no 1 - `alpha`.
    alpha : float in [0, 1], default 0.25
        See `apply_class_balancing`.
    gamma : float, default 2
        At least 0. With 0 it is the binary cross-entropy.
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
    Lin et al., "Focal loss for dense object detection", 2017. A network that ends in sigmoid is trained on its logits
    in either case; bare probabilities are clipped to [1e-7, 1 - 1e-7] in the logarithm.

    Examples
    --------
    >>> round(BinaryFocalCrossentropy()([[1.0], [0.0]], [[0.5], [0.5]]), 6)  # log 2 times 0.5²
    0.173287
    """

    targets = "probabilities"
    fuses = "sigmoid"
    formulas = binary_focal, binary_focal_gradient
    logit_formulas = binary_focal_logits, binary_focal_logits_gradient
    smoothing_classes = 2
    largest_alpha = 1.0
    words = Words(
        "-({y}·{weight_of_1} + (1 - {y})·{weight_of_0})·({y}·(1 - {p}) + (1 - {y})·{p})^{gamma}"
        "·({y}·log {p} + (1 - {y})·log(1 - {p}))",
        "The binary cross-entropy times a power of the probability that was missed: what is easy counts little.",
        "({y}·{weight_of_1} + (1 - {y})·{weight_of_0})·(({y}·(1 - {p}) + (1 - {y})·{p})^{gamma}"
        "·((1 - {y})/(1 - {p}) - {y}/{p}) - {gamma}·({y}·(1 - {p}) + (1 - {y})·{p})^({gamma} - 1)"
        "·(1 - 2·{y})·({y}·log {p} + (1 - {y})·log(1 - {p})))",
        "By the product rule, of the cross-entropy and of the power of what was missed",
    )
    logit_words = Words(
        words.forward,
        "",
        "({y}·{weight_of_1} + (1 - {y})·{weight_of_0})·(({y}·(1 - {p}) + (1 - {y})·{p})^{gamma}"
        "·({p} - {y}) - {gamma}·({y}·(1 - {p}) + (1 - {y})·{p})^({gamma} - 1)"
        "·(1 - 2·{y})·{p}·(1 - {p})·({y}·log {p} + (1 - {y})·log(1 - {p})))",
        "The short way: the product rule with the cross-entropy's slope, which is prediction minus target",
    )

    def __init__(
        self,
        apply_class_balancing: bool = False,
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
        self.apply_class_balancing = flag(type(self).__name__, "apply_class_balancing", apply_class_balancing)

    @property
    def weight_of_1(self) -> float:
        """What a yes counts."""
        return self.alpha if self.apply_class_balancing else 1.0

    @property
    def weight_of_0(self) -> float:
        """What a no counts."""
        return 1.0 - self.alpha if self.apply_class_balancing else 1.0
