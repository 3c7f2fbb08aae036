"""The activation ReLU as a layer."""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._arguments import shown
from tinynet._kinds import is_number
from tinynet.activations.relu import with_limits
from tinynet.layers.activation import Activation
from tinynet.layers.keywords import OfLayers


class ReLU(Activation):
    """max(x, 0) as a layer, or what Keras's arguments make of it.

    Parameters
    ----------
    max_value : float, optional
        The most that comes out.
    negative_slope : float, default 0
        What share of x - threshold comes out where x is not above the threshold.
    threshold : float, default 0
        What x has to be above to pass.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If one of them is negative.

    Notes
    -----
    Source: https://keras.io/api/layers/activation_layers/relu/

    Examples
    --------
    >>> ReLU()([[-1.0, 2.0]])
    array([[0., 2.]], dtype=float32)
    >>> ReLU(max_value=1.0, negative_slope=0.5)([[-1.0, 2.0]])
    array([[-0.5,  1. ]], dtype=float32)
    """

    _settled = ("activation",)
    fixed = ("dtype", "max_value", "negative_slope", "threshold")

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Unpack[OfLayers],
    ) -> None:
        given: dict[str, Any] = {"max_value": max_value, "negative_slope": negative_slope, "threshold": threshold}
        for name, value in given.items():
            allowed = value is None and name == "max_value"
            number = is_number(value) and not isinstance(value, bool)
            if not allowed and not (number and value >= 0):
                raise ValueError(
                    f"{name} of a ReLU layer cannot be {'' if name == 'max_value' else 'None or '}a negative value. "
                    f"Received: {name}={shown(value)}"
                )
        limited = max_value is not None or negative_slope or threshold
        super().__init__(with_limits(max_value, negative_slope, threshold) if limited else "relu", **options)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold
