"""Flattening: every sample becomes a vector."""

from __future__ import annotations

from math import prod
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._kinds import is_one_of
from tinynet._types import Array, Shape
from tinynet.layers.keywords import OfLayers
from tinynet.layers.reshaping import Reshaping


class Flatten(Reshaping):
    """Turn every sample into a vector: (N, 28, 28) becomes (N, 784), and (N,) becomes (N, 1).

    Parameters
    ----------
    data_format : {"channels_last", "channels_first"}, optional
        With ``"channels_first"`` the first axis of a sample is made its last one before. Default: ``"channels_last"``.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Notes
    -----
    Source: https://keras.io/api/layers/reshaping_layers/flatten/

    Examples
    --------
    >>> Flatten()([[[1, 2], [3, 4]]])
    array([[1., 2., 3., 4.]], dtype=float32)
    >>> Flatten("channels_first")([[[1, 2], [3, 4]]])
    array([[1., 3., 2., 4.]], dtype=float32)
    """

    onnx = "Flatten(x, axis=1) if does_nothing else Flatten(Transpose(x, perm=onnx_axes), axis=1)"
    fixed = ("dtype", "data_format")

    @checked
    def __init__(self, data_format: str | None = None, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        if not is_one_of(data_format, (None, "channels_last", "channels_first")):
            raise ValueError(
                "Flatten: `data_format` must be 'channels_last' or 'channels_first'. Received: "
                f"data_format={shown(data_format)}"
            )
        self.data_format = "channels_last" if data_format is None else data_format

    @property
    def does_nothing(self) -> bool:  # type: ignore[override]
        """Whether the numbers stay in their order."""
        return bool(self.data_format == "channels_last")

    @property
    def onnx_axes(self) -> Array:
        """The order of the axes in which numbers stand."""
        return np.array([0, *range(2, len(self.input_shape)), *([1] if len(self.input_shape) > 1 else [])], np.int64)

    @classmethod
    def _from_onnx(cls, values: Any) -> Flatten:
        """Make a layer from what its form stands for in a graph that was read."""
        axes = [*values["onnx_axes"]] if "onnx_axes" in values else []
        if axes and axes != [0, *range(2, len(axes)), 1]:
            raise ValueError(f"{cls.__name__} moves the second axis to the end. Received: the axes in the order {axes}")
        return cls("channels_first" if axes else None)

    def why_python(self) -> str:
        """Return why the compiled loop cannot run the layer, or an empty string."""
        return "" if self.does_nothing else f"layer '{self.name}' moves an axis, that of the channels, to the end"

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return the numbers of each sample in a row."""
        if self.does_nothing:
            return super().forward(x, training)
        moved = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if x.ndim > 2 else x
        y = super().forward(moved, training)
        if self.in_training(training):
            self._x_shape = moved.shape
        return y

    def backward(self, dy: Array) -> Array:
        """Return dy in the shape of x."""
        dx = super().backward(dy)
        return dx if self.does_nothing or dx.ndim < 3 else np.ascontiguousarray(np.moveaxis(dx, -1, 1))

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (None, product of the others)."""
        axes = input_shape[1:]
        return (input_shape[0], None if None in axes else prod(a for a in axes if a is not None))
