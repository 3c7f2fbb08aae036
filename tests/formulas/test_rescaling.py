"""Rescaling's formulas."""

from __future__ import annotations

import numpy as np

from tinynet.layers import Rescaling


def test_it_is_a_straight_line_and_its_slope():
    layer = Rescaling(-1.5, 0.25, dtype="float64")
    np.testing.assert_array_equal(layer([[2.0, -1.0]], training=True), [[-2.75, 1.75]])
    np.testing.assert_array_equal(layer.backward(np.array([[2.0, 3.0]])), [[-3.0, -4.5]])
