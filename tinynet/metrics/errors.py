"""Losses as metrics: mean errors and cross-entropies."""

from __future__ import annotations

from typing import Any

from tinynet.kernels import _codes as codes
from tinynet.losses.crossentropies import LOGIT_CODES
from tinynet.metrics.base import BuiltinMetric


class MeanSquaredError(BuiltinMetric):
    """Mean of (prediction - target)².

    Examples
    --------
    >>> MeanSquaredError()([[0.0]], [[2.0]])
    4.0
    """

    code = codes.MEAN_SQUARED_ERROR


class MeanAbsoluteError(BuiltinMetric):
    """Mean of |prediction - target|.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0]], [[2.0]])
    2.0
    """

    code = codes.MEAN_ABSOLUTE_ERROR


class _Crossentropy(BuiltinMetric):
    """A cross-entropy as a metric.

    Parameters
    ----------
    name, dtype
        As for every `Metric`.
    from_logits : bool, default False
        Whether the predictions are logits: sigmoid or softmax was not applied.
    """

    def __init__(self, name: str | None = None, dtype: Any = None, from_logits: bool = False, **options: Any) -> None:
        super().__init__(name, dtype, **options)
        if from_logits:
            self.code = LOGIT_CODES[self.code]


class BinaryCrossentropy(_Crossentropy):
    """Binary cross-entropy as a metric, on probabilities or, with ``from_logits=True``, on logits.

    Examples
    --------
    >>> round(BinaryCrossentropy()([[1.0]], [[0.5]]), 4)
    0.6931
    """

    code = codes.BINARY_CROSSENTROPY


class CategoricalCrossentropy(_Crossentropy):
    """Categorical cross-entropy as a metric, on probabilities or, with ``from_logits=True``, on logits.

    Examples
    --------
    >>> round(CategoricalCrossentropy()([[1.0, 0.0]], [[0.5, 0.5]]), 4)
    0.6931
    """

    code = codes.CATEGORICAL_CROSSENTROPY


class SparseCategoricalCrossentropy(_Crossentropy):
    """Sparse categorical cross-entropy as a metric, on probabilities or, with ``from_logits=True``, on logits.

    Examples
    --------
    >>> round(SparseCategoricalCrossentropy()([0], [[0.5, 0.5]]), 4)
    0.6931
    """

    code = codes.SPARSE_CATEGORICAL_CROSSENTROPY
