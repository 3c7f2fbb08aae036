"""Dropout's formulas: which numbers are left out, and what becomes of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.formulas import DTYPES
from tinynet.formulas import random
from tinynet.kernels.samples import NO_ORDER, data_of
from tinynet.kernels.tables import Batch
from tinynet.layers import Dropout

ROWS, REPEAT, UNITS, FIRST, STEP, SEED = 4, 2, 3, 5, 7, 11


def dropped(rate: float, x: np.ndarray, training: bool, number: int = 0, noise_shape: Any = None) -> np.ndarray:
    """Return what one of the layer's kernels makes of the rows FIRST… of a batch."""
    layer = Dropout(rate, noise_shape, seed=SEED)
    layer.ensure_built((None, REPEAT, UNITS))
    op = layer.operation(UNITS, REPEAT, False)
    kernel, op.forward, op.backward = Dropout.kernels[number], 0, 0
    nothing = x[:0]
    batch = Batch(params=nothing, gradients=nothing, data=data_of(nothing), order=NO_ORDER, arrivals=NO_ORDER)
    batch.first, batch.rows, batch.step, batch.training, batch.members = FIRST, ROWS + FIRST, STEP, int(training), 1
    y = np.full_like(x, np.nan)
    with np.errstate(over="ignore"):  # random numbers wrap around
        kernel(op.pack(), *((x,) if number == 0 else (np.full_like(x, np.nan), x)), y, batch.pack())
    return y


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("number", [0, 1], ids=["forward", "backward"])
@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_what_is_left_out_is_drawn_by_seed_step_and_place(rate, number, dtype):
    x = np.random.default_rng(0).standard_normal(ROWS * REPEAT * UNITS).astype(dtype)
    with np.errstate(over="ignore"):
        drawn = np.array([random(SEED, STEP, FIRST * REPEAT * UNITS + i) for i in range(x.size)])
    scale = np.dtype(dtype).type(1 / (1 - rate) if rate < 1 else 0)
    np.testing.assert_array_equal(dropped(rate, x, True, number), np.where(drawn < rate, 0, x * scale))
    if 0 < rate < 1:
        assert 0 < (drawn < rate).sum() < x.size


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shared", [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 1, 1)])
def test_what_shares_an_axis_takes_one_number(shared, dtype):
    x = np.random.default_rng(0).standard_normal(ROWS * REPEAT * UNITS).astype(dtype)
    row, step, unit = np.indices((ROWS, REPEAT, UNITS)) * (1 - np.reshape(shared, (3, 1, 1, 1)))
    first = 0 if shared[0] else FIRST
    steps, units = (1 if one else length for one, length in zip(shared[1:], (REPEAT, UNITS), strict=True))
    places = (((first + row) * steps + step) * units + unit).reshape(-1)  # only what is drawn is numbered
    with np.errstate(over="ignore"):
        left_out = np.array([random(SEED, STEP, int(place)) for place in places]) < 0.25
    expected = np.where(left_out, 0, x * np.dtype(dtype).type(1 / 0.75))
    noise_shape = [1 if one else length for one, length in zip(shared, (None, REPEAT, UNITS), strict=True)]
    np.testing.assert_array_equal(dropped(0.25, x, True, noise_shape=noise_shape), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_outside_training_nothing_is_left_out(dtype):
    x = np.random.default_rng(0).standard_normal(ROWS * REPEAT * UNITS).astype(dtype)
    np.testing.assert_array_equal(dropped(0.5, x, False), x)
