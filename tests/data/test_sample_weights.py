"""Sample weights: a number for each row, given directly or by class, and what is said of those that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinynet.data import sample_weights

sparse = pytest.importorskip("scipy.sparse")
ONE_HOT = np.array([[0.9, 0.1], [0.2, 0.8], [1.0, 0.0]])


def weights(given: Any, n: int = 3, output: tuple[int, ...] = (2,)) -> Any:
    return sample_weights(given, None, None, n, output, "float32")


@pytest.mark.parametrize(
    "given",
    [[1, 2, 3], (1.0, 2.0, 3.0), np.array([[1], [2], [3]], "int8"), sparse.csr_matrix([[1.0], [2.0], [3.0]])],
    ids=["list", "tuple", "column", "sparse"],
)
def test_one_for_each_sample_counts_for_all_of_its_rows(given: Any) -> None:
    found = weights(given)
    assert found.dtype == np.float32
    assert found.tolist() == [1, 2, 3]
    assert weights(given, output=(2, 5)).tolist() == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 1)])
def test_one_for_each_row_stays_where_it_is(shape: tuple[int, ...]) -> None:
    assert weights(np.arange(6.0).reshape(shape), output=(2, 5)).tolist() == [0, 1, 2, 3, 4, 5]


def test_of_what_is_not_finite_the_first_is_told_and_only_nan_is_called_missing() -> None:
    advice = "Pass 0 for samples that should not count."
    for given, said in {
        (1.0, np.nan, np.inf): f"sample_weight must be finite, but has nan at index 1 (a missing value). {advice}",
        (np.inf, 1.0, np.nan): f"sample_weight must be finite, but has inf at index 0. {advice}",
        (1.0, 1.0, -np.inf): f"sample_weight must be finite, but has -inf at index 2. {advice}",
    }.items():
        with pytest.raises(ValueError, match="must be finite") as caught:
            weights(given)
        assert str(caught.value) == said


@pytest.mark.parametrize(
    ("shape", "output", "said"),
    [
        ((3, 2), (2,), "one weight for each sample, shape (3,), but has shape (3, 2). To weigh classes"),
        ((3, 3), (2, 5), "shape (3,), or (3, 2) for one weight a row, but has shape (3, 3). To weigh classes"),
        ((3, 1, 1), (2,), "one weight for each sample, shape (3,), but has shape (3, 1, 1). To weigh classes"),
    ],
)
def test_other_shapes_are_refused_with_those_that_fit(shape: Any, output: Any, said: str) -> None:
    with pytest.raises(ValueError, match="sample_weight must have one weight") as caught:
        weights(np.ones(shape), output=output)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("y", "output", "expected"),
    [
        ([0, 1, 2], (3,), [1, 5, 0.5]),
        ([0.6, 1.4, -0.2], (1,), [5, 5, 1]),
        ([[0], [1], [2]], (3,), [1, 5, 0.5]),
        (ONE_HOT, (2,), [1, 5, 1]),
        (sparse.csr_matrix(ONE_HOT), (2,), [1, 5, 1]),
        ([[0, 1], [1, 2], [2, 0]], (2, 3), [1, 5, 5, 0.5, 0.5, 1]),
        (np.eye(2)[[[0, 1], [1, 0], [1, 1]]], (2, 2), [1, 5, 5, 1, 5, 5]),
        ([2, 1, 0], (2, 3), [0.5, 0.5, 5, 5, 1, 1]),
    ],
)
def test_by_class_a_row_counts_as_its_class_and_classes_not_listed_count_once(
    y: Any, output: Any, expected: Any
) -> None:
    found = sample_weights(None, {1: 5.0, 2: 0.5}, y, 3, output, "float64")
    assert found is not None
    assert found.tolist() == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1.0, 2.0], "class_weight must be a dict, received [1.0, 2.0], of type list. Pass a dict"),
        ("balanced", "such as class_weight={0: 1.0, 1: 2.5}. Balanced classes: {c: len(y)"),
        ({"a": 1.0}, "but has {'a': 1.0}."),
        ({True: 1.0}, "but has {True: 1.0}."),
        ({0.5: 1.0}, "but has {0.5: 1.0}."),
        ({0: np.inf}, "but has {0: inf}."),
        ({0: "much"}, "but has {0: 'much'}."),
    ],
)
def test_what_is_no_weight_of_a_class_is_refused(given: Any, said: str) -> None:
    with pytest.raises(ValueError, match="class_weight must") as caught:
        sample_weights(None, given, [0, 1, 0], 3, (1,), "float32")
    assert said in str(caught.value)
    assert ("Balanced" in str(caught.value)) == (given == "balanced")


def test_both_at_once_are_refused_and_none_is_none() -> None:
    assert sample_weights(None, None, [0, 1], 2, (1,), "float32") is None
    with pytest.raises(ValueError, match="at the same time"):
        sample_weights([1.0, 1.0], {0: 1.0}, [0, 1], 2, (1,), "float32")
