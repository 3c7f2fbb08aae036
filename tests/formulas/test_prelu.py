"""PReLU's formulas, with slopes of each place and slopes that places share."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.layer_kernels import backward, built, forward, run_kernel
from tinynet.layers import PReLU

SHAPE = (2, 3)
RNG = np.random.default_rng(0)
X, DY = RNG.standard_normal((2, 4, *SHAPE))
X[0, 0, 0], X[1, 1, 1], X[2, 0, 1] = 0.0, 0.75, -0.25


@pytest.mark.parametrize(("shared_axes", "shape"), [(None, (2, 3)), ([1], (1, 3)), ([2], (2, 1)), ([1, 2], (1, 1))])
def test_what_is_negative_has_its_slope(shared_axes, shape):
    alpha = RNG.random(shape) + 0.25
    layer = built(PReLU(shared_axes=shared_axes, dtype="float64"), SHAPE, alpha=alpha)
    np.testing.assert_array_equal(forward(layer, X, SHAPE), np.where(X > 0, X, alpha * X))
    np.testing.assert_array_equal(backward(layer, X, DY), np.where(X > 0, DY, alpha * DY) * (X != 0))
    layer.parameters[0].gradient[...] = np.nan
    run_kernel(layer, 2, X, DY)
    axes = (0, *(axis for axis in (1, 2) if shape[axis - 1] == 1))
    expected = np.where(X < 0, DY * X, 0).sum(axes).reshape(shape)
    np.testing.assert_allclose(layer.dalpha, expected, rtol=1e-13)


def test_a_nan_stays_one():
    x, dy = np.array([[np.nan, -1.0]]), np.array([[1.0, 2.0]])
    layer = built(PReLU(dtype="float64"), (2,), alpha=0.5)
    np.testing.assert_array_equal(forward(layer, x, (2,)), [[np.nan, -0.5]])
    np.testing.assert_array_equal(backward(layer, x, dy), [[np.nan, 1.0]])
    run_kernel(layer, 2, x, dy)
    np.testing.assert_array_equal(layer.dalpha, [np.nan, -2.0])
