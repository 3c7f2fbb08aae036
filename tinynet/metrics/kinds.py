"""Metrics and losses whose kind shows only with the shapes of targets and outputs: "accuracy" and "crossentropy"."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import data
from tinynet.losses.binary_crossentropy import BinaryCrossentropy
from tinynet.losses.categorical_crossentropy import CategoricalCrossentropy
from tinynet.losses.crossentropy import Crossentropy
from tinynet.losses.pairs import as_arrays
from tinynet.losses.sparse_categorical_crossentropy import SparseCategoricalCrossentropy
from tinynet.metrics.base import FormulaMetric, metric_of
from tinynet.metrics.binary_accuracy import BinaryAccuracy
from tinynet.metrics.categorical_accuracy import CategoricalAccuracy
from tinynet.metrics.metric import Average, named
from tinynet.metrics.sparse_categorical_accuracy import SparseCategoricalAccuracy


class Accuracy(Average):
    """Accuracy of whichever kind fits the targets, as the string ``"accuracy"`` in `compile` means it.

    One output: binary accuracy. Several, and one number per sample as target: sparse categorical. Several and one-hot
    targets: categorical. Predictions that are whole numbers by their type, one a sample, are classes themselves: the
    share that equals the targets, as Keras's `Accuracy` counts.

    Examples
    --------
    >>> Accuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    >>> Accuracy()([3, 1], [3, 2])
    0.5
    """

    _direction = "up"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        with named(self.name):
            y, p = data.as_array(y_true, "y_true"), data.as_array(y_pred, "y_pred")
            classes = p.dtype.kind in "iu" and (p.ndim < 2 or p.shape[-1] == 1)
            if classes:
                y, p = as_arrays(self.name, "values", y, p, np.float64)
        if classes:
            self._take_in(y.reshape(p.shape) == p, sample_weight)
        else:
            self.of_shape(p.shape[1:], y.shape[1:]).update_state(y, p, sample_weight)

    def of_shape(self, output_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> FormulaMetric:
        """Return the metric that it means for outputs and targets of these shapes, which counts for it."""
        meant = by_shape("accuracy", output_shape, target_shape, name=self.name)
        meant.total, meant.count = self.total, self.count
        return meant


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
