"""The square root of the mean squared error.

Source: https://keras.io/api/metrics/regression_metrics/#rootmeansquarederror-class
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.losses.mean_squared_error import MeanSquaredError
from tinynet.metrics.base import LossMetric


class RootMeanSquaredError(LossMetric):
    """√ of the mean of (prediction - target)² over all outputs and samples: an error in the targets' own unit.

    Examples
    --------
    >>> RootMeanSquaredError()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]])
    0.5
    """

    loss_class = MeanSquaredError
    aliases = ("rmse",)
    leaves_out = False

    def of_mean(self, mean: Any) -> Any:
        """Return the root of a mean, or of each of several."""
        root = np.sqrt(mean)
        return root if np.ndim(root) else float(root)
