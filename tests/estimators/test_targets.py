"""What outputs decide, in the form that targets have, and the arguments of the wrappers with their defaults."""

import inspect

import numpy as np
import pytest

from tests.support.parity import keras
from tinynet.sklearn import KerasClassifier, KerasRegressor, SKLearnClassifier, SKLearnRegressor
from tinynet.sklearn.targets import ClassTargets, NumberTargets

LABELS = [[1, 0, 1], [0, 1, 1]]
ONE_HOT = [[1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("y", "outputs", "decided"),
    [
        (["a", "b", "b"], [[0.5], [0.51], [0.49], [1.0], [0.0]], ["a", "b", "a", "b", "a"]),
        ([3, 7], [[0.5, 0.5], [0.4, 0.6], [0.6, 0.4]], [3, 7, 3]),
        (["x", "y", "z"], [[0.25, 0.25, 0.5], [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]], ["z", "x", "y"]),
        ([1, 2, 3], [[0.1, 0.2, 0.3, 0.4]], [3]),
        (LABELS, [[0.5, 0.51, 0.49], [1.0, 0.0, 0.6]], [[0, 1, 0], [1, 0, 1]]),
        (ONE_HOT, [[0.2, 0.3, 0.5], [0.5, 0.5, 0.0]], [[0, 0, 1], [1, 0, 0]]),
    ],
    ids=["two", "two by two outputs", "three", "more outputs than classes", "labels", "one-hot"],
)
def test_a_class_needs_more_than_half_or_the_most_and_of_equals_it_is_the_first(y, outputs, decided):
    found = ClassTargets(y).decided(np.array(outputs))
    assert found.tolist() == decided
    assert found.dtype.kind == np.array(decided).dtype.kind


def test_probabilities_have_a_column_for_each_class():
    two = ClassTargets(["a", "b"])
    np.testing.assert_allclose(two.probabilities(np.array([[0.25], [1.0]])), [[0.75, 0.25], [0.0, 1.0]])
    several = np.array([[0.25, 0.5, 0.25]])
    assert ClassTargets([1, 2, 3]).probabilities(several).tolist() == several.tolist()


@pytest.mark.parametrize(
    ("y", "outputs", "expected"),
    [
        ([1.0, 2.0], [[3.0], [4.0]], [3.0, 4.0]),
        ([[1.0], [2.0]], [[3.0], [4.0]], [[3.0], [4.0]]),
        ([[1.0, 2.0]], [[3.0, 4.0]], [[3.0, 4.0]]),
    ],
)
def test_numbers_come_in_the_form_that_they_went_in(y, outputs, expected):
    for kind in ("float32", "float64"):
        found = NumberTargets(np.array(y, kind)).decided(np.array(outputs, "float32"))
        assert found.tolist() == expected
        assert found.dtype == kind


SCIKERAS = {
    "model": None,
    "build_fn": None,
    "warm_start": False,
    "random_state": None,
    "optimizer": "rmsprop",
    "loss": None,
    "metrics": None,
    "batch_size": None,
    "validation_batch_size": None,
    "verbose": 1,
    "callbacks": None,
    "validation_split": 0.0,
    "shuffle": True,
    "run_eagerly": False,
    "epochs": 1,
}


def defaults(made):
    parameters = inspect.signature(made).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is not p.VAR_KEYWORD}


def test_arguments_of_the_wrappers_and_their_defaults_are_those_of_scikeras():
    """Source: https://adriangb.com/scikeras/stable/generated/scikeras.wrappers.KerasClassifier.html"""
    assert defaults(KerasClassifier) == {**SCIKERAS, "class_weight": None}
    assert defaults(KerasRegressor) == SCIKERAS
    assert {**KerasRegressor().get_params()} == SCIKERAS


@pytest.mark.parametrize("ours", [SKLearnClassifier, SKLearnRegressor])
def test_those_of_keras_3_are_keras_own(ours):
    assert defaults(ours) == {**defaults(getattr(keras().wrappers, ours.__name__)), "model": None}
