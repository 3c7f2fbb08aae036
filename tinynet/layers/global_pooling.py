"""What pooling over all steps has in common: one number for each feature of a sample, out of those of its steps."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, flag, shown
from tinynet._kinds import is_one_of
from tinynet._types import Array, Shape
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers


class GlobalPooling(KernelLayer):
    """Base class of layers that make one vector of the steps of a sample.

    Its kernels find ``op.repeat * op.units`` features in the output, and ``op.inputs`` numbers in a sample of the
    input. `channels_first` is 1 where the steps of a feature stand side by side.
    """

    options = ("channels_first",)
    fixed = ("dtype", "data_format", "keepdims")

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        if not is_one_of(data_format, (None, "channels_last", "channels_first")):
            raise ValueError(
                f"{self.described}: `data_format` must be 'channels_last' or 'channels_first'. Received: "
                f"data_format={shown(data_format)}"
            )
        self.data_format = "channels_last" if data_format is None else data_format
        self.keepdims = flag(self.described, "keepdims", keepdims)

    @property
    def channels_first(self) -> bool:
        """Whether features come before steps."""
        return bool(self.data_format == "channels_first")

    def steps(self, shape: tuple[int, ...]) -> int:
        """Return how many steps a sample of a shape has."""
        return shape[1 if self.channels_first else 0]

    @property
    def onnx_axes(self) -> Array:
        """The axis of the steps as ONNX takes it."""
        return np.array([2 if self.channels_first else 1], np.int64)

    @property
    def onnx_features(self) -> Array:
        """The axis of the features as ONNX takes it."""
        return np.array([1 if self.channels_first else 2], np.int64)

    @classmethod
    def _from_onnx(cls, values: Any) -> Any:
        """Make a layer from what its form stands for in a graph that was read."""
        formats = {1: "channels_last", 2: "channels_first"}
        axes = [int(axis) for axis in values["onnx_axes"]]
        if len(axes) != 1 or axes[0] not in formats:
            raise ValueError(f"{cls.__name__} pools over one axis, 1 or 2. Received: axes {axes}")
        return cls(formats[axes[0]], bool(values["keepdims"]))

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (None, features), or raise a ValueError unless samples have steps and features."""
        if len(input_shape) != 3:
            raise ValueError(
                f"{self.described}: expected samples of two axes, steps and features, as an Embedding gives them. "
                f"Received: input of shape {shown(tuple(input_shape))}"
            )
        if 0 in input_shape[1:]:
            raise ValueError(f"{self.described}: there is nothing to pool. Received: input of shape {input_shape}")
        features = input_shape[1 if self.channels_first else 2]
        if not self.keepdims:
            return (input_shape[0], features)
        return (input_shape[0], features, 1) if self.channels_first else (input_shape[0], 1, features)

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return the numbers of a sample, and the rows and columns of the features."""
        features = repeat if self.channels_first else inputs
        rows = features if self.keepdims and self.channels_first else 1
        return inputs * repeat, rows, features // rows
