"""One number for precision and recall.

Source: https://keras.io/api/metrics/classification_metrics/#fbetascore-class
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import bare, shown
from tinynet._kinds import is_one_of
from tinynet._types import Array, NoMore
from tinynet.formulas import Doubles, Floats, Scalar, formula, kernel, row_max, span
from tinynet.metrics.sums import SumsMetric, weight_at

#: Keras's, in place of divisors that are 0.
EPSILON = 1e-7
AVERAGES = (None, "micro", "macro", "weighted")


@formula
def is_taken(p: Scalar, largest: Scalar, threshold: Scalar) -> Any:
    """Whether p is above the threshold; if that is 0, whether p is the row's largest, and not 0 itself."""
    if threshold > 0:
        return p > threshold
    return p >= largest and abs(p) > type(p)(1e-9)


@kernel
def count_by_class(y: Floats, p: Floats, weights: Floats, columns: int, numbers: Doubles, sums: Doubles) -> None:
    """For each column Σ weight·y where it is taken, Σ weight·(1 - y) there, and Σ weight·y where it is not.

    Numbers: the threshold, or 0 to take the largest of each row.
    """
    threshold = p.dtype.type(numbers[0])
    for start in range(0, p.size, columns):
        largest = row_max(span(p, start, start + columns))
        for k in range(columns):
            target = float(y[start + k])
            weight = weight_at(start + k, p.size, weights)
            if is_taken(p[start + k], largest, threshold):
                sums[3 * k] += weight * target
                sums[3 * k + 1] += weight * (1.0 - target)
            else:
                sums[3 * k + 2] += weight * target


class FBetaScore(SumsMetric):
    """The harmonic mean of precision and recall, of which recall counts beta² times as much.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}, optional
        None gives a score for each column, in an array. ``"micro"`` counts all columns together; ``"macro"`` is the
        mean of the columns' scores, ``"weighted"`` the mean weighted by their positives.
    beta : float, default 1.0
        How much more recall counts.
    threshold : float, optional
        Predictions above it are taken for positive. Default: the largest of each row.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    ValueError
        For an average that there is not, a `beta` that is not above 0, and a threshold that is not in (0, 1]; for whole
        numbers, as in Keras: 2.0, not 2.

    Examples
    --------
    >>> FBetaScore(average="micro", beta=2.0, threshold=0.5)([[1, 1, 0]], [[0.2, 0.8, 0.7]])
    0.4999999550000021
    """

    kernels = (count_by_class,)
    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(name, dtype, **options)
        owner = type(self).__name__
        if not is_one_of(average, AVERAGES):
            raise ValueError(
                f"{owner}: Invalid `average` argument value. Expected one of: {{None, 'micro', 'macro', 'weighted'}}. "
                f"Received: average={bare(average)}"
            )
        self.average = average
        self.beta = _above_0(owner, "beta", beta, np.inf)
        self.threshold = None if threshold is None else _above_0(owner, "threshold", threshold, 1.0)

    @property
    def numbers(self) -> Array:
        """What the kernel takes beside targets and predictions."""
        return np.array([self.threshold or 0.0])

    def width(self, columns: int) -> int:
        """Return how many sums there are for outputs of so many columns."""
        return 3 * columns

    def check_outputs(self, shape: tuple[int, ...]) -> None:
        """Raise a ValueError unless a sample has one row of outputs."""
        if len(shape) != 1:
            raise ValueError(
                f"{type(self).__name__} expects 2D inputs with shape (batch_size, output_dim). Received: samples of "
                f"shape {shape}"
            )

    def value(self, sums: Array) -> Any:
        """Return the score of each column, or their mean: (1 + β²)·P·R/(β²·P + R)."""
        tp, fp, fn = sums.reshape(-1, 3).T
        positives = tp + fn
        if self.average == "micro":
            tp, fp, fn = tp.sum(), fp.sum(), fn.sum()
        precision, recall = tp / (tp + fp + EPSILON), tp / (tp + fn + EPSILON)
        square = self.beta**2
        scores = (1.0 + square) * precision * recall / (square * precision + recall + EPSILON)
        if self.average == "weighted":
            return (scores * positives / (positives.sum() + EPSILON)).sum()
        return scores if self.average is None else np.mean(scores)


def _above_0(owner: str, name: str, value: Any, high: float) -> float:
    """Return a number above 0 and at most `high`, or raise a ValueError."""
    invalid = f"Invalid `{name}` argument value."
    wanted = "It should be > 0" if np.isinf(high) else f"It should verify 0 < {name} <= {high:g}"
    if not isinstance(value, (float, np.floating)):
        kind = f"of type '{type(value)}'"
        raise ValueError(f"{owner}: {invalid} It should be a Python float. Received: {name}={bare(value)} {kind}")
    if not 0.0 < value <= high:
        raise ValueError(f"{owner}: {invalid} {wanted}. Received: {name}={shown(value)}")
    return float(value)
