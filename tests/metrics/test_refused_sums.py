"""What metrics that are computed from sums do not take: it is said what was expected, before anything changes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinynet
from tests.support.nets import classifier, two_classes
from tinynet import metrics
from tinynet.layers import Dense, Input

X = np.random.default_rng(0).random((16, 4)).astype("float32")
Y = np.eye(3, dtype="float32")[np.arange(16) % 3]
P = np.random.default_rng(1).random((16, 3)).astype("float32")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.Precision(thresholds=1.5), "Precision: invalid values for argument `thresholds`"),
        (lambda: metrics.Recall(thresholds=[]), "Recall: expected `thresholds` to be a number or a list"),
        (lambda: metrics.Recall(top_k=0), "Recall: `top_k` must be a whole number of at least 1"),
        (lambda: metrics.Precision(class_id=-1), "`class_id` must be a whole number of at least 0"),
        (lambda: metrics.AUC(curve="roc curve"), r"roc curve.\. `curve` must be one of 'ROC', 'PR', 'PRGAIN'"),
        (lambda: metrics.AUC(summation_method="left"), "`summation_method` must be one of 'interpolation'"),
        (lambda: metrics.AUC(num_thresholds=1), "AUC: Argument `num_thresholds` must be an integer > 1"),
        (lambda: metrics.AUC(num_labels=3), "`num_labels` is needed only when `multi_label` is True"),
        (lambda: metrics.F1Score(average="mean"), "F1Score: Invalid `average` argument value"),
        (lambda: metrics.FBetaScore(beta=0.0), "FBetaScore: Invalid `beta` argument value. It should be > 0"),
        (lambda: metrics.F1Score(threshold=1.5), "threshold"),
        (lambda: metrics.R2Score(class_aggregation="mean"), "R2Score: Invalid value for argument `class_aggreg"),
        (lambda: metrics.R2Score(num_regressors=-1), "R2Score: Invalid value for argument `num_reg"),
        (lambda: metrics.PrecisionAtRecall(2.0), "PrecisionAtRecall.*recall"),
        (lambda: metrics.get("PrecisionAtRecall"), r"needs to be told its `recall`. Pass an object: metrics=\["),
        (lambda: metrics.TopKCategoricalAccuracy(k=0), "`k` must be a whole number of at least 1"),
        (lambda: classifier(metrics=["mean"]), "computed of values that are given by hand"),
        (lambda: metrics.Precision(class_id=3)(Y, P), "precision.*: class_id=3, but a row has 3 outputs"),
        (lambda: metrics.Recall(top_k=4)(Y, P), "recall.*: top_k=4, but a row has 3 outputs"),
        (lambda: metrics.F1Score()(Y[:, 0], P[:, 0]), "f1_score: F1Score expects 2D inputs with shape"),
        (lambda: metrics.AUC(multi_label=True, num_labels=2)(Y, P), "num_labels=2, but a row has 3"),
        (lambda: metrics.Precision()(Y, P, np.ones(5)), "precision.*: expected a sample_weight for each of"),
        (lambda: metrics.Precision()(Y, P[:, :2]), "precision.*: expected targets of shape"),
    ],
)
def test_it_is_said_what_was_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_class_that_the_outputs_do_not_have_is_told_before_anything_changes():
    model = classifier(metrics=[metrics.Precision(class_id=1)])
    with pytest.raises(ValueError, match=r"Metric 'precision.*class_id=1, but a row has 1 outputs"):
        model.fit(*two_classes(), verbose=0)
    assert model.optimizer.iterations == 0


def test_class_numbers_are_no_targets_of_a_precision():
    model = tinynet.Sequential([Input((4,)), Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[metrics.Precision(name="p")])
    with pytest.raises(ValueError, match="Metric 'p' expects 3 numbers a sample"):
        model.fit(X, np.arange(16) % 3, verbose=0)


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize(
    ("metric", "fix"),
    [
        (metrics.AUC(), "AUC(from_logits=True)"),
        (metrics.Precision(), "Precision(thresholds=0)"),
        (metrics.Recall(thresholds=[0.5]), "Recall(thresholds=0)"),
        (metrics.BinaryAccuracy(), "BinaryAccuracy(threshold=0)"),
        (metrics.BinaryCrossentropy(), "BinaryCrossentropy(from_logits=True)"),
        (metrics.AUC(from_logits=True), ""),
        (metrics.Precision(thresholds=0), ""),
        (metrics.Recall(thresholds=[0.0, 0.5]), ""),
        (metrics.BinaryAccuracy(threshold=0.25), ""),
        (metrics.BinaryCrossentropy(from_logits=True), ""),
        (metrics.MeanSquaredError(), ""),
        ("accuracy", ""),
    ],
    ids=str,
)
def test_probabilities_are_asked_only_of_a_loss_that_takes_none_for_logits(metric, fix, from_logits):
    loss = tinynet.losses.BinaryCrossentropy(from_logits=from_logits)
    model = tinynet.Sequential([Input((4,)), Dense(1, activation=None if from_logits else "sigmoid")])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.compile("sgd", loss, metrics=[metric])
    said = [str(each.message) for each in caught]
    assert len(said) == (1 if fix and from_logits else 0)
    assert all("but the loss takes them for logits" in each and f"Use {fix}." in each for each in said)


def test_outputs_of_another_width_are_refused_until_it_is_reset():
    metric = metrics.F1Score()
    metric.update_state(Y, P)
    with pytest.raises(ValueError, match="expected as many outputs as before"):
        metric.update_state(Y[:, :2], P[:, :2])
    metric.reset_state()
    assert metric(Y[:, :2], P[:, :2]).shape == (2,)
