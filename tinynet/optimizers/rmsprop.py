"""RMSprop: steps measured in units of each parameter's typical gradient."""

from __future__ import annotations

from typing import Any

from tinynet.kernels import _codes as codes
from tinynet.optimizers.base import BuiltinOptimizer, Flag, Hyperparameter, Share


class RMSprop(BuiltinOptimizer):
    """Divide the gradient by the root of a running mean of its square.

    ``v ← rho·v + (1 - rho)·dw²;  w ← w - learning_rate·dw/√(v + epsilon)``

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    rho : float in [0, 1], default 0.9
        How slowly the running mean forgets.
    momentum : float in [0, 1], default 0
        How much of the last step is repeated.
    epsilon : float, default 1e-7
        Keeps the root from 0; inside the root, as in Keras.
    centered : bool, default False
        Whether the running mean of the gradient, squared, is taken off v.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `lr`, as for every `Optimizer`.

    Notes
    -----
    Source: https://keras.io/api/optimizers/rmsprop/; Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012.

    Examples
    --------
    >>> RMSprop(momentum=0.5).slots
    ('velocity', 'momentum')
    """

    code = codes.RMSPROP
    rho = Share(codes.RHO)
    momentum = Share(codes.MOMENTUM, slot="momentum")
    epsilon = Hyperparameter(codes.EPSILON)
    centered = Flag(codes.CENTERED, slot="average_gradient")

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ) -> None:
        self.slots = (
            "velocity",
            *(("momentum",) if momentum else ()),
            *(("average_gradient",) if centered else ()),
        )
        super().__init__(learning_rate, **options)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
