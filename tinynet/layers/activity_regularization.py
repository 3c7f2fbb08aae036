"""A penalty on what comes along, as a layer.

Source: https://keras.io/api/layers/regularization_layers/activity_regularization/
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet.layers.activation import Activation
from tinynet.layers.keywords import OfVectors
from tinynet.regularizers.l1_l2 import L1L2


class ActivityRegularization(Activation):
    """Add l1·Σ |x| + l2·Σ x², divided by the batch's samples, to the loss; the numbers stay as they are.

    Parameters
    ----------
    l1, l2 : float of at least 0, default 0
        The factors.
    **options
        `name`, `input_shape` and the like, as for every `Layer`. Every layer takes an `activity_regularizer`, too.

    Examples
    --------
    >>> ActivityRegularization(l2=0.01)([[1.0, -2.0]])
    array([[ 1., -2.]], dtype=float32)
    """

    _settled = ("activation", "activity_regularizer")
    fixed = ("dtype", "l1", "l2")

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Unpack[OfVectors]) -> None:
        penalty = L1L2(l1, l2)
        super().__init__("linear", activity_regularizer=penalty, **options)
        self.l1, self.l2 = penalty.l1, penalty.l2

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again: the factors stand for the penalty."""
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return config
