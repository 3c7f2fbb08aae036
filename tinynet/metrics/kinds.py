"""Metrics and losses whose kind shows only with the shapes of targets and outputs: "accuracy" and "crossentropy"."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.losses.binary_crossentropy import BinaryCrossentropy
from tinynet.losses.categorical_crossentropy import CategoricalCrossentropy
from tinynet.losses.crossentropy import Crossentropy
from tinynet.losses.sparse_categorical_crossentropy import SparseCategoricalCrossentropy
from tinynet.metrics.base import FormulaMetric, Metric, metric_of
from tinynet.metrics.binary_accuracy import BinaryAccuracy
from tinynet.metrics.categorical_accuracy import CategoricalAccuracy
from tinynet.metrics.sparse_categorical_accuracy import SparseCategoricalAccuracy


class Accuracy(Metric):
    """Accuracy of whichever kind fits the targets, as the string ``"accuracy"`` in `compile` means it.

    One output: binary accuracy. Several, and one number per sample as target: sparse categorical. Several and one-hot
    targets: categorical.

    Examples
    --------
    >>> Accuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    """

    def reset_state(self) -> None:
        """Forget what was seen."""
        self._metric: FormulaMetric | None = None

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; the first one decides the kind."""
        if self._metric is None:
            p_shape = np.shape(y_pred)
            self._metric = by_shape("accuracy", p_shape[1:], np.shape(y_true)[1:])
        self._metric.update_state(y_true, y_pred, sample_weight)

    def result(self) -> float:
        """Return the share of hits."""
        return self._metric.result() if self._metric else 0.0


#: What is meant for one output, for class numbers and for one-hot targets.
_ACCURACIES = (BinaryAccuracy, SparseCategoricalAccuracy, CategoricalAccuracy)
_CROSSENTROPIES = (BinaryCrossentropy, SparseCategoricalCrossentropy, CategoricalCrossentropy)
#: Names whose meaning depends on the shapes of targets and outputs.
BY_SHAPE = {"accuracy": "accuracy", "acc": "accuracy", "crossentropy": "crossentropy", "ce": "crossentropy"}


def _which(output_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> int:
    """0 binary, 1 sparse, 2 categorical: Keras's rule, from the shapes of one sample."""
    if not output_shape or output_shape[-1] == 1:
        return 0
    if len(target_shape) < len(output_shape) or target_shape[-1] == 1:
        return 1
    return 2


def by_shape(
    what: str, output_shape: tuple[int, ...], target_shape: tuple[int, ...], name: str | None = None
) -> FormulaMetric:
    """Return the metric that ``"accuracy"`` or ``"crossentropy"`` means for outputs and targets of these shapes."""
    number = _which(output_shape, target_shape)
    kind = _ACCURACIES[number] if BY_SHAPE[what] == "accuracy" else metric_of(_CROSSENTROPIES[number])
    return kind(name or what)


def loss_by_shape(output_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> Crossentropy:
    """Return the loss that ``"crossentropy"`` means for outputs and targets of these shapes."""
    return _CROSSENTROPIES[_which(output_shape, target_shape)](name="crossentropy")
