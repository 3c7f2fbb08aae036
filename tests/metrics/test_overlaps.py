"""Intersections over unions, by hand and in models; Keras is the judge."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops
from tests.support.parity import keras
from tinynet import metrics

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's, from NumPy 2
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype"),  # JAX's
]
RNG = np.random.default_rng(0)
LABELS, TOLD = RNG.integers(-1, 4, (2, 12))
ROWS = RNG.random((12, 3)).astype("float32")
SQUARE = LABELS.reshape(3, 4)
ONE_HOT = np.eye(3, dtype="float32")[RNG.integers(0, 3, 12)]
WEIGHTS = RNG.integers(0, 4, 12)

CASES = [
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, LABELS, TOLD),
    ("IoU", {"num_classes": 3, "target_class_ids": [1], "ignore_class": 0, "dtype": "float32"}, LABELS, TOLD),
    ("IoU", {"num_classes": 3, "target_class_ids": [1], "sparse_y_pred": False}, LABELS, ROWS),
    ("IoU", {"num_classes": 3, "target_class_ids": (0,), "sparse_y_true": False, "sparse_y_pred": True}, ONE_HOT, TOLD),
    ("MeanIoU", {"num_classes": 4}, LABELS, TOLD),
    ("MeanIoU", {"num_classes": 3, "ignore_class": -1}, LABELS.reshape(3, 4), TOLD.reshape(3, 4)),
    ("MeanIoU", {"num_classes": 3, "sparse_y_pred": False, "dtype": "float64"}, SQUARE, ROWS.reshape(3, 4, 3)),
    ("BinaryIoU", {}, LABELS > 0, ROWS[:, 0]),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3, "dtype": "float32"}, LABELS > 0, ROWS[:, 1]),
    ("OneHotIoU", {"num_classes": 3, "target_class_ids": [0, 1]}, ONE_HOT, ROWS),
    ("OneHotIoU", {"num_classes": 3, "target_class_ids": [2], "ignore_class": 0, "sparse_y_pred": True}, ONE_HOT, TOLD),
    ("OneHotMeanIoU", {"num_classes": 3}, ONE_HOT, ROWS),
]  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(("name", "options", "y", "p"), CASES)
def test_each_gives_keras_result_and_is_made_again(name, options, y, p, weighted):
    ours, theirs = (getattr(k.metrics, name)(**options, name="own") for k in (tinynet, keras()))
    weights = WEIGHTS.reshape(y.shape[: y.ndim - ("sparse_y_true" in options or name.startswith("OneHot"))])
    for metric in (ours, theirs):
        for _ in range(2):
            metric.update_state(y, p, **({"sample_weight": weights} if weighted else {}))
    assert ours.result() == pytest.approx(float(theirs.result()), rel=1e-6)
    np.testing.assert_array_equal(ours.total_cm, np.asarray(theirs.total_cm))
    assert ours.get_config() == theirs.get_config()
    again = metrics.deserialize(json.loads(json.dumps(metrics.serialize(ours))))
    assert again.get_config() == ours.get_config()
    assert again(y, p) == getattr(metrics, name)(**options)(y, p)
    ours.reset_state()
    assert ours.result() == 0.0


def test_rows_may_stand_along_another_axis():
    options = {"num_classes": 2, "sparse_y_pred": False, "axis": 0}
    y, p = np.array([0, 1, 1]), np.array([[0.1, 0.9, 0.2], [0.9, 0.1, 0.8]])
    assert metrics.MeanIoU(**options)(y, p) == metrics.MeanIoU(num_classes=2, sparse_y_pred=False)(y, p.T)
    with pytest.raises(ValueError, match="no axis 2"):
        metrics.MeanIoU(**{**options, "axis": 2})(y, p)


def softmax_model(k, compiled, metric, loss):
    model = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3, activation="softmax")])
    how = {"compiled": compiled} if k is tinynet else {}
    model.compile(k.optimizers.SGD(0.5), loss, metrics=[metric], weighted_metrics=[], **how)
    return model


@both_loops
@pytest.mark.parametrize(
    ("name", "options", "loss"),
    [
        ("MeanIoU", {"num_classes": 3, "sparse_y_pred": False}, "sparse_categorical_crossentropy"),
        ("OneHotIoU", {"num_classes": 3, "target_class_ids": [0, 2]}, "categorical_crossentropy"),
        ("BinaryIoU", {"threshold": 0.4}, "categorical_crossentropy"),
    ],
)
def test_in_a_model_it_is_what_it_is_by_hand(name, options, loss, compiled):
    labels = RNG.integers(0, 3, 20)
    x, y = RNG.random((20, 4)), labels if loss.startswith("sparse") else np.eye(3)[labels]
    metric = getattr(metrics, name)(**options, name="own")
    model = softmax_model(tinynet, compiled, metric, loss)
    history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, validation_data=(x, y)).history
    found = model.evaluate(x, y, batch_size=6, verbose=0, return_dict=True)["own"]
    assert found == history["val_own"][-1] == getattr(metrics, name)(**options)(y, model.predict(x, verbose=0))
    assert f"loop:    {'compiled' if compiled else 'layers'}" in str(model.explain_plan())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: metrics.IoU(2, [2]), r"Target class id 2 \(an int\) is out of range, which is \[0, 2\)"),
        (lambda: metrics.IoU(2, []), "expected a list of some of these"),
        (lambda: metrics.IoU(2, 1), "expected a list of some of these"),
        (lambda: metrics.MeanIoU(0), "MeanIoU: `num_classes`"),
        (lambda: metrics.MeanIoU(2, ignore_class=0.5), "MeanIoU: `ignore_class`"),
        (lambda: metrics.MeanIoU(2, sparse_y_pred="no"), "sparse_y_pred"),
        (lambda: metrics.BinaryIoU(threshold="0.5"), "BinaryIoU: `threshold`"),
        (lambda: metrics.MeanIoU(2)([0, 1], [0]), "expected a target for each prediction"),
        (lambda: metrics.MeanIoU(2)([0, 1], [0, 1], [1, 2, 3]), "expected a sample_weight for each prediction"),
        (lambda: trained(metrics.MeanIoU(3, sparse_y_pred=False), np.eye(3)), "expects one class number a sample"),
        (lambda: trained(metrics.MeanIoU(3, sparse_y_pred=False, axis=2), np.eye(3)), "in a model classes are along"),
        (lambda: trained(metrics.OneHotMeanIoU(3, sparse_y_pred=True), np.eye(3)), "one class number a row"),
    ],
)
def test_what_cannot_be_counted_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def trained(metric, y):
    softmax_model(tinynet, True, metric, "categorical_crossentropy").fit(np.ones((3, 4)), y, verbose=0)


def test_weights_that_would_be_cut_off_are_told():
    with pytest.warns(UserWarning, match="incorrect weight due to type casting"):
        metrics.MeanIoU(2)([0, 1], [0, 1], [0.5, 1.5])
