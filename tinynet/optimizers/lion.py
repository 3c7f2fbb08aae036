"""Lion: steps of one length, in the direction of the sign.

Source: https://keras.io/api/optimizers/lion/
"""

from __future__ import annotations

from typing import Unpack

from tinynet._arguments import shown
from tinynet.formulas import Scalar, Told, formula
from tinynet.optimizers.adam import rest_of_beta_1, rest_of_beta_2
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Share, as_number
from tinynet.optimizers.keywords import OfOptimizers
from tinynet.optimizers.rmsprop import moving_average


@formula
def signed(length: Scalar, direction: Scalar) -> Scalar:
    """length·sign(direction): 0 where there is no direction. A NaN stays a NaN."""
    return length if direction > 0 else (-length if direction < 0 else direction)


@formula
def lion(
    w: Scalar,
    g: Scalar,
    m: Scalar,
    learning_rate: Scalar,
    beta_1: Scalar,
    rest_1: Scalar,
    beta_2: Scalar,
    rest_2: Scalar,
) -> tuple[Scalar, Scalar]:
    """w ← w - lr·sign(β₁·m + (1 - β₁)·g); m ← β₂·m + (1 - β₂)·g."""
    step = signed(learning_rate, moving_average(m, g, beta_1, rest_1))
    return w - step, moving_average(m, g, beta_2, rest_2)


class Lion(Optimizer):
    """Step by the learning rate, whatever the size of the gradient, along the sign of a running mean.

    ``w ← w - learning_rate·sign(β₁·m + (1 - β₁)·dw);  m ← β₂·m + (1 - β₂)·dw``

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step, the same for every weight.
    beta_1 : float in (0, 1], default 0.9
        How much of the mean counts in the direction of this step.
    beta_2 : float in [0, 1], default 0.99
        How slowly the mean forgets.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Notes
    -----
    Chen et al., "Symbolic discovery of optimization algorithms", 2023.

    Examples
    --------
    >>> Lion().slots
    ('momentum',)
    """

    slots = ("momentum",)
    formulas = (lion,)
    rates = {"rest_1": rest_of_beta_1, "rest_2": rest_of_beta_2}  # noqa: RUF012
    words = (
        Told(
            "step",
            "{learning_rate}·sign({beta_1}·{m_old} + (1 - {beta_1})·{g})",
            "Only the sign counts, so that all weights move by the same length.",
        ),
        Told("m", "{beta_2}·{m_old} + (1 - {beta_2})·{g}", "A running mean of the gradient."),
        Told("w", "{w} - {step}", "The weight moves by the step."),
    )
    beta_1 = Share()
    beta_2 = Share()

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Unpack[OfOptimizers],
    ) -> None:
        super().__init__(learning_rate, **options)
        if not 0 < as_number(self, "beta_1", beta_1) <= 1:
            raise ValueError(
                f"{self.name}: Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer degenerates to "
                f"SignSGD. Received: beta_1={shown(beta_1)}. Without a mean, which 0 leaves out, it is the sign of the "
                "gradient alone."
            )
        self.beta_1, self.beta_2 = beta_1, beta_2
