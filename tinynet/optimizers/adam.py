"""Adam: momentum and RMSprop together."""

from __future__ import annotations

from typing import Any

from tinynet.kernels import _codes as codes
from tinynet.optimizers.base import BuiltinOptimizer, Flag, Hyperparameter, Share


class Adam(BuiltinOptimizer):
    """Step along a running mean of the gradient, divided by the root of a running mean of its square.

    ``m ← m + (dw - m)(1 - β₁);  v ← v + (dw² - v)(1 - β₂);  w ← w - α·m/(√v + epsilon)`` with
    ``α = learning_rate·√(1 - β₂ᵗ)/(1 - β₁ᵗ)`` in step t.

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    beta_1, beta_2 : float in [0, 1), default 0.9 and 0.999
        How slowly the running means forget.
    epsilon : float, default 1e-7
        Keeps the divisor from 0.
    amsgrad : bool, default False
        Whether v is replaced by the largest v so far in the divisor.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `lr`, as for every `Optimizer`.

    Notes
    -----
    Source: https://keras.io/api/optimizers/adam/; Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015.

    Examples
    --------
    >>> Adam().learning_rate
    0.001
    """

    code = codes.ADAM
    beta_1 = Share(codes.BETA_1, closed=False)
    beta_2 = Share(codes.BETA_2, closed=False)
    epsilon = Hyperparameter(codes.EPSILON)
    amsgrad = Flag(codes.AMSGRAD, slot="velocity_hat")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        self.slots = ("momentum", "velocity", *(("velocity_hat",) if amsgrad else ()))
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
