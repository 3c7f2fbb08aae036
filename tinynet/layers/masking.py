"""Masking: steps that hold nothing but one number are padding.

Source: https://keras.io/api/layers/core_layers/masking/
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, numbers
from tinynet._types import Array, Shape
from tinynet.formulas import Batch, Floats, Operation, Words, kernel, span
from tinynet.layers.building import columns_of
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers


@kernel
def masking_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = x·m, m being 0 in steps whose numbers all are `mask_value`, and else 1"""
    masking_backward(op, x, x, y, batch)


@kernel
def masking_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy·m, with the same m: padding has no say."""
    value, columns = x.dtype.type(op.options[0]), op.inputs
    for first in range(0, x.size, columns):
        step, passed = span(x, first, first + columns), False
        for j in range(columns):
            passed = passed or step[j] != value
        for j in range(columns):
            dx[first + j] = dy[first + j] if passed else x.dtype.type(0.0)


class Masking(KernelLayer):
    """Take steps whose numbers all are `mask_value` for padding: they become 0, and are left out further on.

    Layers hand on which steps those are, as Keras's do, to a `GlobalAveragePooling1D`, which leaves them out of its
    means, or to the loss and to metrics that are means, which leave out the rows.

    Parameters
    ----------
    mask_value : float, default 0
        The number.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If `mask_value` is no number; in a model where a layer behind it would have to leave out padding and cannot.

    Notes
    -----
    Of samples that are vectors, each is one step: those that hold nothing but `mask_value` do not count in the loss.

    Examples
    --------
    >>> layer = Masking(-1.0)
    >>> layer([[[1, -1], [-1, -1]]])
    array([[[ 1., -1.],
            [ 0.,  0.]]], dtype=float32)
    >>> layer.compute_mask([[[1, -1], [-1, -1]]])
    array([[ True, False]])
    """

    kernels = masking_forward, masking_backward
    options = ("mask_value",)
    limits = {"mask_value": (-np.inf, np.inf)}  # noqa: RUF012
    supports_masking = True
    onnx = "x * ReduceMax(Where(Equal(x, mask_value), 0.0, 1.0), onnx_axes, keepdims=1)"
    words = Words(
        "{x}·m",
        "Steps that hold nothing but the number that stands for padding become 0 (m = 0); the others pass (m = 1).",
        "{dy}·m",
        "What passed on the way there passes on the way back: padding has no say.",
    )

    def __init__(self, mask_value: float = 0.0, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        self.mask_value = mask_value

    @property
    def onnx_axes(self) -> Array:
        """The axis of a step's numbers as ONNX takes it."""
        return np.array([-1], np.int64)

    @property
    def padding_value(self) -> float:  # type: ignore[override]
        """What all numbers of a step are that is padding."""
        return float(self.mask_value)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Array:
        """Return where steps hold another number than `mask_value`."""
        given = numbers(self.described, "inputs", inputs)
        found: Array = (given != self.mask_value).any(axis=-1)
        return found

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape, or raise a ValueError if steps have no numbers."""
        columns_of(self, input_shape)
        return input_shape
