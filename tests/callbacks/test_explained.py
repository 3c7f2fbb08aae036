"""A run explained: `History.explain`, the warning of a loss that is no number, and what is refused before that."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.sparse

import tinynet
from tests.support.nets import both_loops
from tinynet.callbacks.explained import Facts, explained
from tinynet.layers import Dense, Input
from tinynet.optimizers import SGD

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X[:, 0] > 0) * 1.0


def network(layers=(), rate=0.1, loss="mse", compiled=True):
    model = tinynet.Sequential([Input((4,)), *layers, Dense(1)])
    model.compile(SGD(rate), loss, compiled=compiled)
    return model


STEADY = [0.9, 0.6, 0.5, 0.45, 0.42, 0.41, 0.4, 0.4, 0.4, 0.4]
RUNS = {
    "nothing": ({}, Facts(), "No epoch was finished."),
    "not finite": ({"loss": [1.0, 3.0, float("nan"), float("nan")]}, Facts(), "loss became nan in epoch 3"),
    "infinite": ({"loss": [float("inf")]}, Facts(learning_rate=0.5), "in epoch 1.*learning rate (it is 0.5)"),
    "rising": ({"loss": [1.0, 3.0, 9.0]}, Facts(), "Diverged: the loss rose from 1 in epoch 1 to 9"),
    "over-fitting": (
        {"loss": [0.9, 0.6, 0.4, 0.3, 0.2, 0.1], "val_loss": [0.9, 0.7, 0.6, 0.65, 0.7, 0.8]},
        Facts(),
        "Over-fitting since epoch 3: there val_loss was lowest (0.6), and it has risen to 0.8",
    ),
    "improving": (
        {"loss": [1.0, 0.8, 0.64, 0.51, 0.41, 0.33]},
        Facts(),
        "Still improving: loss fell from 0.41 to 0.33",
    ),
    "settled": ({"loss": STEADY, "val_loss": STEADY}, Facts(), "Settled: val_loss has come to rest at 0.4, from 0.9"),
    "flat": ({"loss": [0.7, 0.7, 0.699, 0.7]}, Facts(learning_rate=1e-6), "Hardly anything.*(it is 1e-06)"),
    "few": ({"loss": [0.7, 0.5]}, Facts(), "loss went from 0.7 to 0.5 in 2 epochs"),
    "majority": (
        {"accuracy": [0.5, 0.8, 0.8, 0.8], "loss": [0.9, 0.6, 0.52, 0.5]},
        Facts(commonest=0.8),
        "Stuck at the majority share: accuracy is 0.8, and",
    ),
    "above the majority": (
        {"accuracy": [0.5, 0.85, 0.95, 0.81], "loss": STEADY[:4]},
        Facts(commonest=0.8),
        "Still improving.*accuracy is 0.81 at the end",
    ),
    "first layers": (
        {"loss": [0.7, 0.69, 0.69, 0.69]},
        Facts([("first", 1e-4), ("middle", 1e-2), ("last", 0.3)], learning_rate=0.1),
        "first layers are not learning: the weights of 'first' moved by 0.01% of their size, those of 'last' by 30%",
    ),
    "not moved": ({"loss": STEADY}, Facts([("a", 0.0), ("b", 1.0)], learning_rate=0.1), "weights of 'a' did not move"),
    "frozen by the rate": ({"loss": STEADY}, Facts([("a", 0.0)], learning_rate=0.0), "Settled"),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_course_is_told_in_a_sentence_or_two(name):
    history, facts, says = RUNS[name]
    text = explained(history, facts)
    for part in says.split(".*"):
        assert part in text
    assert "{" not in text


def test_noise_is_not_taken_for_over_fitting():
    val = [0.5 + 0.01 * (i % 2) for i in range(10)]
    assert "Over-fitting" not in explained({"loss": [0.9 - 0.05 * i for i in range(10)], "val_loss": val})


def test_real_runs_are_told_by_what_they_did():
    healthy = network([Dense(8, "tanh")], loss="mse")
    assert network(rate=1e-8).fit(X, Y, epochs=5, verbose=0).explain().startswith("Hardly anything")
    assert network(rate=1e3).fit(X, Y, epochs=30, verbose=0).explain().startswith("Diverged")
    history = healthy.fit(X, Y, epochs=5, verbose=0)
    assert history.explain().startswith(("Still improving", "Settled"))
    assert [name for name, _ in history.facts.moved] == [layer.name for layer in healthy.layers]
    assert history.facts.learning_rate == pytest.approx(0.1)
    deep = network([Dense(4, "sigmoid") for _ in range(8)], rate=0.01)
    assert deep.fit(X, Y, epochs=3, verbose=0).explain().startswith("The first layers are not learning")
    dead = network([Dense(4, "relu", kernel_initializer="zeros", bias_initializer=tinynet.initializers.Constant(-1))])
    assert "did not move" in dead.fit(X, Y, epochs=3, verbose=0).explain()


@pytest.mark.parametrize(("units", "loss"), [(1, "binary_crossentropy"), (3, "sparse_categorical_crossentropy")])
def test_classes_that_the_samples_do_not_tell_apart_leave_it_at_the_commonest(units, loss):
    model = tinynet.Sequential([Input((4,)), Dense(units, "sigmoid" if units == 1 else "softmax")])
    model.compile(SGD(0.05), loss, metrics=["accuracy"])
    y = (np.arange(60) % 5 == 0).astype(int)
    history = model.fit(np.zeros((60, 4)) + 0.01 * X, y, epochs=20, verbose=0)
    assert history.facts.commonest == pytest.approx(0.8)
    assert history.explain().startswith("Stuck at the majority share")


# ---- what is no number ----------------------------------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize(("scale", "fix"), [(1.0, "Lower the learning rate, to 100000"), (1e3, "Scale the samples")])
def test_the_warning_says_epoch_largest_x_rate_and_what_to_try(compiled, scale, fix):
    x = scale * X
    with pytest.warns(UserWarning, match="The loss became") as caught:
        network(rate=1e6, compiled=compiled).fit(x, Y, epochs=40, verbose=0)
    assert len(caught) == 1
    text = str(caught[0].message)
    assert f"The largest |x| is {np.abs(x).max():.3g}, the learning rate 1e+06. {fix}" in text
    assert "in epoch " in text


FORMS = {
    "an array": lambda x: x,
    "another type": lambda x: x.astype(np.float32),
    "not contiguous": np.asfortranarray,
    "sparse": scipy.sparse.csr_matrix,
    "a list": lambda x: x.tolist(),
}


def test_it_is_explained_in_korean_as_well(monkeypatch):
    for history, facts, _ in RUNS.values():
        monkeypatch.setenv("TINYNET_LANG", "ko")
        kept = tinynet.callbacks.History()
        kept.history.update(history)
        kept.facts_of_run = lambda facts=facts: facts
        korean = kept.explain()
        assert re.search("[가-힣]", korean)
        words = set(re.findall("[a-z_]{3,}", korean.lower()))
        known = {"nan", "inf", "loss", "val_loss", "accuracy", "relu", "earlystopping", "restore_best_weights", "true"}
        assert words <= known | {name for name, _ in facts.moved}, korean
        assert kept.explain(lang="en") == explained(history, facts)
    with pytest.raises(ValueError, match="lang: expected one of 'en'"):
        kept.explain("xx")


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_value_among_the_samples_is_refused_before_anything_changes(form):
    x = X.copy()
    x[7, 2] = np.nan
    model = network()
    before = model.get_weights()
    for call in (
        lambda: model.fit(FORMS[form](x), Y, verbose=0),
        lambda: model.train_on_batch(FORMS[form](x), Y),
        lambda: model.evaluate(FORMS[form](x), Y, verbose=0),
        lambda: model.test_on_batch(FORMS[form](x), Y),
        lambda: model.evaluate([(x, Y)], verbose=0),
        lambda: model.trace(FORMS[form](x), Y),
        lambda: model.gradient_check(FORMS[form](x), Y),
        lambda: model.fit(X, Y, verbose=0, callbacks=[tinynet.learn.Health(FORMS[form](x), Y)]),
        lambda: model.fit(X, Y, verbose=0, validation_data=(FORMS[form](x), Y)),
        lambda: model.fit([(X, Y), (x, Y)], verbose=0) if form == "an array" else model.fit(FORMS[form](x), Y),
    ):
        with pytest.raises(ValueError, match=r"missing values \(NaN\), the first in row 7, column 2.*[Ff]ill"):
            call()
        if form != "an array":  # of batches the first was trained on
            assert all(map(np.array_equal, model.get_weights(), before))
    assert np.isnan(model.predict(FORMS[form](x), verbose=0)[7]).all()  # whoever predicts sees it


def test_numbers_that_are_all_there_are_not_refused():
    model = network(rate=0.0)
    for x in (X * 1e-300, np.zeros((60, 4)), X.astype(np.int8), np.full((60, 4), 1e30)):
        model.train_on_batch(x, Y)
