"""What puts numbers in other places, or in several: there and back."""

from __future__ import annotations

import numpy as np

from tests.support.layer_kernels import backward, built, forward
from tinynet.layers import Permute, RepeatVector

RNG = np.random.default_rng(0)


def test_numbers_go_to_their_places_and_gradients_come_from_there():
    x, dy = RNG.standard_normal((2, 2, 3)), RNG.standard_normal((2, 3, 2))
    layer = built(Permute((2, 1), dtype="float64"), (2, 3))
    np.testing.assert_array_equal(forward(layer, x, (3, 2)), x.swapaxes(1, 2))
    np.testing.assert_array_equal(backward(layer, x, dy), dy.swapaxes(1, 2))


def test_a_number_that_went_to_several_places_sums_up_their_gradients():
    x, dy = RNG.standard_normal((2, 3)), RNG.standard_normal((2, 4, 3))
    layer = built(RepeatVector(4, dtype="float64"), (3,))
    np.testing.assert_array_equal(forward(layer, x, (4, 3)), np.repeat(x[:, None], 4, axis=1))
    np.testing.assert_allclose(backward(layer, x, dy), dy.sum(1), rtol=1e-13)
