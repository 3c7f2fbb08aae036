"""How well a straight line tells the predictions of a row from its targets.

Source: https://keras.io/api/metrics/regression_metrics/
"""

from __future__ import annotations

from tinynet.formulas import Row, Scalar, formula, row_sum, sqrt
from tinynet.metrics.correlation import CorrelationMetric, covariance


@formula
def pearson_correlation(y: Row, p: Row) -> Scalar:
    """cov(y, p)/(σ_y·σ_p) over one row: NaN where the numbers of one are all the same"""
    T = type(p[0])
    y_mean, p_mean = row_sum(y) / T(p.size), row_sum(p) / T(p.size)
    y_deviation, p_deviation = sqrt(covariance(y, y, y_mean, y_mean)), sqrt(covariance(p, p, p_mean, p_mean))
    return covariance(y, p, y_mean, p_mean) / (y_deviation * p_deviation)


class PearsonCorrelation(CorrelationMetric):
    """The correlation of the outputs of a sample with its targets: 1 on a rising straight line, -1 on a falling one.

    Parameters
    ----------
    name, dtype
        As for every `Metric`.
    axis : int, default -1
        The axis along which predictions and targets are compared. Any but the last one is for the layer loop.

    Examples
    --------
    >>> round(PearsonCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]), 6)
    1.0
    """

    formulas = (pearson_correlation,)
