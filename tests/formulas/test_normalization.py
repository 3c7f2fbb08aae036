"""Normalization's formulas, by what it learnt and by what it was given, for axes that follow and that do not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.layer_kernels import backward, built, forward
from tinynet.layers import Normalization

SHAPE = (2, 3)
RNG = np.random.default_rng(0)
X, DY = RNG.standard_normal((2, 4, *SHAPE)) + 1.5
KEPT = {-1: (1, 1, 3), 1: (1, 2, 1), (1, 2): (1, 2, 3), None: (1, 1, 1)}


@pytest.mark.parametrize("given", [True, False], ids=["given", "learnt"])
@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("axis", KEPT)
def test_inputs_are_brought_to_mean_0_and_variance_1_or_back(axis, invert, given):
    shape = KEPT[axis]
    mean, variance = RNG.standard_normal(shape), RNG.random(shape) + 0.5
    variance.flat[0] = 1e-16  # a deviation of 1e-8: taken for 1e-7
    if given:
        layer = built(Normalization(axis, mean.squeeze(), variance.squeeze(), invert, dtype="float64"), SHAPE)
    else:
        layer = Normalization(axis, invert=invert, dtype="float64")
        layer.ensure_built((None, *SHAPE))
        layer.mean[...], layer.variance[...] = mean.reshape(layer.mean.shape), variance.reshape(layer.variance.shape)
    deviation = np.maximum(np.sqrt(variance), 1e-7)
    expected = mean + X * deviation if invert else (X - mean) / deviation
    np.testing.assert_allclose(forward(layer, X, SHAPE), expected, rtol=1e-12)
    np.testing.assert_allclose(backward(layer, X, DY), DY * deviation if invert else DY / deviation, rtol=1e-12)
