"""The smallest of several inputs.

Source: https://keras.io/api/layers/merging_layers/minimum/
"""

from __future__ import annotations

import numpy as np

from tinynet.layers.merging import Extreme


class Minimum(Extreme):
    """Take the smallest of the inputs, entry by entry.

    Examples
    --------
    >>> Minimum()([[[1.0, 7.0]], [[3.0, 5.0]]])
    array([[1., 5.]], dtype=float32)
    """

    onnx = "Min(*xs)"
    choose = np.minimum
    chosen = np.less
