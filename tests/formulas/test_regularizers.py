"""The regularizers' formulas: penalties and their slopes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.formulas import DTYPES, NONE
from tests.support.parts import describe, every
from tinynet import regularizers
from tinynet.regularizers import L1, L1L2, L2

EVERY = every(regularizers.CLASSES)


def test_penalties_by_hand():
    w = np.array([1.0, -2.0, 0.0])
    assert L1(0.5)(w) == 1.5
    assert L1(0.5).gradient(w).tolist() == [0.5, -0.5, 0.0]
    assert L2(0.5)(w) == 2.5
    assert L2(0.5).gradient(w).tolist() == [1.0, -2.0, 0.0]
    assert L1L2(0.5, 0.25)(w) == 2.75
    assert L1L2(0.5, 0.25).gradient(w).tolist() == [1.0, -1.5, 0.0]


@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_the_gradient_of_a_penalty_is_its_slope(cls, options):
    part, w, h = cls(**options), np.random.default_rng(0).standard_normal(7), 1e-6
    assert part(w) == pytest.approx(sum(part(w[i : i + 1]) for i in range(7)), rel=1e-14)
    slopes = [(part(w[i : i + 1] + h) - part(w[i : i + 1] - h)) / (2 * h) for i in range(7)]
    np.testing.assert_allclose(part.gradient(w), slopes, rtol=1e-8, atol=1e-10)
    assert part(w) > 0 or not any(options.values())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_a_slope_is_added_to_a_gradient_that_is_there(cls, options, dtype):
    part = cls(**options)
    w, dw = (np.random.default_rng(seed).standard_normal((3, 4)).astype(dtype) for seed in (0, 1))
    before = dw.copy()
    total = part.kernel(w.reshape(-1), dw.reshape(-1), 1.0, part.numbers)
    np.testing.assert_allclose(dw, before + part.gradient(w), rtol=4 * np.finfo(dtype).eps)
    assert total == part(w)
    assert part.kernel(w.reshape(-1), NONE.astype(dtype), 1.0, part.numbers) == total
    dw[...] = before
    part.kernel(w.reshape(-1), dw.reshape(-1), 0.125, part.numbers)
    np.testing.assert_allclose(dw, before + part.gradient(w) / 8, rtol=4 * np.finfo(dtype).eps)
    w[1, 2] = np.nan
    assert np.isnan(part(w)) or not any(options.values())
