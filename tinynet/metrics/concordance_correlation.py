"""How well the predictions of a row are its targets, and not only go along with them.

Source: https://keras.io/api/metrics/regression_metrics/; Lin, "A concordance correlation coefficient to evaluate
reproducibility", 1989.
"""

from __future__ import annotations

from tinynet.formulas import Row, Scalar, formula, row_sum
from tinynet.metrics.correlation import CorrelationMetric, covariance


@formula
def concordance_correlation(y: Row, p: Row, epsilon: Scalar) -> Scalar:
    """2·cov(y, p)/(σ_y² + σ_p² + (ȳ - p̄)² + ε) over one row"""
    T = type(p[0])
    y_mean, p_mean = row_sum(y) / T(p.size), row_sum(p) / T(p.size)
    apart = y_mean - p_mean
    spread = covariance(y, y, y_mean, y_mean) + covariance(p, p, p_mean, p_mean) + apart * apart
    return T(2.0) * covariance(y, p, y_mean, p_mean) / (spread + epsilon)


class ConcordanceCorrelation(CorrelationMetric):
    """The correlation of the outputs of a sample with its targets, less where their means or spreads are others.

    Parameters
    ----------
    name, dtype
        As for every `Metric`.
    axis : int, default -1
        The axis along which predictions and targets are compared. Any but the last one is for the layer loop.

    Examples
    --------
    >>> round(ConcordanceCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]]), 4)
    0.5714
    """

    formulas = (concordance_correlation,)
    epsilon = 1e-7
