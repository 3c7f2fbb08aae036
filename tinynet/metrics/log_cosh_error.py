"""The logarithm of the hyperbolic cosine of the error, by the name that Keras's metric has.

Source: https://keras.io/api/metrics/regression_metrics/#logcosherror-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._types import NoMore
from tinynet.losses.log_cosh import LogCosh
from tinynet.metrics.base import LossMetric


class LogCoshError(LossMetric):
    """Mean of log(cosh(y_pred - y_true)) over the outputs and the samples.

    Examples
    --------
    >>> round(LogCoshError()([[0.0, 0.0]], [[0.0, 2.0]]), 6)
    0.662501
    """

    loss_class = LogCosh

    def __init__(self, name: str | None = "logcosh", dtype: Any = None, **options: Unpack[NoMore]) -> None:
        super().__init__(name, dtype, **options)
