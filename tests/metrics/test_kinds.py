"""Accuracy of whichever kind fits what it is given."""

from __future__ import annotations

import numpy as np
import pytest

from tinynet.metrics import Accuracy


@pytest.mark.parametrize(
    ("y", "p", "expected"),
    [
        ([3, 1, 2], [3, 2, 2], 2 / 3),
        ([[3], [1], [2]], [3, 2, 2], 2 / 3),
        ([3, 1, 2], [[3], [2], [2]], 2 / 3),
        ([3.0, 1.0], np.array([3, 2], "uint8"), 1 / 2),
        ([[0, 1], [1, 0]], [[0, 1], [1, 1]], 3 / 4),
        ([1, 0], [[0, 1], [0, 1]], 1 / 2),
        ([[1], [0]], [[0, 1], [0, 1]], 1 / 2),
        ([1, 0], [[0.2, 0.8], [0.4, 0.6]], 1 / 2),
        ([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]], 1 / 2),
        ([1.0, 0.0], [0.6, 0.6], 1 / 2),
        ([[1.0], [0.0]], [[0.6], [0.5]], 1.0),
        ([3.0, 1.0], [3.0, 2.0], 1 / 2),
    ],
    ids=[
        *("classes", "targets in a column", "predictions in a column", "another type", "whole numbers in rows"),
        *("rows of whole numbers for classes", "for classes in a column", "rows for classes", "rows for rows"),
        *("one output", "one output in a column", "floats are no classes"),
    ],
)
def test_the_kind_follows_from_types_and_shapes(y, p, expected):
    metric = Accuracy()
    assert metric(y, p) == pytest.approx(expected)
    half = len(y) // 2
    metric.reset_state()
    for part in (slice(0, half), slice(half, None)):
        metric.update_state(y[part], p[part])
    assert metric.result() == pytest.approx(expected)


def test_weights_are_of_the_rows():
    assert Accuracy()([3, 1, 2], [3, 2, 2], [2.0, 1.0, 1.0]) == pytest.approx(3 / 4)
    assert Accuracy()([1, 0], [[0, 1], [0, 1]], [3.0, 1.0]) == pytest.approx(3 / 4)
