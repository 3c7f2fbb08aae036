"""How much of the targets' variance is explained.

Source: https://keras.io/api/metrics/regression_metrics/#r2score-class
"""

from __future__ import annotations

import warnings
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import shown, whole_number
from tinynet._kinds import is_one_of
from tinynet._types import Array, NoMore
from tinynet.formulas import Doubles, Floats, kernel
from tinynet.metrics.sums import SumsMetric, weight_at

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


@kernel
def sum_up_squares(y: Floats, p: Floats, weights: Floats, columns: int, numbers: Doubles, sums: Doubles) -> None:
    """Of all columns the number of targets; of each Σ weight, Σ weight·y, Σ weight·y² and Σ weight·(y - p)²."""
    sums[0] += p.size
    for i in range(p.size):
        weight = weight_at(i, p.size, weights)
        target, first = float(y[i]), 1 + 4 * (i % columns)
        error = target - float(p[i])
        sums[first] += weight
        sums[first + 1] += weight * target
        sums[first + 2] += weight * target * target
        sums[first + 3] += weight * error * error


class R2Score(SumsMetric):
    """1 - Σ (y - p)²/Σ (y - mean of y)²: 1 is best, 0 is as good as telling the mean.

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average", None}, default "uniform_average"
        The mean of the columns' scores, the mean weighted by their variances, or a score for each, in an array.
    num_regressors : int, default 0
        How many inputs explain the targets, for the adjusted score; 0 adjusts nothing.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    ValueError
        For an aggregation that there is not, and a number below 0.

    Examples
    --------
    >>> R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
    0.5714285714285716
    """

    kernels = (sum_up_squares,)
    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(name, dtype, **options)
        if not is_one_of(class_aggregation, AGGREGATIONS):
            raise ValueError(
                f"R2Score: Invalid value for argument `class_aggregation`. Expected one of {AGGREGATIONS}. "
                f"Received: {shown(class_aggregation)}"
            )
        self.class_aggregation = class_aggregation
        words = "Invalid value for argument `num_regressors`. Expected a value >= 0"
        self.num_regressors = whole_number("R2Score", "num_regressors", num_regressors, 0, words)

    def width(self, columns: int) -> int:
        """Return how many sums there are for outputs of so many columns."""
        return 1 + 4 * columns

    def check_outputs(self, shape: tuple[int, ...]) -> None:
        """Raise a ValueError unless a sample has one row of outputs."""
        if len(shape) != 1:
            raise ValueError(
                f"R2Score expects 2D inputs with shape (batch_size, output_dim). Received: samples of shape {shape}"
            )

    def value(self, sums: Array) -> Any:
        """Return the score of each column, or their mean."""
        weight, y, squares, errors = sums[1:].reshape(-1, 4).T
        total = squares - y * (y / weight)
        scores = 1.0 - errors / total
        scores[np.isinf(scores)] = 0.0
        if self.class_aggregation == "uniform_average":
            scores = scores.mean()
        elif self.class_aggregation == "variance_weighted_average":
            scores = (total * scores).sum() / total.sum()
        return self._adjusted(scores, sums[0])

    def _adjusted(self, scores: Any, n: float) -> Any:
        """Return scores as they are for so many inputs: with as many as there are targets, any targets are hit."""
        left = n - 1.0 - self.num_regressors
        if not self.num_regressors or not n:
            return scores
        if left <= 0:
            what = "More independent predictors than datapoints" if left < 0 else "Division by zero"
            warnings.warn(f"{what} in adjusted R2 score. Falling back to standard R2 score.", stacklevel=2)
            return scores
        return 1.0 - (1.0 - scores) * (n - 1.0) / left
