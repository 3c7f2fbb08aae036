"""The metrics' formulas by hand: thresholds, ties and weights."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from tests.support.formulas import NONE
from tests.support.parts import describe, every, targets_of
from tinynet import losses, metrics
from tinynet.formulas import argmax
from tinynet.metrics import (
    AUC,
    BinaryAccuracy,
    CategoricalAccuracy,
    FBetaScore,
    Precision,
    R2Score,
    SparseCategoricalAccuracy,
)
from tinynet.metrics.confusion import is_among_largest, thresholds_below
from tinynet.metrics.curve_points import OnCurve
from tinynet.metrics.overlaps import Overlap
from tinynet.metrics.sparse_top_k_categorical_accuracy import label_in_top_k
from tinynet.metrics.sums import SumsMetric
from tinynet.metrics.top_k_categorical_accuracy import in_top_k

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
    return y.reshape(8, -1), rng.dirichlet(np.full(COLUMNS, 0.3), 8)


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


# ---- metrics of several sums ----------------------------------------------------------------------------------------

#: Three rows of three outputs, whose largest are the first, the last and the first again.
TARGETS = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
OUTPUTS = np.array([[0.6, 0.4, 0.1], [0.2, 0.2, 0.9], [0.5, 0.5, 0.25]])


def sums(metric: Any, y: Any = TARGETS, p: Any = OUTPUTS, weights: Any = NONE) -> list[float]:
    """Return what the metric's loop adds up, from nothing."""
    found = np.zeros(metric.width(np.shape(p)[1]))
    given = (np.asarray(a, float).reshape(-1) for a in (y, p, weights))
    metric.kernel(*given, np.shape(p)[1], metric.numbers, found)
    return found.tolist()


@pytest.mark.parametrize("number", [1, 2, 3, 4, 7])
def test_a_prediction_is_above_the_thresholds_that_are_smaller(number):
    thresholds = np.linspace(0.1, 0.9, number)
    for p in (*thresholds, *(thresholds + 1e-3), *(thresholds - 1e-3), -1.0, 2.0, np.nan):
        assert thresholds_below(np.float64(p), thresholds) == sum(p > t for t in thresholds)


def test_the_largest_of_a_row_are_the_first_of_equal_ones():
    row = np.array([3.0, 5.0, 5.0, 1.0, 3.0])
    for count, largest in enumerate(([], [1], [1, 2], [0, 1, 2], [0, 1, 2, 4], [0, 1, 2, 3, 4])):
        assert [k for k in range(5) if is_among_largest(row, k, count)] == largest


@pytest.mark.parametrize(
    ("metric", "positives", "negatives"),
    [
        (Precision(), [2, 2], [5, 0]),
        (Precision(thresholds=[0.5, 0.25]), [1, 1, 2], [3, 2, 0]),
        (Precision(class_id=0), [0, 1], [2, 0]),
        (Precision(class_id=1), [1, 0], [2, 0]),
        (Precision(class_id=2, thresholds=0.1), [0, 2], [1, 0]),
        (Precision(top_k=1), [2, 2], [4, 1]),
        (Precision(top_k=2, class_id=1), [0, 1], [1, 1]),
        (AUC(num_thresholds=3), [0, 2, 2, 0], [0, 5, 0, 0]),
        (AUC(num_thresholds=3, label_weights=[0.25, 0.5, 0.125]), [0, 0.625, 0.375, 0], [0, 1.625, 0, 0]),
        (AUC(num_thresholds=3, from_logits=True), [0, 0, 4, 0], [0, 0, 5, 0]),
    ],
)
def test_what_is_positive_is_counted_by_how_many_thresholds_it_is_above(metric, positives, negatives):
    assert sums(metric) == [*positives, *negatives]
    assert sums(metric, weights=[2.0, 2.0, 2.0]) == [2.0 * number for number in (*positives, *negatives)]
    assert sums(metric, weights=np.full((3, 3), 3.0)) == [3.0 * number for number in (*positives, *negatives)]
    assert sums(metric, TARGETS * -7.0) == [*positives, *negatives]


def test_weights_of_rows_and_of_outputs_are_told_apart():
    of_rows, of_outputs = [1.0, 10.0, 100.0], [[1.0, 1.0, 1.0], [10.0, 10.0, 10.0], [100.0, 100.0, 100.0]]
    for metric in (Precision(), FBetaScore(), R2Score()):
        assert sums(metric, weights=of_rows) == sums(metric, weights=of_outputs)
        alone = sums(metric, TARGETS[:1], OUTPUTS[:1])
        assert sums(metric, TARGETS[:1], OUTPUTS[:1], [2.0])[1:] == [2.0 * number for number in alone[1:]]
    assert sums(Precision(), weights=of_rows) == [200.0, 11.0, 122.0, 0.0]
    single = np.zeros((3, 3))
    single[2, 1] = 1.0
    assert sums(Precision(thresholds=0.4), weights=single) == [0.0, 1.0, 0.0, 0.0]


def test_labels_kept_apart_have_sums_of_their_own():
    found = np.reshape(sums(AUC(num_thresholds=3, multi_label=True)), (3, 2, 4)).tolist()
    assert found == [
        [[0, 0, 1, 0], [0, 2, 0, 0]],
        [[0, 1, 0, 0], [0, 2, 0, 0]],
        [[0, 1, 1, 0], [0, 1, 0, 0]],
    ]


def test_beyond_0_and_1_is_the_outermost_for_even_thresholds_only():
    outputs = [[-3.0, 4.0, 0.5]]
    assert sums(AUC(num_thresholds=3), [[1.0, 1.0, 1.0]], outputs) == [0, 2, 1, 0, 0, 0, 0, 0]
    assert sums(AUC(thresholds=[0.25]), [[1.0, 1.0, 1.0]], outputs) == [1, 0, 1, 1, 0, 0, 0, 0]


def test_an_f_score_counts_the_largest_of_a_row_or_what_is_above():
    assert sums(FBetaScore()) == [1, 1, 0, 1, 0, 0, 1, 0, 1]
    assert sums(FBetaScore(threshold=0.25)) == [1, 1, 0, 1, 1, 0, 1, 0, 1]
    assert sums(FBetaScore(), [[1.0, 0.0]], [[0.0, -1.0]]) == [0, 0, 1, 0, 0, 0]
    assert sums(FBetaScore(), [[1.0, 0.0]], [[-1.0, -2.0]]) == [1, 0, 0, 0, 0, 0]
    for largest, taken in ((5e-10, 0), (1e-9, 0), (1.5e-9, 1)):  # as good as 0 to Keras, and not
        assert sums(FBetaScore(), [[1.0, 0.0]], [[largest, -2.0]]) == [taken, 0, 1 - taken, 0, 0, 0]
    assert sums(FBetaScore(), [[0.75, 0.25]], [[0.5, 0.0]], [2.0]) == [1.5, 0.5, 0, 0, 0, 0.5]


def test_r2_sums_weights_targets_squares_and_errors_of_each_column():
    assert sums(R2Score(), [[1.0, 3.0], [2.0, 5.0]], [[2.0, 3.0], [2.5, 3.0]]) == [
        *(4.0, 2.0, 3.0, 5.0, 1.25),
        *(2.0, 8.0, 34.0, 4.0),
    ]
    assert sums(R2Score(), [[1.0, 3.0]], [[2.0, 5.0]], [[3.0, 0.5]]) == [2, 3, 3, 3, 3, 0.5, 1.5, 4.5, 2]


SUMS = [cls for cls in metrics.OTHERS.values() if issubclass(cls, SumsMetric)]


def made(cls: type) -> Any:
    """Return a metric with what it must be given; one of classes with weights that are not made whole."""
    if issubclass(cls, OnCurve):
        return cls(0.5)
    if not issubclass(cls, Overlap):
        return cls()
    arguments = inspect.signature(cls).parameters
    given = {"num_classes": 3, "target_class_ids": [0, 1]}
    return cls(**{name: value for name, value in given.items() if name in arguments}, dtype="float32")


@pytest.mark.parametrize("cls", SUMS)
def test_weights_count_in_sums_and_batches_add_up(cls):
    metric = made(cls)
    rng, weights = np.random.default_rng(0), np.random.default_rng(1).uniform(0, 3, 8)
    y, p = np.round(rng.random((8, 3))), rng.random((8, 3))
    if getattr(metric, "sparse_y_true", False):
        y, p = y[:, :1].copy(), p[:, :1].copy()  # a number of a class for each weight
    each = np.array([sums(metric, y[i : i + 1], p[i : i + 1]) for i in range(8)])
    assert len({*map(tuple, each)}) > 1
    np.testing.assert_allclose(sums(metric, y, p), each.sum(axis=0), rtol=1e-15)
    own = slice(1, None) if cls is R2Score else slice(None)  # the number of targets is whatever they weigh
    np.testing.assert_allclose(sums(metric, y, p, weights)[own], (weights @ each)[own], rtol=1e-14)
    metric.update_state(y[:5], p[:5], weights[:5])
    metric.update_state(y[5:], p[5:], weights[5:])
    whole = type(metric).from_config(metric.get_config())
    whole.update_state(y, p, weights)
    np.testing.assert_allclose(metric.result(), whole.result(), rtol=1e-6)
    metric.reset_state()
    assert not metric.sums.value.any()


@pytest.mark.parametrize(
    ("row", "ranks"),
    [([5.0, 1.0, 3.0, 3.0], [1, 4, 2, 2]), ([np.nan, 1.0, -np.inf, 2.0], [3, 2, 3, 1])],
)
def test_equal_predictions_share_their_rank_and_nan_has_the_last(row, ranks):
    for label, rank in enumerate(ranks):
        for k in (1, 2, 3, 4):
            assert label_in_top_k(label, np.array(row), k) == (rank <= k)
            assert in_top_k(np.eye(4)[label], np.array(row), k) == (rank <= k)


@pytest.mark.parametrize(("cls", "options"), every(losses.CLASSES), ids=describe)
def test_every_loss_is_a_metric(cls, options):
    metric: Any = metrics.CLASSES[cls.__name__](**options)
    y, p = batch(metric)
    assert metric(y, p) == pytest.approx(metric._sign * cls(**options)(y, p), rel=1e-15)
