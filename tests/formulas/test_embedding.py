"""The formulas of what looks up numbers of words and categories: rows of a table, columns of ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.formulas import DTYPES
from tests.support.layer_kernels import backward, built, forward, run_kernel
from tinynet.layers import CategoryEncoding, Embedding
from tinynet.layers.embedding import row_of

WORDS, WIDTH, STEPS = 5, 3, 4
TABLE = np.random.default_rng(0).standard_normal((WORDS, WIDTH))
X = np.array([[0, 4, 2, 4], [1, 0, 0, 3]])
DY = np.random.default_rng(1).standard_normal((2, STEPS, WIDTH))


def looked_up(dtype: Any = "float64") -> Any:
    return built(Embedding(WORDS, WIDTH, dtype=dtype), (STEPS,), embeddings=TABLE)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_nearest_row_is_found_and_none_outside(dtype):
    numbers = [-1.5, -0.75, -0.5, -0.25, 0.0, 0.25, 0.75, 1.0, 3.25, 4.0, 4.25, 4.5, 4.75, 5.0, 9.0, np.nan]
    rows = [-1, -1, -1, 0, 0, 0, 1, 1, 3, 4, 4, -1, -1, -1, -1, -1]
    assert [row_of(np.dtype(dtype).type(number), WORDS) for number in numbers] == rows


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_whole_number_that_float32_has_is_its_own_row(dtype):
    numbers = [*(2**k + j for k in range(2, 24) for j in (-1, 0, 1)), 2**24 - 2, 2**24 - 1]
    assert [row_of(np.dtype(dtype).type(number), 2**24) for number in numbers] == numbers
    assert row_of(np.dtype(dtype).type(2**24), 2**24) == row_of(np.dtype(dtype).type(-1), 2**24) == -1


def test_a_number_gets_its_row_and_one_without_is_nan():
    x = np.append(X, [[2, -1, 5, 1]], axis=0).astype(np.float64)
    expected = np.append(TABLE, np.full((1, WIDTH), np.nan), axis=0)[np.where((x < 0) | (x > 4), 5, x).astype(int)]
    np.testing.assert_array_equal(forward(looked_up(), x, (STEPS, WIDTH)), expected)


@pytest.mark.parametrize("members", [1, 2, 3])
def test_a_row_sums_up_the_gradients_of_all_its_places_whoever_has_it(members):
    layer, x, expected = looked_up(), X.astype(np.float64), np.zeros((WORDS, WIDTH))
    np.add.at(expected, X, DY)
    layer.parameters[0].gradient[...] = np.nan
    for member in range(members):
        run_kernel(layer, 2, x, DY, member=member, members=members)
        last = WORDS * (member + 1) // members
        np.testing.assert_allclose(layer.dembeddings[:last], expected[:last], rtol=1e-13)
        assert np.isnan(layer.dembeddings[last:]).all()


def test_between_two_numbers_there_is_no_slope():
    np.testing.assert_array_equal(backward(looked_up(), X.astype(np.float64), DY), np.zeros(X.shape))


@pytest.mark.parametrize("mode", ["multi_hot", "one_hot", "count"])
def test_categories_have_columns(mode):
    layer, x = built(CategoryEncoding(WORDS, mode, dtype="float64"), (STEPS,)), X.astype(np.float64)
    hot = np.eye(WORDS)[X]
    expected = {"one_hot": hot, "count": hot.sum(1), "multi_hot": hot.max(1)}[mode]
    np.testing.assert_array_equal(forward(layer, x, expected.shape[1:]), expected)


def test_what_names_no_category_has_no_column():
    layer = built(CategoryEncoding(WORDS, "count", dtype="float64"), (STEPS,))
    np.testing.assert_array_equal(forward(layer, np.array([[-1.0, 0.0, 5.0, 2.0]]), (WORDS,)), [[1, 0, 1, 0, 0]])
