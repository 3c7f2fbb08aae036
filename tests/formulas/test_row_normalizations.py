"""Layer normalization's and unit normalization's formulas, against NumPy's; the way back by the matrix of slopes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tests.support.layer_kernels import backward, built, forward, run_kernel
from tinynet.layers import LayerNormalization, UnitNormalization

SHAPE, EPSILON = (2, 3), 0.25
RNG = np.random.default_rng(0)
X, DY = RNG.standard_normal((2, 4, *SHAPE)) * 2.0 + 0.5
OWN = {"gamma": np.array([1.5, -2.0, 0.5]), "beta": np.array([0.25, 3.0, -1.0])}
SETTINGS = [(True, True, False), (True, False, False), (False, True, False), (False, False, False), (True, False, True)]


def by_numpy(x: Any, dy: Any, weights: dict[str, Any], rms: bool) -> tuple[Any, ...]:
    """Return y, dx, dγ and dβ."""
    gamma, beta = weights.get("gamma", np.ones(x.shape[-1])), weights.get("beta", 0.0)
    centered, share = x - x.mean(-1, keepdims=True), 1 / np.sqrt(x.var(-1, keepdims=True) + EPSILON)
    normal, units = (x if rms else centered) * share, x.shape[-1]
    g, dx = dy * gamma, np.empty_like(x)
    for row in np.ndindex(x.shape[:-1]):
        straight = np.eye(units) - (0 if rms else 1 / units)
        slopes = share[row] * (straight - np.outer(centered[row] * share[row], normal[row]) / units)
        dx[row] = slopes @ g[row]
    axes = tuple(range(x.ndim - 1))
    return normal * gamma + beta, dx, (dy * normal).sum(axes), dy.sum(axes)


@pytest.mark.parametrize(("scale", "center", "rms"), SETTINGS)
@pytest.mark.parametrize("units", [3, 1])
def test_each_row_has_its_own_mean_and_variance(units, scale, center, rms):
    weights = {name: OWN[name][:units] for name, there in (("gamma", scale), ("beta", center)) if there}
    x, dy = X[..., :units].copy(), DY[..., :units].copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = LayerNormalization(epsilon=EPSILON, scale=scale, center=center, rms_scaling=rms, dtype="float64")
    layer = built(layer, x.shape[1:], **weights)
    y, dx, dgamma, dbeta = by_numpy(x, dy, weights, rms)
    close = {"rtol": 1e-11, "atol": 1e-13}
    np.testing.assert_allclose(forward(layer, x, x.shape[1:]), y, **close)
    np.testing.assert_allclose(backward(layer, x, dy), dx, **close)
    for p in layer.parameters:
        p.gradient[...] = np.nan
    run_kernel(layer, 2, x, dy)
    for name, expected in (("gamma", dgamma), ("beta", dbeta)):
        if name in weights:
            np.testing.assert_allclose(getattr(layer, f"d{name}"), expected, **close)


def test_a_row_comes_to_length_1_and_what_points_along_it_is_undone():
    layer = built(UnitNormalization(dtype="float64"), SHAPE)
    size = np.sqrt((X * X).sum(-1, keepdims=True))
    unit = X / size
    np.testing.assert_allclose(forward(layer, X, SHAPE), unit, rtol=1e-13)
    expected = (DY - unit * (DY * unit).sum(-1, keepdims=True)) / size
    np.testing.assert_allclose(backward(layer, X, DY), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("size", [0.0, 0.5e-12, 1e-12, 1.5e-12])
def test_a_row_that_is_shorter_than_the_shortest_is_divided_by_that(size):
    """There the length is a number like another: nothing is undone on the way back."""
    layer = built(UnitNormalization(dtype="float64"), (2,))
    x, dy = np.array([[size, 0.0]]), np.array([[2.0, 3.0]])
    norm = max(size, 1e-12)
    np.testing.assert_allclose(forward(layer, x, (2,)), x / norm, rtol=1e-13)
    expected = dy / norm if size < 1e-12 else np.array([[0.0, 3.0]]) / norm
    np.testing.assert_allclose(backward(layer, x, dy), expected, rtol=1e-13, atol=1e-3)


def test_a_nan_makes_its_row_nan():
    layer = built(UnitNormalization(dtype="float64"), (2,))
    x = np.array([[np.nan, 1.0], [3.0, 4.0]])
    np.testing.assert_allclose(forward(layer, x, (2,)), [[np.nan, np.nan], [0.6, 0.8]], rtol=1e-13)
    assert np.isnan(backward(layer, x, np.ones((2, 2)))[0]).all()
