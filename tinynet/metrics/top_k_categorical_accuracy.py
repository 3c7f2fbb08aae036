"""How often the right class is among the most probable ones.

Source: https://keras.io/api/metrics/accuracy_metrics/#topkcategoricalaccuracy-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._arguments import whole_number
from tinynet._types import NoMore
from tinynet.formulas import Row, Scalar, argmax, formula
from tinynet.metrics.base import FormulaMetric
from tinynet.metrics.sparse_top_k_categorical_accuracy import label_in_top_k


@formula
def in_top_k(y: Row, p: Row, k: Scalar) -> Scalar:
    """1 if fewer than k predictions of a row are larger than that where its largest target is."""
    return label_in_top_k(argmax(y), p, k)


class TopKCategoricalAccuracy(FormulaMetric):
    """How often the largest target is where one of the k largest predictions is.

    Parameters
    ----------
    k : int, default 5
        How many predictions count.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    ValueError
        Unless k is a whole number of at least 1.

    Examples
    --------
    >>> TopKCategoricalAccuracy(k=2)([[0, 0, 1], [1, 0, 0]], [[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]])
    0.5
    """

    formulas = (in_top_k,)
    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None, **options: Unpack[NoMore]
    ) -> None:
        super().__init__(name, dtype, **options)
        self.k = whole_number("TopKCategoricalAccuracy", "k", k)
