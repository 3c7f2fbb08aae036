"""The activation softmax as a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tinynet import config
from tinynet._arguments import checked, numbers, whole_number
from tinynet._types import Array, Shape
from tinynet.activations.softmax import Softmax as SoftmaxFunction
from tinynet.data.arrays import as_array, cast
from tinynet.layers.activation import Activation
from tinynet.layers.keywords import OfLayers
from tinynet.layers.symbolic import is_symbolic

#: What a masked score becomes: so low that it weighs nothing, and finite, for rows that are masked altogether.
MASKED = -1e9


class Softmax(Activation):
    """Probabilities from logits, as a layer.

    Parameters
    ----------
    axis : int or sequence of int, default -1
        Along which axis, or over which axes together, they sum to 1. In a model it is the last one.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Notes
    -----
    Source: https://keras.io/api/layers/activation_layers/softmax/

    Examples
    --------
    >>> Softmax()([[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    >>> Softmax(axis=0)([[0.0, 0.0]])
    array([[1., 1.]], dtype=float32)

    What a mask leaves out has no probability:

    >>> Softmax()([[0.0, 5.0, 0.0]], mask=[1, 0, 1])
    array([[0.5, 0. , 0.5]], dtype=float32)
    """

    _settled = ("activation",)

    def __init__(self, axis: int | Sequence[int] = -1, **options: Unpack[OfLayers]) -> None:
        super().__init__("softmax", **options)
        several = axis if isinstance(axis, (tuple, list)) else (axis,)
        for each in several:
            whole_number("Softmax", "axis", each, -32)
        self.axis = axis

    @checked
    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError unless the axis is the last one, which is what both loops compute."""
        if not self._is_last(len(input_shape)):
            raise ValueError(
                f"{self.described}: in a model probabilities are those along the last axis. Received: axis={self.axis} "
                f"for input of shape {input_shape}. By itself the layer takes any axis: layer(x)."
            )

    def __call__(  # type: ignore[override]
        self, x: Any, training: bool | None = None, *, mask: Any = None
    ) -> Any:
        """Return the probabilities along the axis, those of what is not masked if there is a mask."""
        if mask is None and (self.axis == -1 or is_symbolic(x)):
            return super().__call__(x, training)
        given = cast(as_array(x, f"{self.described}: x"), np.dtype(self.dtype or config.floatx()))
        if mask is None and self._is_last(given.ndim):
            return super().__call__(given, training)
        if mask is None:
            return SoftmaxFunction()(given, axis=self.axis)
        keep = self._kept_entries(mask, given.shape)
        probabilities = SoftmaxFunction()(np.where(keep, given, given.dtype.type(MASKED)), axis=self.axis)
        return np.where(keep, probabilities, given.dtype.type(0.0))

    def _is_last(self, rank: int) -> bool:
        return self.axis in (-1, rank - 1)

    def _kept_entries(self, mask: Any, shape: tuple[int, ...]) -> Array:
        """Return where a mask is true, or above 0.5, or raise a ValueError."""
        given = numbers(self.described, "mask", mask)
        if given.ndim > len(shape):
            fault = "must not have more dimensions"
        elif any(m not in (1, n) for m, n in zip(given.shape[::-1], shape[::-1], strict=False)):
            fault = "each of its dimensions must be 1 or that of the inputs"
        else:
            return given > 0.5
        raise ValueError(
            f"{self.described}: the `mask` must be broadcastable to the inputs, and {fault}. Received: "
            f"inputs.shape={shape}, mask.shape={given.shape}"
        )
