"""Masking's formulas."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.layer_kernels import backward, built, forward
from tinynet.layers import Masking

RNG = np.random.default_rng(0)
X = np.where(RNG.random((3, 5, 1)) < 0.5, -1.5, RNG.standard_normal((3, 5, 2)))
X[0, 0], X[2, 4] = (-1.5, 0.25), (0.25, -1.5)


@pytest.mark.parametrize("shape", [(3, 5, 2), (15, 2)])
def test_steps_of_nothing_but_the_value_become_0_in_both_directions(shape):
    x = X.reshape(shape)
    layer = built(Masking(-1.5, dtype="float64"), x.shape[1:])
    keep = (x != -1.5).any(axis=-1, keepdims=True)
    assert len(np.unique(keep)) == 2
    dy = RNG.standard_normal(shape)
    np.testing.assert_array_equal(forward(layer, x, shape[1:]), x * keep)
    np.testing.assert_array_equal(backward(layer, x, dy), dy * keep)
