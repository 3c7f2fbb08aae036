"""The formulas of pooling over all steps, against NumPy's, for both orders of the axes and with padding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.layer_kernels import backward, built, forward
from tinynet.layers import GlobalAveragePooling1D, GlobalMaxPooling1D

ROWS, STEPS, FEATURES = 3, 4, 2
RNG = np.random.default_rng(0)
X, DY = RNG.standard_normal((ROWS, STEPS, FEATURES)), RNG.standard_normal((ROWS, FEATURES))
NUMBERS = np.array([[7, 0, 0, 2], [3, 1, 5, 2], [0, 9, 0, 0], [0, 0, 4, 1], [8, 3, 0, 6.0]])  # of more samples; 0 pads
FORMATS = pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])


def both(layer: Any, x: Any, data_format: str, **fields: Any) -> tuple[Any, Any]:
    """Return the output and the gradient of the input, with the steps first in both."""
    turned = data_format == "channels_first"
    x = np.ascontiguousarray(x.swapaxes(1, 2)) if turned else x
    layer = built(layer(data_format, dtype="float64"), x.shape[1:])
    y, dx = forward(layer, x, (x.shape[1 if turned else 2],), **fields), backward(layer, x, DY, **fields)
    return y, dx.swapaxes(1, 2) if turned else dx


@FORMATS
def test_the_mean_is_over_all_steps_and_each_has_its_share(data_format):
    y, dx = both(GlobalAveragePooling1D, X, data_format)
    np.testing.assert_allclose(y, X.mean(1), rtol=1e-13)
    np.testing.assert_allclose(dx, np.repeat(DY[:, None] / STEPS, STEPS, axis=1), rtol=1e-13)


@FORMATS
@pytest.mark.parametrize(("order", "rows"), [((), [1, 2, 3]), ((4, 2, 0, 3, 1), [2, 0, 3])], ids=["as is", "shuffled"])
def test_padding_has_no_say_in_the_mean(order, rows, data_format):
    """The third row of the batch is the first that this thread sees: they stand behind start + first."""
    fields: dict[str, Any] = {"order": np.array(order, np.int64), "start": 1, "first": 0}
    for start, first in ((1, 0), (0, 1)):
        fields |= {"start": start, "first": first}
        y, dx = both(GlobalAveragePooling1D, X, data_format, options=[1.0, 0.0], samples=NUMBERS, **fields)
        counts = NUMBERS[rows][:, :, None] != 0
        np.testing.assert_allclose(y, (X * counts).sum(1) / counts.sum(1), rtol=1e-13)
        np.testing.assert_allclose(dx, DY[:, None] / counts.sum(1)[:, None] * counts, rtol=1e-13)


@FORMATS
def test_a_step_of_several_numbers_is_padding_if_all_are_the_one_that_says_so(data_format):
    samples = np.where(NUMBERS[:, :, None] == 0, -1.5, np.array([-1.5, 1.0, -1.5]))
    samples[3, 0] = (1.0, -1.5, -1.5)
    counts = (samples != -1.5).any(axis=2)[1:4, :, None]
    fields: dict[str, Any] = {"order": np.empty(0, np.int64), "start": 1, "first": 0}
    y, dx = both(GlobalAveragePooling1D, X, data_format, options=[3.0, -1.5], samples=samples, **fields)
    np.testing.assert_allclose(y, (X * counts).sum(1) / counts.sum(1), rtol=1e-13)
    np.testing.assert_allclose(dx, DY[:, None] / counts.sum(1)[:, None] * counts, rtol=1e-13)


@FORMATS
def test_the_largest_is_found_wherever_it_stands_and_equal_ones_share_the_gradient(data_format):
    x = X.copy()
    x[0, 3, 0] = x[0, 0, 0] = 5.0  # two that are alike, in the first and the last step
    x[1, :, 1] = -2.0  # and all
    x[2, 1, 0] = 9.0
    y, dx = both(GlobalMaxPooling1D, x, data_format)
    largest = x.max(1)
    chosen = x == largest[:, None]
    np.testing.assert_array_equal(y, largest)
    np.testing.assert_allclose(dx, DY[:, None] * chosen / chosen.sum(1)[:, None], rtol=1e-13, atol=1e-300)


@FORMATS
@pytest.mark.parametrize("step", range(STEPS))
def test_one_nan_is_the_largest_wherever_it_stands(step, data_format):
    x = X.copy()
    x[1, step, 0] = np.nan
    with np.errstate(all="ignore"):
        y, dx = both(GlobalMaxPooling1D, x, data_format)
    np.testing.assert_array_equal(y, x.max(1))
    assert np.isnan(dx[1, :, 0]).all()
    assert np.isfinite(np.delete(dx.reshape(ROWS, -1), 1, axis=0)).all()
    assert np.isfinite(dx[1, :, 1]).all()
