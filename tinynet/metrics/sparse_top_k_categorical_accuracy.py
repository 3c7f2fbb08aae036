"""How often the labelled class is among the most probable ones.

Source: https://keras.io/api/metrics/accuracy_metrics/#sparsetopkcategoricalaccuracy-class
"""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import flag, whole_number
from tinynet._types import Array, NoMore
from tinynet.formulas import Label, Row, Scalar, formula
from tinynet.losses.pairs import as_arrays
from tinynet.metrics.base import FormulaMetric
from tinynet.metrics.metric import named


@formula
def label_in_top_k(label: Label, p: Row, k: Scalar) -> Scalar:
    """1 if fewer than k predictions of a row are larger than that of its label; NaN counts as the least."""
    own, larger = p[label], 0
    for j in range(p.size):
        if p[j] > own or (own != own and p[j] > -math.inf):
            larger += 1
    return 1.0 if larger < k else 0.0


class SparseTopKCategoricalAccuracy(FormulaMetric):
    """How often the labelled class is among those of the k largest predictions.

    Parameters
    ----------
    k : int, default 5
        How many predictions count.
    name, dtype
        As for every `Metric`.
    from_sorted_ids : bool, default False
        Whether what is predicted are numbers of classes themselves, the most probable first.

    Raises
    ------
    ValueError
        Unless k is a whole number of at least 1.

    Examples
    --------
    >>> SparseTopKCategoricalAccuracy(k=2)([2, 0], [[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]])
    0.5
    >>> SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)([7, 3], [[7, 1, 2], [0, 1, 3]])
    0.5
    """

    formulas = (label_in_top_k,)
    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(name, dtype, **options)
        self.k = whole_number("SparseTopKCategoricalAccuracy", "k", k)
        self.from_sorted_ids = flag("SparseTopKCategoricalAccuracy", "from_sorted_ids", from_sorted_ids)

    @property
    def compiles(self) -> bool:  # type: ignore[override]
        """Whether the compiled loop can run it."""
        return not self.from_sorted_ids and super().compiles

    def row_values(self, y_true: Any, y_pred: Any) -> Array:
        """Return for each row whether its label is among the k most probable classes."""
        if not self.from_sorted_ids:
            return super().row_values(y_true, y_pred)
        with named(self.name):
            y, p = as_arrays(self.name, "any", y_true, y_pred)
        found: Array = (y.reshape(*p.shape[:-1], 1) == p[..., : self.k]).any(axis=-1)
        return found.astype(np.float64)
