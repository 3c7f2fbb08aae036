"""The largest of several inputs.

Source: https://keras.io/api/layers/merging_layers/maximum/
"""

from __future__ import annotations

import numpy as np

from tinynet.layers.merging import Extreme


class Maximum(Extreme):
    """Take the largest of the inputs, entry by entry.

    Examples
    --------
    >>> Maximum()([[[1.0, 7.0]], [[3.0, 5.0]]])
    array([[3., 7.]], dtype=float32)
    """

    onnx = "Max(*xs)"
    choose = np.maximum
    chosen = np.greater
