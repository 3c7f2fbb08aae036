"""What the focal cross-entropies share: the factor that takes the weight off what is already right.

Source: Lin et al., "Focal loss for dense object detection", 2017.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np

from tinynet._arguments import number, shown
from tinynet.formulas import Scalar, formula
from tinynet.losses.crossentropy import SmoothedCrossentropy
from tinynet.losses.keywords import OfLosses


@formula
def focus(missed: Scalar, gamma: Scalar) -> Scalar:
    """m^γ: how much an answer counts that lacks the probability m of being right."""
    return missed**gamma


@formula
def focus_slope(missed: Scalar, gamma: Scalar) -> Scalar:
    """γ·m^(γ-1); 0 in place of ∞, at m = 0 for γ < 1."""
    T = type(missed)
    return T(0.0) if gamma == 0 or (missed == 0 and gamma < 1) else gamma * missed ** (gamma - T(1.0))


class FocalCrossentropy(SmoothedCrossentropy):
    """Base class of the cross-entropies that are multiplied by m^γ, m being the probability that was missed."""

    #: The largest `alpha` that makes sense.
    largest_alpha = np.inf

    def __init__(self, alpha: float = 0.25, gamma: float = 2.0, **options: Unpack[OfLosses]) -> None:
        super().__init__(**options)
        if isinstance(alpha, list | tuple | np.ndarray):
            raise ValueError(
                f"{type(self).__name__}: `alpha` must be one number. To give each class a weight of its own, pass "
                f"`class_weight` to fit. Received: alpha={shown(alpha)}"
            )
        self.alpha = number(type(self).__name__, "alpha", alpha, 0.0, self.largest_alpha)
        self.gamma = number(type(self).__name__, "gamma", gamma, 0.0)
