"""Flattening: every sample becomes a vector."""

from __future__ import annotations

from math import prod
from typing import Any

from tinynet._arguments import checked, shown
from tinynet._kinds import is_one_of
from tinynet._types import Shape
from tinynet.layers.reshaping import Reshaping


class Flatten(Reshaping):
    """Turn every sample into a vector: (N, 28, 28) becomes (N, 784), and (N,) becomes (N, 1).

    Parameters
    ----------
    data_format : str, optional
        Keras's ``"channels_last"``. With ``"channels_first"`` Keras moves an axis; here that is left to NumPy.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Notes
    -----
    Source: https://keras.io/api/layers/reshaping_layers/flatten/

    Examples
    --------
    >>> Flatten()([[[1, 2], [3, 4]]])
    array([[1., 2., 3., 4.]], dtype=float32)
    """

    onnx = "Flatten(x, axis=1)"

    @checked
    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        if not is_one_of(data_format, (None, "channels_last", "channels_first")):
            raise ValueError(
                "Flatten: `data_format` must be 'channels_last' or 'channels_first'. Received: "
                f"data_format={shown(data_format)}"
            )
        self.data_format = "channels_last" if data_format is None else data_format

    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError where the channels would have to be moved first."""
        if self.data_format == "channels_first" and len(input_shape) > 2:
            raise ValueError(
                f"{self.described}: data_format='channels_first' moves an axis of input of shape {input_shape}. Do "
                "that first, np.moveaxis(x, 1, -1), and leave `data_format` out."
            )

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (None, product of the others)."""
        axes = input_shape[1:]
        return (input_shape[0], None if None in axes else prod(a for a in axes if a is not None))
