"""Pairs of classes, counted by hand: numbers of classes, rows of which the largest counts, thresholds and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.formulas import NONE
from tinynet.metrics import BinaryIoU, IoU, MeanIoU, OneHotMeanIoU
from tinynet.metrics.overlaps import Overlap, class_number


def counted(metric: Overlap, y: Any, p: Any, columns: int = 1, weights: Any = NONE) -> list[list[float]]:
    """Return what the metric's loop counts: a row for each class that is right."""
    sums = np.zeros(metric.width(columns))
    given = (np.array(each, float).reshape(-1) for each in (y, p, weights))
    metric.kernel(*given, columns, metric.numbers, sums)
    return np.reshape(sums, (metric.num_classes, -1)).tolist()


@pytest.mark.parametrize(
    ("value", "whole", "exact"),
    [(0.0, 0, 0), (2.9, 2, 2), (3.0, -1, -1), (2.0, 2, 2), (-0.5, 0, -1), (-1.0, -1, -1), (np.nan, -1, -1)],
)
def test_a_number_names_a_class_or_none(value, whole, exact):
    assert class_number(value, 3, 1) == whole
    assert class_number(value, 3, 0) == exact


def test_each_target_is_counted_with_its_prediction():
    assert counted(MeanIoU(3), [0, 1, 2, 2, 1], [0, 2, 2, 1, 1]) == [[1, 0, 0], [0, 1, 1], [0, 1, 1]]
    assert counted(MeanIoU(2), [0, 5, -1, 1], [3, 0, 0, 1]) == [[0, 0], [0, 1]]
    assert counted(MeanIoU(3, ignore_class=1), [0, 1, 2], [0, 0, 0]) == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert counted(MeanIoU(2, ignore_class=0), [0, 1], [0, 0]) == [[0, 0], [1, 0]]


def test_the_largest_of_a_row_counts():
    rows = [[0.1, 0.7, 0.2], [0.5, 0.5, 0.0], [0.0, 0.1, 0.9]]
    found = [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert counted(MeanIoU(3, sparse_y_pred=False), [0, 1], rows[:2], 3) == found
    assert counted(MeanIoU(2, sparse_y_pred=False), [0, 1, 1], rows, 3) == [[0, 1], [1, 0]]  # class 2 is none
    assert counted(OneHotMeanIoU(3), [[1, 0, 0], [0, 1, 0]], rows[:2], 3) == found
    assert counted(OneHotMeanIoU(2), [[0, 0, 1], [0, 1, 0]], rows[1:], 3) == [[0, 0], [0, 0]]
    assert counted(OneHotMeanIoU(3, sparse_y_pred=True), [[1, 0, 0], [0, 1, 0]], [1, 0]) == found


def test_a_threshold_is_of_the_upper_class():
    assert counted(BinaryIoU(threshold=0.25), [0, 1, 1], [0.25, 0.2, 0.3]) == [[0, 1], [1, 1]]


def test_weights_count_each_pair_and_are_cut_off_for_whole_numbers():
    y, p, weights = [0, 1, 1], [0, 0, 1], [0.5, 1.5, 2.75]
    assert counted(IoU(2, [0], dtype="float32"), y, p, weights=weights) == [[0.5, 0], [1.5, 2.75]]
    assert counted(IoU(2, [0]), y, p, weights=weights) == [[0, 0], [1, 2]]
    assert counted(IoU(2, [0], dtype="float64"), [0.0, -0.5], [0, 1]) == [[1, 0], [0, 0]]
    assert counted(IoU(2, [0]), [0.0, -0.5], [0, 1]) == [[1, 1], [0, 0]]
    rows = [[0.1, 0.9], [0.9, 0.1]]
    assert counted(MeanIoU(2, sparse_y_pred=False, dtype="float32"), [1, 1], rows, 2, [0.5, 0.25]) == [
        [0, 0],
        [0.25, 0.5],
    ]
