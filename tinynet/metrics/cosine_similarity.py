"""The cosine of the angle between target and prediction.

Source: https://keras.io/api/metrics/regression_metrics/#cosinesimilarity-class
"""

from __future__ import annotations

from tinynet.formulas import Row, Scalar, formula
from tinynet.losses.cosine_similarity import CosineSimilarity as Loss
from tinynet.losses.cosine_similarity import cosine_similarity
from tinynet.metrics.base import LossMetric


@formula
def cosine(y: Row, p: Row, epsilon: Scalar) -> Scalar:
    """Σₖ yₖ·pₖ/(|y|·|p|) over one row, with ε in place of a smaller length"""
    return -cosine_similarity(y, p, epsilon)


class CosineSimilarity(LossMetric):
    """The cosine of the angle between target and prediction, 1 for the same direction; the loss is minus it.

    Examples
    --------
    >>> round(CosineSimilarity()([[0.0, 2.0]], [[3.0, 4.0]]), 6)
    0.8
    """

    loss_class = Loss
    formulas = (cosine,)
    epsilon = 1e-7
    _direction = "up"
    _sign = -1
