"""What "accuracy" and "crossentropy" mean is told by the shapes of targets and outputs, as in Keras."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.parity import keras


def both_evaluate(units: int, loss: Any, y: Any, metrics: Any, activation: str = "sigmoid", **weights: Any) -> Any:
    """Evaluate the same one-layer network with Keras and tinynet; returns both dicts."""
    x = np.random.default_rng(0).standard_normal((len(y), 3)).astype(np.float32)
    kernel = np.random.default_rng(1).standard_normal((3, units)).astype(np.float32)
    found = []
    with warnings.catch_warnings(), without_compiling():
        warnings.simplefilter("ignore")  # accuracies of numbers are what tinynet warns of, and Keras does not refuse
        for k in (keras(), tinynet):
            model = k.Sequential([k.Input((3,)), k.layers.Dense(units, activation=activation)])
            options = {"weighted_metrics": metrics} if weights else {}
            model.compile("sgd", loss, metrics=metrics, **options)
            model.set_weights([kernel, np.zeros(units, np.float32)])
            found.append(model.evaluate(x, y, verbose=0, return_dict=True, **weights))
    return found


CLASSES = np.arange(12) % 3
TARGETS = {
    "labels 0 and 1 for one output": (1, "binary_crossentropy", (np.arange(12) % 2)[:, None]),
    "labels without an axis": (1, "binary_crossentropy", np.arange(12) % 2),
    "numbers for one output, which are binary": (1, "mse", 0.7 + 0.1 * np.arange(12)),
    "class numbers": (3, "sparse_categorical_crossentropy", CLASSES),
    "class numbers with an axis": (3, "sparse_categorical_crossentropy", CLASSES[:, None]),
    "one-hot": (3, "categorical_crossentropy", np.eye(3)[CLASSES]),
    "several labels a sample": (3, "binary_crossentropy", np.eye(3)[CLASSES]),
    "several numbers a sample": (3, "mse", np.eye(3)[CLASSES] + 0.25),
}


@pytest.mark.parametrize("targets", list(TARGETS))
def test_accuracy_is_resolved_by_shape_as_in_keras(targets):
    units, loss, y = TARGETS[targets]
    expected, got = both_evaluate(units, loss, y, ["accuracy"])
    assert list(got) == list(expected)
    assert got["accuracy"] == pytest.approx(expected["accuracy"], abs=1e-6)
    if loss == "mse" and units == 1:
        assert got["accuracy"] <= 1 / 12  # only y = 1 can be right


@pytest.mark.parametrize("targets", [name for name in TARGETS if TARGETS[name][1] != "mse" and "several" not in name])
def test_crossentropy_is_resolved_by_shape_as_in_keras(targets):
    units, _, y = TARGETS[targets]
    expected, got = both_evaluate(units, "crossentropy", y, [], "sigmoid" if units == 1 else "softmax")
    assert got["loss"] == pytest.approx(expected["loss"], rel=1e-5)


@pytest.mark.parametrize("loss", ["mse", "mae", "binary_crossentropy"])
def test_targets_without_an_axis_are_not_broadcast(loss):
    y = (np.arange(12) % 2).astype(np.float32)
    expected, flat = both_evaluate(1, loss, y, [])
    _, column = both_evaluate(1, loss, y[:, None], [])
    assert flat["loss"] == column["loss"] == pytest.approx(expected["loss"], rel=1e-5)


def test_a_weighted_metric_whose_name_repeats_is_called_weighted():
    weights = np.random.default_rng(2).random(12)
    y = (np.arange(12) % 2).astype(np.float32)
    expected, got = both_evaluate(1, "binary_crossentropy", y, ["accuracy"], sample_weight=weights)
    assert list(got) == list(expected) == ["accuracy", "loss", "weighted_accuracy"]
    assert list(got.values()) == pytest.approx(list(expected.values()), rel=1e-5)
