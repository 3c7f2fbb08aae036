"""`utils.normalize` is Keras's."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.parity import keras
from tinynet.utils import normalize

X = np.array([[3.0, -4.0, 0.0], [0.0, 0.0, 0.0], [1.0, 2.0, 2.0]])


@pytest.mark.parametrize("order", [1, 2, np.inf])
@pytest.mark.parametrize("axis", [-1, 1, -2])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_rows_have_the_length_that_keras_gives_them(axis, order, dtype):
    x = X.astype(dtype)
    expected = keras().utils.normalize(x, axis=axis, order=order)
    found = normalize(x, axis=axis, order=order)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(x, X.astype(dtype))


def test_the_first_axis_is_the_first_one():
    np.testing.assert_allclose(normalize([[3.0], [4.0]], axis=0), [[0.6], [0.8]])  # Keras takes 0 for the last
    np.testing.assert_allclose(normalize([3.0, 4.0]), [0.6, 0.8])


def test_what_cannot_be_normalized_is_named():
    for arguments in (([["a"]],), (X, 2), (X, -3), (X, "1"), (1.0,), (X, -1, "2")):
        with pytest.raises((TypeError, ValueError), match="normalize: "):
            normalize(*arguments)
