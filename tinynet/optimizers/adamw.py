"""AdamW: Adam with weight decay.

Source: https://keras.io/api/optimizers/adamw/
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet.optimizers.adam import Adam
from tinynet.optimizers.keywords import OfUpdates


class AdamW(Adam):
    """Adam whose weights also shrink in every step, apart from the gradient: ``w ← w - w·weight_decay·learning_rate``.

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    weight_decay : float, default 0.004
        How much the weights shrink.
    beta_1, beta_2, epsilon, amsgrad, **options
        As for `Adam`.

    Notes
    -----
    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.

    Examples
    --------
    >>> AdamW().weight_decay
    0.004
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[OfUpdates],
    ) -> None:
        if weight_decay is None:
            raise ValueError(
                "AdamW: Argument `weight_decay` must be a float. Received: weight_decay=None. For none use Adam."
            )
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an optimizer again, without its slots."""
        return {**super().get_config(), "weight_decay": self.weight_decay or 0.0}
