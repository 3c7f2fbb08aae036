"""Generalized cross-entropy of class numbers, for labels some of which are wrong.

Source: https://keras.io/api/losses/probabilistic_losses/#categoricalgeneralizedcrossentropy-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._arguments import shown
from tinynet._kinds import is_number
from tinynet._types import NoMore
from tinynet.formulas import Label, Row, Scalar, Words, formula
from tinynet.losses.base import Loss


@formula
def generalized_crossentropy(label: Label, p: Row, q: Scalar) -> Scalar:
    """(1 - p[label]^q)/q: -log p for q → 0, and 1 - p for q → 1"""
    return (type(q)(1.0) - p[label] ** q) / q


@formula
def generalized_crossentropy_gradient(label: Label, p: Row, dp: Row, q: Scalar) -> None:
    """dp[label] = -p^(q-1), which for a label that is very unlikely grows less than the -1/p of the logarithm."""
    T = type(p[0])
    for k in range(p.size):
        dp[k] = T(0.0)
    dp[label] = -(p[label] ** (q - T(1.0)))


class CategoricalGeneralizedCrossEntropy(Loss):
    """(1 - p^q)/q of the probability p of the right class: between the cross-entropy and the absolute error.

    Parameters
    ----------
    q : float between 0 and 1, default 0.5
        The larger it is, the less a label counts that the network finds unlikely, and that may be wrong.
    reduction, name, dtype
        As for every `Loss`.

    Notes
    -----
    Zhang and Sabuncu, "Generalized cross entropy loss for training deep neural networks with noisy labels", 2018.

    Examples
    --------
    >>> CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]])
    1.0
    """

    targets = "classes"
    formulas = generalized_crossentropy, generalized_crossentropy_gradient
    words = Words(
        "{y}·(1 - {p}^{q})/{q}",
        "A power in place of the logarithm: an answer that seems impossible costs 1/q at most.",
        "-{y}·{p}^({q} - 1)",
        "The derivative of p^q is q·p^(q-1)",
    )

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Unpack[NoMore],
    ) -> None:
        super().__init__(name, reduction, dtype, **unknown)
        if isinstance(q, bool) or not is_number(q) or not 0 < q < 1:
            raise ValueError(f"{type(self).__name__}: `q` must be in the interval (0, 1). Received: q={shown(q)}")
        self.q = float(q)
