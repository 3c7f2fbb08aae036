"""Metrics and losses whose kind shows only with the shapes of targets and outputs: "accuracy" and "crossentropy"."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import data
from tinynet._arguments import checked
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


class MeantByShape(Average):
    """A metric of whichever kind fits the shapes: for one output, for class numbers, or for one-hot targets."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        with named(self.name):
            y, p = data.as_array(y_true, "y_true"), data.as_array(y_pred, "y_pred")
        self.of_shape(p.shape[1:], y.shape[1:]).update_state(y, p, sample_weight)

    @checked
    def of_shape(
        self, output_shape: tuple[int, ...], target_shape: tuple[int, ...], from_logits: bool = False
    ) -> FormulaMetric:
        """Return the metric that it means for outputs and targets of these shapes, which counts for it."""
        meant = self._of_kind(_which(output_shape, target_shape), from_logits)
        meant.total, meant.count = self.total, self.count
        return meant

    def _of_kind(self, number: int, from_logits: bool) -> FormulaMetric:
        raise NotImplementedError


class Accuracy(MeantByShape):
    """Accuracy of whichever kind fits the targets, as the string ``"accuracy"`` in `compile` means it.

    One output: binary accuracy. Several, and one number per sample as target: sparse categorical. Several and one-hot
    targets: categorical. In a model whose loss takes logits, an output means yes from 0 on, not from 0.5 on.
    Predictions of an integer type, as many as there are targets, are classes themselves: the share that equals the
    targets, as Keras's `Accuracy` counts.

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
            are_classes = p.dtype.kind in "iu" and p.size == y.size
            if are_classes:
                y, p = as_arrays(self.name, "values", y, p, np.float64)
        if are_classes:
            self._take_in(y.reshape(p.shape) == p, sample_weight)
        else:
            super().update_state(y, p, sample_weight)

    def _of_kind(self, number: int, from_logits: bool) -> FormulaMetric:
        if number == 0:
            return BinaryAccuracy(self.name, threshold=0.0 if from_logits else 0.5)
        return (SparseCategoricalAccuracy if number == 1 else CategoricalAccuracy)(self.name)


class AnyCrossentropy(MeantByShape):
    """Cross-entropy of whichever kind fits the targets, as the string ``"crossentropy"`` in `compile` means it."""

    _direction = "down"

    def _of_kind(self, number: int, from_logits: bool) -> FormulaMetric:
        return metric_of(_CROSSENTROPIES[number])(self.name, from_logits=from_logits)


_CROSSENTROPIES = (BinaryCrossentropy, SparseCategoricalCrossentropy, CategoricalCrossentropy)
#: Names whose meaning depends on the shapes of targets and outputs.
BY_SHAPE = {"accuracy": Accuracy, "acc": Accuracy, "crossentropy": AnyCrossentropy, "ce": AnyCrossentropy}


def _which(output_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> int:
    """0 binary, 1 sparse, 2 categorical: Keras's rule, from the shapes of one sample."""
    if not output_shape or output_shape[-1] == 1:
        return 0
    if len(target_shape) < len(output_shape) or target_shape[-1] == 1:
        return 1
    return 2


def loss_by_shape(output_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> Crossentropy:
    """Return the loss that ``"crossentropy"`` means for outputs and targets of these shapes."""
    return _CROSSENTROPIES[_which(output_shape, target_shape)](name="crossentropy")
