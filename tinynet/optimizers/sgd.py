"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from typing import Any

from tinynet.kernels import _codes as codes
from tinynet.optimizers.base import BuiltinOptimizer, Flag, Share


class SGD(BuiltinOptimizer):
    """Gradient descent: ``w ← w - learning_rate·dw``, with momentum ``m ← momentum·m - learning_rate·dw; w ← w + m``.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Length of a step.
    momentum : float in [0, 1], default 0
        How much of the last step is repeated.
    nesterov : bool, default False
        Whether the gradient is applied once more on top of the momentum.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `lr`, as for every `Optimizer`.

    Notes
    -----
    Source: https://keras.io/api/optimizers/sgd/

    Examples
    --------
    >>> SGD(0.1, momentum=0.9).momentum
    0.9
    """

    code = codes.SGD
    momentum = Share(codes.MOMENTUM, slot="momentum")
    nesterov = Flag(codes.NESTEROV)

    def __init__(
        self, learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False, **options: Any
    ) -> None:
        self.slots = ("momentum",) if momentum else ()
        super().__init__(learning_rate, **options)
        self.momentum, self.nesterov = momentum, nesterov
