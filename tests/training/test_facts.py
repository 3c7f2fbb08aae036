"""What is noted of a training for its explanation, and what is said of a loss that is no number: word for word."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.data.features import features
from tinynet.layers import BatchNormalization, Dense, Input
from tinynet.optimizers import SGD
from tinynet.training import facts
from tinynet.training.advice import warn_of_loss

X = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
ONE_HOT = np.eye(3)[[0, 1, 1, 1, 2, 1, 0, 1, 1, 0]]


def trained(y, units=1, activation=None, loss="mse"):
    model = tinynet.Sequential(
        [Input((3,)), Dense(4, name="a"), BatchNormalization(name="n"), Dense(units, activation, name="b")]
    )
    model.compile(SGD(0.25), loss)
    before = model.get_weights()
    return model, before, model.fit(X, y, epochs=2, verbose=0)


#: loss, activation, units, targets, the share of the commonest class
COMMONEST = {
    "more ones": ("binary_crossentropy", "sigmoid", 1, [1, 1, 1, 1, 1, 1, 1, 0, 0, 0], 0.7),
    "more zeros": ("binary_crossentropy", "sigmoid", 1, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0.8),
    "halves are zeros": ("binary_crossentropy", "sigmoid", 1, [0.5, 0.5, 0.5, 1, 1, 0.75, 0.75, 0, 0, 0], 0.6),
    "several columns": ("binary_crossentropy", "sigmoid", 3, ONE_HOT, None),
    "one-hot rows": ("categorical_crossentropy", "softmax", 3, ONE_HOT, 0.6),
    "class numbers": ("sparse_categorical_crossentropy", "softmax", 3, ONE_HOT.argmax(axis=1), 0.6),
    "quantities": ("mse", None, 1, [1, 1, 1, 1, 1, 1, 1, 0, 0, 0], None),
}


@pytest.mark.parametrize("name", COMMONEST)
def test_the_commonest_class_is_known_where_the_targets_are_classes(name):
    loss, activation, units, y, share = COMMONEST[name]
    _, _, history = trained(np.asarray(y), units, activation, loss)
    assert history.facts.commonest == (None if share is None else pytest.approx(share))


def test_of_many_targets_some_are_counted(monkeypatch):
    monkeypatch.setattr(facts, "_TARGETS", 4)
    y = np.zeros(10)
    y[[0, 2, 4, 6, 8]] = 1  # every second one
    assert trained(y, 1, "sigmoid", "binary_crossentropy")[2].facts.commonest == 1.0


@pytest.mark.parametrize("most", [1000, 5, 1])
def test_how_far_matrices_moved_is_a_share_of_their_size_and_vectors_are_left_out(most, monkeypatch):
    monkeypatch.setattr(facts, "_SAMPLE", most)
    model, before, history = trained(X[:, 0])
    after = model.get_weights()
    found = {}
    for name, was, now in (("a", before[0], after[0]), ("b", before[6], after[6])):
        step = max(1, was.size // most)
        was, now = was.reshape(-1)[::step].astype(float), now.reshape(-1)[::step].astype(float)
        found[name] = np.linalg.norm(now - was) / np.linalg.norm(was)
    assert dict(history.facts.moved) == pytest.approx(found)
    assert [name for name, _ in history.facts.moved] == ["a", "b"]
    assert history.facts.learning_rate == pytest.approx(0.25)


def test_weights_that_were_zero_moved_as_far_as_they_are_now():
    assert facts._change(np.zeros(2), np.array([3.0, 4.0])) == 5.0


NORMAL = "The callback TerminateOnNaN() stops there."
#: samples, what is said of them
AT_FAULT = {
    "small samples": (
        np.full((2, 2), -10.0),
        "The largest |x| is 10, the learning rate 0.5. Lower the learning rate, to 0.05 for a start, or scale the "
        "targets to about 1.",
    ),
    "large samples": (
        np.array([[1.0, -10.5], [0.0, 1.0]]),
        "The largest |x| is 10.5, the learning rate 0.5. Scale the samples to about 1, for example (x - mean) / "
        "deviation; then lower the rate to 0.05.",
    ),
    "a missing number": (
        np.array([[1.0, 2.0], [3.0, np.nan]]),
        "The largest |x| is 3, the learning rate 0.5. x has missing values (NaN), the first in row 1, column 1: fill "
        "or scale them, or drop these samples.",
    ),
    "an infinite number": (
        np.array([[1.0, 2.0], [np.inf, 1.0]]),
        "The largest |x| is inf, the learning rate 0.5. x has numbers too large for float32, the first in row 1, "
        "column 0: fill or scale them, or drop these samples.",
    ),
}


@pytest.mark.parametrize("name", AT_FAULT)
def test_a_loss_that_is_no_number_is_told_with_what_may_be_at_fault(name):
    x, says = AT_FAULT[name]
    with pytest.warns(UserWarning, match="The loss became") as caught:
        warn_of_loss(float("nan"), 2, features(x, dtype="float32"), SGD(0.5))
    assert str(caught[0].message) == (
        f"The loss became nan in epoch 3: from there on nothing is learnt. {says} {NORMAL}"
    )
