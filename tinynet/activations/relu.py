"""The rectified linear unit.

Source: https://keras.io/api/layers/activations/#relu-function
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinynet._arguments import checked
from tinynet._kinds import is_number
from tinynet._types import Array
from tinynet.activations.base import ActivationFunction
from tinynet.formulas import Scalar, Words, formula


@formula
def relu(z: Scalar) -> Scalar:
    """max(z, 0). Written so that NaN stays NaN: training on broken data must show in the loss."""
    return type(z)(0.0) if z <= 0 else z


@formula
def relu_backward(a: Scalar, da: Scalar) -> Scalar:
    """dz = da where a > 0, else 0: the function's slope is 1 or 0 (at z = 0 by convention 0, as in Keras)."""
    return da if a > 0 else type(da)(0.0)


class ReLU(ActivationFunction):
    """max(z, 0). Called with arguments it is Keras's ``relu(x, negative_slope, max_value, threshold)``: see `ReLU6`.

    Examples
    --------
    >>> ReLU()([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    >>> ReLU()([-1.0, 2.0], max_value=1.0)
    array([0., 1.], dtype=float32)
    """

    name = "relu"
    formulas = relu, relu_backward
    onnx = "Relu(z)"
    floor = 0.0
    words = Words(
        "max({z}, 0)",
        "What is negative becomes 0; the rest passes.",
        "{da}·[{a} > 0]",
        "relu's slope is 1 where it let something through and 0 where it cut off",
    )

    @checked
    @checked
    def __call__(
        self, x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
    ) -> Array:
        """Return max(x, 0), or what the arguments make of it, as a new array."""
        if negative_slope == 0 and max_value is None and threshold == 0:
            return super().__call__(x)
        return with_limits(max_value, negative_slope, threshold)(x)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Make the function that a configuration describes: with the arguments of Keras's layer, one with limits."""
        given = config if isinstance(config, Mapping) else {}
        limits = {name: given[name] for name in ("max_value", "negative_slope", "threshold") if name in given}
        rest = {name: value for name, value in given.items() if name not in limits} if limits else config
        plain = super().from_config(rest)
        asked = any(value is not None and not (is_number(value) and value == 0) for value in limits.values())
        return with_limits(**limits) if asked else plain


def with_limits(
    max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0
) -> ActivationFunction:
    """Return the function that Keras's arguments stand for: no maximum is an infinite one."""
    from tinynet.activations.relu6 import ReLU6

    return ReLU6(float("inf") if max_value is None else max_value, negative_slope, threshold)
