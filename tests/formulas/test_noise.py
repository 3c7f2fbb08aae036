"""The formulas of layers that draw random numbers: which numbers are drawn, and what becomes of those that come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.formulas import DTYPES
from tests.support.layer_kernels import backward, built, forward
from tinynet.formulas import Operation, random
from tinynet.layers import AlphaDropout, GaussianDropout, GaussianNoise
from tinynet.layers.drawing import APART, shared_place

SHAPE, ROWS, FIRST, STEP, SEED = (2, 3), 4, 5, 7, 11
BATCH: dict[str, Any] = {"first": FIRST, "step": STEP, "rows": FIRST + ROWS, "training": 1}
RNG = np.random.default_rng(0)
X, DY = RNG.standard_normal((2, ROWS, *SHAPE))
PLACES = np.arange(FIRST * 6, (FIRST + ROWS) * 6).reshape(ROWS, *SHAPE)
ALPHA = -1.7580993408473766  # where SELU ends


def drawn(function: Any, places: Any, seed: int = SEED) -> Any:
    """Return a number for each place."""
    with np.errstate(over="ignore"):
        return np.array([function(seed, STEP, int(place)) for place in places.ravel()]).reshape(places.shape)


def polar(places: Any, seed: int = SEED) -> Any:
    """Return normal numbers by a loop over all places at once."""
    found = np.full(places.shape, np.nan)
    for tries in range(64):
        here, there = (seed + tries * 2 * APART) % 2**64, (seed + (2 * tries + 1) * APART) % 2**64
        u, v = 2 * drawn(random, places, here) - 1, 2 * drawn(random, places, there) - 1
        s = u * u + v * v
        inside = np.isnan(found) & (s < 1)
        found[inside] = (u * np.sqrt(-2 * np.log(np.minimum(s, 1)) / s))[inside]
    return found


def test_numbers_are_drawn_in_the_unit_circle():
    places = np.arange(200)
    layer = built(GaussianNoise(1.0, seed=SEED, dtype="float64"), (200,))
    numbers = forward(layer, np.zeros((1, 200)), (200,), step=STEP, training=1).ravel()
    np.testing.assert_allclose(numbers, polar(places), rtol=1e-12)
    assert abs(numbers.mean()) < 0.2
    assert 0.8 < numbers.std() < 1.2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("layer", "slopes_by"),
    [
        (GaussianNoise(0.3, seed=SEED), lambda n: np.ones_like(n)),
        (GaussianDropout(0.2, seed=SEED), lambda n: 1 + n / 2),
    ],
    ids=["added", "multiplied"],
)
def test_gaussian_numbers_belong_to_seed_step_and_place(layer, slopes_by, dtype):
    x, dy, n = X.astype(dtype), DY.astype(dtype), polar(PLACES)
    layer = built(type(layer)(layer.rate if hasattr(layer, "rate") else layer.stddev, seed=SEED, dtype=dtype), SHAPE)
    added = 0.3 * n if isinstance(layer, GaussianNoise) else 0
    tolerance = {"rtol": 50 * np.finfo(dtype).eps, "atol": 4 * np.finfo(dtype).eps}
    np.testing.assert_allclose(forward(layer, x, SHAPE, **BATCH), x * slopes_by(n) + added, **tolerance)
    np.testing.assert_allclose(backward(layer, x, dy, **BATCH), dy * slopes_by(n), **tolerance)
    np.testing.assert_array_equal(forward(layer, x, SHAPE, **BATCH | {"training": 0}), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rate", [0.0, 0.25, 0.75])
@pytest.mark.parametrize("noise_shape", [None, (None, 1, 3), (1, 2, 3)])
def test_alpha_dropout_keeps_mean_and_variance(noise_shape, rate, dtype):
    places = PLACES
    if noise_shape is not None:
        row, step, unit = np.indices((ROWS, *SHAPE))
        places = (FIRST + row) * 3 + unit if noise_shape[0] is None else step * 3 + unit
    x, dy, kept = X.astype(dtype), DY.astype(dtype), drawn(random, places) >= rate
    layer = built(AlphaDropout(rate, noise_shape, seed=SEED, dtype=dtype), SHAPE)
    factor = ((1 - rate) * (1 + rate * ALPHA**2)) ** -0.5
    tolerance = {"rtol": 30 * np.finfo(dtype).eps, "atol": 8 * np.finfo(dtype).eps}
    expected = factor * np.where(kept, x, ALPHA) - factor * ALPHA * rate
    np.testing.assert_allclose(forward(layer, x, SHAPE, **BATCH), expected if rate else x, **tolerance)
    np.testing.assert_allclose(backward(layer, x, dy, **BATCH), factor * dy * kept, **tolerance)
    np.testing.assert_array_equal(forward(layer, x, SHAPE, **BATCH | {"training": 0}), x)
    assert kept.all() == (rate == 0)


@pytest.mark.parametrize("samples_share", [0, 1])
@pytest.mark.parametrize("shared", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_places_are_numbered_without_those_that_share(shared, samples_share):
    op = AlphaDropout(0.5, seed=SEED)
    op.ensure_built((None, *SHAPE))
    table: Operation = op.operation(3, 2, False)
    table.forward = table.backward = table.gradients = table.before_forward = table.before_backward = 0
    table.options = np.array([0.5, samples_share, 2, shared[0], 3, shared[1]], np.float64)
    row, step, unit = np.indices((ROWS, *SHAPE))
    if shared[0]:
        step = step * 0
    if shared[1]:
        unit = unit * 0
    units, steps = (1 if shared[1] else 3), (1 if shared[0] else 2)
    expected = ((row * (1 - samples_share)) * steps + step) * units + unit
    packed = table.pack()
    assert [shared_place(packed, place) for place in range(ROWS * 6)] == expected.ravel().tolist()
