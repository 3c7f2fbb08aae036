"""The metrics' formulas by hand: thresholds, ties and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.formulas import NONE
from tests.support.parts import describe, every, targets_of
from tinynet import losses, metrics
from tinynet.formulas import argmax
from tinynet.metrics import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy

EVERY = every(metrics.CLASSES)


def total(metric: Any, y: Any, p: Any, columns: int, weights: np.ndarray = NONE) -> float:
    """Return what the metric's loop sums up."""
    given = (np.array(a, float).reshape(-1) for a in (y, p))
    return float(metric.kernel(*given, weights, columns, metric.numbers))


def test_binary_accuracy_is_strictly_above_its_threshold():
    assert total(BinaryAccuracy(), [0.0, 0.0, 1.0, 0.0, 1.0], [0.5, 0.5, 0.5, 0.49, 0.51], 1) == 4
    assert total(BinaryAccuracy(threshold=0.7), [1.0, 1.0], [0.6, 0.4], 1) == 0
    assert total(BinaryAccuracy(), [0.7], [0.9], 1) == 0
    assert total(BinaryAccuracy(), [1.0, 0.0, 1.0, 1.0], [0.6, 0.6, 0.6, 0.4], 2) == 1.0


def test_accuracies_take_the_first_of_equal_predictions():
    assert total(SparseCategoricalAccuracy(), [0.0, 1.0, 2.0], [3, 3, 1, 0, 5, 5, 1, 2, 3], 3) == 3
    assert total(CategoricalAccuracy(), [0, 0, 1, 1, 0, 0], [3, 3, 1, 3, 3, 1], 3) == 1
    assert total(CategoricalAccuracy(), [0.2, 0.5, 0.3], [0.1, 0.5, 0.4], 3) == 1


@pytest.mark.parametrize(
    ("row", "largest"),
    [
        ([0.0, 0.0], 0),
        ([-0.0, -0.0], 0),
        ([-0.0, 0.0], 1),
        ([0.0, -0.0], 0),
        ([5.0, 5.0], 0),
        ([-5.0, -5.0], 0),
        ([1.0, np.nan, 2.0, np.nan], 1),
        ([-1.0, -0.0, 0.0, -3.0], 2),
    ],
)
def test_the_largest_entry_is_kerass(row, largest):
    assert argmax(np.array(row)) == largest


#: More columns than the 5 largest predictions, which are as many as count by default where some do.
COLUMNS = 7


def batch(metric: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and outputs, probabilities of some columns, that a metric takes; some of them are hits."""
    rng = np.random.default_rng(0)
    y = targets_of("classes" if metric.takes_classes else "distribution", (8,), COLUMNS, rng, hard=True)
    return y.reshape(8, -1), rng.dirichlet(np.ones(COLUMNS), 8)


@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_weights_count_in_a_metric(cls, options):
    metric, weights = cls(**options), np.random.default_rng(1).uniform(0, 3, 8)
    y, p = batch(metric)
    each = [total(metric, y[i], p[i], COLUMNS) for i in range(8)]
    assert len(set(each)) > 1
    assert total(metric, y, p, COLUMNS) == pytest.approx(sum(each))
    assert total(metric, y, p, COLUMNS, weights) == pytest.approx(np.dot(weights, each))
    np.testing.assert_allclose(metric.row_values(y, p), each, rtol=1e-15)
    metric.update_state(y[:5], p[:5], weights[:5])
    metric.update_state(y[5:], p[5:], weights[5:])
    assert metric.result() == pytest.approx(np.dot(weights, each) / weights.sum())


@pytest.mark.parametrize(("cls", "options"), every(losses.CLASSES), ids=describe)
def test_every_loss_is_a_metric(cls, options):
    metric: Any = metrics.CLASSES[cls.__name__](**options)
    y, p = batch(metric)
    assert metric(y, p) == pytest.approx(metric._sign * cls(**options)(y, p), rel=1e-15)
