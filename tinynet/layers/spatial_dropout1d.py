"""Dropout of whole features: all steps of a sample lack the same ones.

Source: https://keras.io/api/layers/regularization_layers/spatial_dropout1d/
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._arguments import checked
from tinynet._types import Shape
from tinynet.layers.dropout import Dropout
from tinynet.layers.keywords import OfLayers


class SpatialDropout1D(Dropout):
    """Leave out features in training, each in all steps of a sample: `Dropout` with ``noise_shape=(None, 1, None)``.

    Neighbouring steps are often alike. What is left out in one of them could be read off the next.

    Parameters
    ----------
    rate : float in [0, 1]
        The share.
    seed : int, optional
        With a seed, the same features are left out in every run.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        For samples that are no steps of features.

    Notes
    -----
    Tompson, Goroshin, Jain, LeCun and Bregler, "Efficient object localization using convolutional networks", 2015.

    Examples
    --------
    >>> import numpy as np
    >>> y = SpatialDropout1D(0.5, seed=1)(np.ones((1, 3, 8)), training=True)
    >>> bool((y == y[:, :1]).all()), sorted(set(y.reshape(-1).tolist()))
    (True, [0.0, 2.0])
    """

    _other_names = (*Dropout._other_names, "noise_shape")

    def __init__(self, rate: float, seed: int | None = None, **options: Unpack[OfLayers]) -> None:
        super().__init__(rate, (None, 1, None), seed, **options)

    @checked
    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError unless samples are steps of features."""
        if len(input_shape) != 3:
            raise ValueError(
                f"{self.described}: expected samples of steps and features, (N, steps, features). Received: input of "
                f"shape {input_shape}. For vectors use Dropout."
            )
        super().build(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments for such a layer: `trainable`, which Keras's does not take, only if False."""
        return {name: value for name, value in super().get_config().items() if name != "trainable" or not value}
