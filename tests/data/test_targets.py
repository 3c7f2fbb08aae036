"""Targets and weights: what is passed as y, sample_weight and class_weight, checked against the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet import data
from tinynet.data import arrays

sparse = pytest.importorskip("scipy.sparse")


def targets(y: Any, kind: data.Kind, output_shape: tuple[int, ...], n: int | None = None) -> np.ndarray:
    names = {
        "probabilities": "binary_crossentropy",
        "distribution": "categorical_crossentropy",
        "classes": "sparse_categorical_crossentropy",
        "values": "mean_squared_error",
        "any": "my_loss",
    }
    n = len(y) if n is None else n
    return data.targets(y, n, output_shape=output_shape, kind=kind, loss_name=names[kind], dtype="float32")


@pytest.mark.parametrize("dtype", ["?", "i1", ">i8", "u1", "f2", "f8", ">f4"])
@pytest.mark.parametrize("kind", ["probabilities", "values", "classes", "any"])
def test_one_column_of_any_dtype_may_miss_its_axis(dtype: str, kind: data.Kind) -> None:
    y = np.array([0, 1, 1, 0], dtype)[::-1]
    output = (2,) if kind == "classes" else (1,)
    for given_y in (y, y[:, None], y.tolist(), np.asfortranarray(y[:, None])):
        t = targets(given_y, kind, output)
        np.testing.assert_array_equal(t, [[0], [1], [1], [0]])
        assert t.dtype == np.float32
        assert t.flags.carray
    assert y.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("kind", "shape", "output", "result"),
    [
        ("values", (6, 3), (3,), (6, 3)),
        ("values", (6, 3, 1), (3,), (6, 3)),
        ("values", (6, 4, 3), (4, 3), (24, 3)),
        ("values", (6, 4), (4, 1), (24, 1)),
        ("values", (6,), (), (6, 1)),
        ("distribution", (6, 3), (3,), (6, 3)),
        ("probabilities", (6, 28, 28), (28, 28), (168, 28)),
        ("classes", (6,), (3,), (6, 1)),
        ("classes", (6, 4), (4, 3), (24, 1)),
        ("classes", (6, 4, 1), (4, 3), (24, 1)),
        ("any", (6, 5, 2), (1,), (6, 10)),
        ("any", (6, 4, 7), (4, 3), (24, 7)),
    ],
)
def test_targets_become_one_row_for_each_row_of_the_output(
    kind: data.Kind, shape: tuple[int, ...], output: tuple[int, ...], result: tuple[int, int]
) -> None:
    y = np.random.default_rng(0).integers(0, 2, shape)
    t = targets(y, kind, output)
    assert t.shape == result
    np.testing.assert_array_equal(t.ravel(), y.ravel())


def test_fitting_targets_are_not_copied_and_large_read_only_ones_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    y = np.zeros((100, 1), np.float32)
    assert np.shares_memory(targets(y, "values", (1,)), y)
    y.flags.writeable = False
    assert not np.shares_memory(targets(y, "values", (1,)), y)
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 100)
    assert np.shares_memory(targets(y, "values", (1,)), y)


def test_sparse_targets_and_infinite_values_are_taken() -> None:
    one_hot = np.eye(3)
    np.testing.assert_array_equal(targets(sparse.csr_matrix(one_hot), "distribution", (3,), n=3), one_hot)
    np.testing.assert_array_equal(targets([1e300, -np.inf], "values", (1,)), [[np.inf], [-np.inf]])


def test_probabilities_may_exceed_one_by_their_rounding() -> None:
    assert targets([1 + 1e-7], "probabilities", (1,)).shape == (1, 1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        targets([1.001], "probabilities", (1,))


@pytest.mark.parametrize(
    ("y", "kind", "output", "words"),
    [
        # shapes
        (
            np.ones((4, 2)),
            "values",
            (1,),
            "shape \\(4, 2\\).*\\(None, 1\\).*last layer 2 units.*y\\[:, :1\\]",
        ),
        (np.ones((4, 2)), "values", (3,), "last layer 2 units, or pass 3 columns"),
        (np.eye(4)[:, :2], "values", (1,), "Give the last layer 2 units"),
        (np.ones(4), "values", (3,), "last layer 1 unit"),
        (np.arange(4), "values", (3,), "last layer 1 unit.*sparse_categorical_crossentropy"),
        (np.arange(4) / 3, "values", (3,), "last layer 1 unit\\.$"),
        (np.arange(4), "probabilities", (4,), "last layer 1 unit.*sparse_categorical_crossentropy"),
        (
            np.arange(4),
            "distribution",
            (4,),
            "loss='sparse_categorical_crossentropy', or.*to_categorical\\(y, 4\\)",
        ),
        (np.arange(4)[:, None], "distribution", (4,), "sparse_categorical_crossentropy.*to_categorical"),
        (
            np.eye(4)[:, :],
            "classes",
            (4,),
            "expects shape \\(4,\\).*loss='categorical_crossentropy', or.*argmax",
        ),
        (np.eye(4)[:, :3], "classes", (4,), "categorical_crossentropy' with 3 units"),
        (np.eye(2), "probabilities", (1,), "one-hot over 2 classes.*categorical_crossentropy.*argmax"),
        (np.eye(3), "distribution", (4,), "last layer 3 units with softmax"),
        (np.ones((4, 28, 28)), "values", (784,), "y.reshape\\(-1, 784\\)"),
        (np.ones(4), "values", (28, 1), "Flatten"),
        (np.ones(4), "any", (28, 1), "Flatten"),
        (np.ones((4, 2, 2)), "values", (3,), "agree"),
        # values
        ([-1, 1, 1], "probabilities", (1,), "between 0 and 1.*from -1 to 1 \\(row 0.*pass \\(y \\+ 1\\) / 2"),
        ([1, 2, 1], "probabilities", (1,), "\\(row 1.*pass y - 1"),
        ([0, 1, 2], "probabilities", (1,), "keep y.*3 units.*softmax.*sparse_categorical_crossentropy"),
        ([1, 3, 2], "probabilities", (1,), "pass y - 1, give the last layer 3 units"),
        ([0.5, 7.3], "probabilities", (1,), "mean_squared_error"),
        ([[0, 255], [3, 9]], "probabilities", (2,), "pixels.*y / 255"),
        ([[0, 1], [-1, 1]], "distribution", (2,), "one-hot rows or probabilities.*row 1"),
        ([0, 1, 3], "classes", (3,), "class numbers 0 to 2 for 3 output units.*row 2.*last layer 4 units"),
        ([1, 2, 3], "classes", (3,), "start at 1: pass y - 1"),
        ([-1, 1], "classes", (2,), "pass \\(y \\+ 1\\) / 2"),
        ([-1, 0, 1], "classes", (2,), "from 0.*unknown"),
        ([0, 1], "classes", (1,), "only 0 for a single.*binary_crossentropy"),
        ([0, 0.5], "classes", (2,), "row 1.*mean_squared_error"),
        ([0, np.inf], "classes", (2,), "row 1.*mean_squared_error"),
        ([0, np.nan, np.nan], "values", (1,), "NaN, first in row 1"),
        ([0, np.nan], "any", (1,), "NaN, first in row 1"),
        ([[0, 0], [0, 0], [0, np.nan]], "values", (2, 1), "NaN, first in row 2"),
        ([0, np.nan], "classes", (2,), "NaN"),
        ([0, np.nan], "probabilities", (1,), "NaN"),
        ([], "values", (1,), "y is empty"),
    ],
)
def test_targets_that_do_not_suit_are_refused_with_what_to_do(
    y: Any, kind: data.Kind, output: tuple[int, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        targets(y, kind, output)


def test_names_of_classes_are_refused_with_how_to_number_them() -> None:
    with pytest.raises(TypeError, match=r"y holds text \(such as 'cat'\).*return_inverse"):
        targets(["cat", "dog"], "classes", (2,))


def test_targets_of_another_length_than_x_are_refused() -> None:
    with pytest.raises(ValueError, match="x has 10 samples, y has 8"):
        targets(np.ones(8), "values", (1,), n=10)


@settings(deadline=None)
@given(st.integers(2, 6), st.lists(st.integers(-2, 8), min_size=1, max_size=12))
def test_class_numbers_pass_exactly_when_they_are_within_the_units(units: int, labels: list[int]) -> None:
    if min(labels) >= 0 and max(labels) < units:
        assert targets(labels, "classes", (units,))[:, 0].tolist() == labels
    else:
        with pytest.raises(ValueError, match="class numbers"):
            targets(labels, "classes", (units,))


def weights(
    sample_weight: Any = None, class_weight: Any = None, y: Any = (0, 1, 2), output: tuple[int, ...] = (3,)
) -> Any:
    return data.sample_weights(sample_weight, class_weight, np.asarray(y), len(y), output, "float32")


def test_no_weights_are_none() -> None:
    assert weights() is None


@pytest.mark.parametrize("given_weights", [[1, 2, 3], [[1], [2], [3]], np.array([1, 2, 3], ">f8")])
def test_sample_weights_become_one_row_each(given_weights: Any) -> None:
    w = weights(given_weights)
    assert w.dtype == np.float32
    assert w.tolist() == [1, 2, 3]


def test_sample_weights_count_for_every_row_of_a_sample_or_are_given_for_each() -> None:
    y = np.zeros((2, 3, 1))
    assert weights([1, 2], y=y, output=(3, 1)).tolist() == [1, 1, 1, 2, 2, 2]
    assert weights([[1, 2, 3], [4, 5, 6]], y=y, output=(3, 1)).tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("y", "output"),
    [
        ([0, 1, 2, 1], (3,)),
        ([[0], [1], [2], [1]], (3,)),
        (np.eye(3)[[0, 1, 2, 1]], (3,)),
        (np.array([0.1, 0.9, 2.4, 0.6]), (1,)),
        ([[0, 1], [2, 1]], (2, 3)),
        (np.eye(3)[[[0, 1], [2, 1]]], (2, 3)),
    ],
)
def test_class_weights_are_looked_up_by_class_and_default_to_one(y: Any, output: tuple[int, ...]) -> None:
    w = weights(class_weight={1: 5, np.int64(2): 0.5}, y=y, output=output)
    assert w.dtype == np.float32
    assert w.tolist() == [1, 5, 0.5, 5]


@pytest.mark.parametrize("y", [[0, 2, 1], [[0], [2], [1]], np.eye(3)[[0, 2, 1]]])
def test_a_class_for_each_sample_weighs_all_rows_that_the_model_gives_for_it(y: Any) -> None:
    assert weights(class_weight={1: 5, 2: 0.5}, y=y, output=(2, 4)).tolist() == [1, 1, 0.5, 0.5, 5, 5]


def test_class_weights_of_checked_targets_are_those_of_the_given_ones() -> None:
    y = np.array([[0, 1], [2, 1]])
    t = targets(y, "classes", (2, 3))
    w = data.sample_weights(None, {1: 5}, t, 2, (2, 3), "float32")
    assert w is not None
    assert w.tolist() == [1, 5, 1, 5]


@pytest.mark.parametrize(
    ("sample_weight", "class_weight", "words"),
    [
        ([1, 1, 1], {0: 1}, "You cannot `class_weight` and `sample_weight` at the same time"),
        ([1, 1], None, "x has 3 samples, sample_weight has 2"),
        ([[1, 1], [1, 1], [1, 1]], None, "one weight for each sample.*\\(3, 2\\).*class_weight={0: 1.0"),
        ([1, np.nan, 1], None, "finite, but has nan at index 1"),
        (None, "balanced", "must be a dict, received 'balanced'.*Balanced classes"),
        (None, [1, 2], "must be a dict"),
        (None, {"0": 1}, "whole class numbers"),
        (None, {1.5: 1}, "whole class numbers"),
        (None, {True: 1}, "whole class numbers"),
        (None, {0: "a"}, "finite weights"),
        (None, {0: np.nan}, "finite weights"),
    ],
)
def test_wrong_weights_are_refused_with_what_to_do(sample_weight: Any, class_weight: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        weights(sample_weight, class_weight)
