"""Lengths, batch size, and the two ways to set validation samples aside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet import data

sparse = pytest.importorskip("scipy.sparse")


def test_equal_lengths_pass_whatever_holds_them() -> None:
    f = data.features(np.ones((3, 2)), dtype="float32")
    data.check_lengths(x=f, y=[1, 2, 3], sample_weight=np.ones((3, 1)), z=sparse.csr_matrix((3, 9)), none=None)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (
            np.ones((10, 2)),
            np.ones(8),
            "cardinality is ambiguous: x has 10 samples, y has 8.*sliced or split",
        ),
        (np.ones((10, 2)), np.ones((1, 10)), "row instead of a column: pass y.T"),
        (np.ones((2, 10)), np.ones(10), "pass x.T"),
    ],
)
def test_different_lengths_are_refused_naming_both(x: Any, y: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        data.check_lengths(x=x, y=y)


def test_what_has_no_length_is_refused() -> None:
    with pytest.raises(TypeError, match=r"y must be a NumPy array.*generator"):
        data.check_lengths(x=[1], y=(i for i in range(1)))


def test_batch_sizes_are_positive_whole_numbers_and_32_by_default() -> None:
    assert data.check_batch_size(None) == 32
    assert data.check_batch_size(1) == 1
    assert type(data.check_batch_size(np.int64(7))) is int


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, 32.0, "32", True, [32]])
def test_other_batch_sizes_are_refused(batch_size: Any) -> None:
    with pytest.raises(ValueError, match=r"batch_size must be a positive whole number.*received"):
        data.check_batch_size(batch_size)


def test_validation_data_is_two_or_three() -> None:
    assert data.unpack_validation((1, 2)) == (1, 2, None)
    assert data.unpack_validation([1, 2, 3]) == (1, 2, 3)


@pytest.mark.parametrize(
    ("validation_data", "received"),
    [((1,), "tuple of 1"), ([1, 2, 3, 4], "list of 4"), (np.ones(2), "ndarray")],
)
def test_other_validation_data_is_refused(validation_data: Any, received: str) -> None:
    with pytest.raises(ValueError, match=f"must be \\(x_val, y_val\\).*received a {received}"):
        data.unpack_validation(validation_data)


@settings(deadline=None)
@given(st.integers(2, 50), st.floats(0.01, 0.99))
def test_the_last_samples_are_set_aside(n: int, share: float) -> None:
    at = math.floor(n * (1 - share))
    x, y = np.arange(2 * n).reshape(n, 2), list(range(n))
    if at == 0:
        with pytest.raises(ValueError, match="none to train on"):
            data.split(x, y, None, share)
        return
    (x_train, y_train, w_train), (x_val, y_val, w_val) = data.split(x, y, np.ones(n), share)
    assert len(x_train) == len(y_train) == len(w_train) == at
    assert y_train + y_val == y
    assert np.shares_memory(x_train, x)
    assert np.shares_memory(x_val, x)
    np.testing.assert_array_equal(np.concatenate([x_train, x_val]), x)
    assert len(w_val) == n - at


def test_sparse_matrices_and_frames_are_split_by_position() -> None:
    class Frame:
        shape = (4,)
        iloc = np.arange(4)

    dense = np.arange(8).reshape(4, 2)
    (x, y, w), (x_val, y_val, _) = data.split(sparse.coo_matrix(dense), Frame(), None, 0.25)
    np.testing.assert_array_equal(x.toarray(), dense[:3])
    np.testing.assert_array_equal(x_val.toarray(), dense[3:])
    assert (y.tolist(), y_val.tolist(), w) == ([0, 1, 2], [3], None)


@pytest.mark.parametrize(
    ("n", "share", "words"),
    [
        (4, 0, "above 0 and below 1.*received 0"),
        (4, 1.0, "received 1.0"),
        (4, -0.1, "received -0.1"),
        (4, 20, "received 20"),
        (4, float("nan"), "received nan"),
        (4, "a", "received 'a'"),
        (1, 0.5, "of 1 sample leaves none to train on"),
        (3, 1e-17, "of 3 samples leaves none to validate on"),
    ],
)
def test_a_split_that_leaves_one_side_empty_is_refused(n: int, share: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        data.split(np.ones((n, 1)), np.ones(n), None, share)


def test_lengths_are_checked_before_splitting() -> None:
    with pytest.raises(ValueError, match="x has 4 samples, y has 3"):
        data.split(np.ones((4, 1)), np.ones(3), None, 0.5)
