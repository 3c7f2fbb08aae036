"""Rescaling: each number times a scale, plus an offset.

Source: https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/
"""

from __future__ import annotations

from typing import Unpack

import numpy as np

from tinynet.formulas import Batch, Floats, Operation, Words, kernel
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers


@kernel
def rescaling_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = scale·x + offset"""
    scale, offset = x.dtype.type(op.options[0]), x.dtype.type(op.options[1])
    for i in range(x.size):
        y[i] = scale * x[i] + offset


@kernel
def rescaling_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = scale·dy"""
    scale = x.dtype.type(op.options[0])
    for i in range(x.size):
        dx[i] = scale * dy[i]


class Rescaling(KernelLayer):
    """scale·x + offset: ``Rescaling(1 / 255)`` brings the bytes of a picture between 0 and 1.

    Parameters
    ----------
    scale : float
        What each number is multiplied by.
    offset : float, default 0
        What is added then.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If one of them is no number: Keras takes arrays as well.

    Examples
    --------
    >>> Rescaling(0.5, offset=-1.0)([[0.0, 4.0]])
    array([[-1.,  1.]], dtype=float32)
    """

    kernels = rescaling_forward, rescaling_backward
    options = ("scale", "offset")
    limits = {"scale": (-np.inf, np.inf), "offset": (-np.inf, np.inf)}  # noqa: RUF012
    supports_masking = True
    onnx = "x * scale + offset"
    words = Words(
        "{scale}·{x} + {offset}",
        "Brings the data to a size that training likes: nothing is learnt here.",
        "{scale}·{dy}",
        "the slope is the scale",
    )

    def __init__(self, scale: float, offset: float = 0.0, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        self.scale, self.offset = scale, offset
