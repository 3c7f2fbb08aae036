"""The formulas of layers that number categories: which one a number is in, and what is written for it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.layer_kernels import built, forward
from tinynet.layers import Discretization, Hashing, IntegerLookup
from tinynet.layers.discretization import range_of
from tinynet.layers.integer_lookup import category_of

NAN = np.nan
IDF = np.array([0.5, 2.0, 3.0, 5.0, 7.0])


def written(numbers, mode, depth, idf=IDF):
    """Return the columns for rows of categories, -1 being none."""
    if mode == "int":
        return np.where(numbers < 0, NAN, numbers).astype(float)
    if mode == "one_hot":
        return (numbers[..., None] == np.arange(depth)).astype(float).reshape(len(numbers), -1)
    counts = (numbers[..., None] == np.arange(depth)).sum(axis=-2).astype(float)
    return {"multi_hot": (counts > 0).astype(float), "count": counts, "tf_idf": counts * idf[:depth]}[mode]


@pytest.mark.parametrize("bounds", [[0.0], [-1.5, 0.0], [-1.0, 0.25, 2.0], [-2.0, -1.0, 0.0, 1.0, 3.0]])
def test_a_number_is_behind_all_bounds_that_are_not_above_it(bounds):
    values = np.array([*bounds, *(b - 0.1 for b in bounds), *(b + 0.1 for b in bounds), -9.0, 9.0])
    found = [range_of(x, np.array(bounds)) for x in values]
    assert found == np.searchsorted(bounds, values, side="right").tolist()
    assert range_of(np.float64(NAN), np.array(bounds)) == len(bounds)


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_ranges_are_written_as_the_mode_says(mode):
    bounds = [-1.0, 0.25, 2.0]
    layer = built(Discretization(bounds, output_mode=mode, dtype="float64"), (3,))
    x = np.array([[-2.0, 0.0, 0.1], [0.25, 5.0, 5.0], [2.0, -1.0, 1.9]])
    expected = written(np.searchsorted(bounds, x, side="right"), mode, 4)
    np.testing.assert_array_equal(forward(layer, x, expected.shape[1:]), expected)


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_numbers_of_bins_are_written_as_the_mode_says_and_what_is_none_is_left_out(mode):
    layer = built(Hashing(4, output_mode=mode, dtype="float64"), (3,))
    x = np.array([[0.0, 3.0, 3.0], [1.0, -1.0, 2.0], [2.0, 2.0, 4.0]])
    numbers = np.where((x < 0) | (x >= 4 if mode != "int" else False), -1, x).astype(int)
    expected = written(numbers, mode, 4)
    np.testing.assert_array_equal(forward(layer, x, expected.shape[1:]), expected)


@pytest.mark.parametrize("tokens", [[7], [3, 9], [5, 1, 8], [-4, 12, 0, 6]])
@pytest.mark.parametrize("mask", [None, 2])
@pytest.mark.parametrize("unknown", [0, 1, 3])
def test_a_token_is_its_place_in_the_vocabulary_and_others_go_by_their_remainder(tokens, mask, unknown):
    ordered = sorted(tokens)
    categories = [tokens.index(token) + unknown + (mask is not None) for token in ordered]
    first = 1 if mask is not None else 0
    table = np.array([*ordered, *categories, mask is not None, mask or 0, 0, first, unknown], float)
    for x in range(-6, 14):
        right = -1 if unknown == 0 else first + x % unknown
        if x in tokens:
            right = categories[ordered.index(x)]
        if x == mask:
            right = 0
        assert category_of(np.float64(x), table, len(tokens)) == right
    assert category_of(np.float64(NAN), table, len(tokens)) == -1


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count", "tf_idf"])
@pytest.mark.parametrize("unknown", [1, 2])
def test_tokens_are_written_as_the_mode_says(mode, unknown):
    vocabulary, weights = [11, 4, 30], [2.0, 3.0, 5.0]
    options = {"idf_weights": weights} if mode == "tf_idf" else {}
    layer = IntegerLookup(vocabulary=vocabulary, num_oov_indices=unknown, output_mode=mode, dtype="float64", **options)
    layer = built(layer, (3,))
    x = np.array([[11.0, 4.0, 7.0], [30.0, 30.0, 8.0], [4.0, 5.0, 11.0]])
    numbers = np.vectorize(lambda v: vocabulary.index(v) + unknown if v in vocabulary else int(v) % unknown)(x)
    idf = np.array([*[np.mean(weights)] * unknown, *weights])
    expected = written(numbers, mode, 3 + unknown, idf)
    np.testing.assert_array_equal(forward(layer, x, expected.shape[1:]), expected)
