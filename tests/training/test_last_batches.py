"""The last batch may hold a single sample, and the last chunk a single batch: they count like all others."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops
from tinynet.data.features import Features
from tinynet.layers import Dense, Input
from tinynet.optimizers import SGD

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(9, 3)).astype("float32"), RNG.normal(size=(9, 2)).astype("float32")
WEIGHTS = RNG.uniform(0.5, 2.0, 9).astype("float32")


def network(compiled):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((3,)), Dense(4, "tanh"), Dense(2)])
    model.compile(SGD(0.1), "mse", metrics=["mae"], weighted_metrics=["mse"], compiled=compiled)
    return model


@pytest.fixture(params=[False, True], ids=["at once", "in chunks"])
def in_chunks(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(Features, "resident", None)
        monkeypatch.setattr(Features, "rows_per_chunk", 4)


@both_loops
@pytest.mark.parametrize("n", [1, 2, 4, 5, 8, 9])
@pytest.mark.parametrize("batch", [1, 2, 4, 9])
def test_every_sample_is_predicted_and_evaluated_once(batch, n, compiled, in_chunks):
    model = network(compiled)
    first, last = model.layers
    x, y, weights = X[:n], Y[:n], WEIGHTS[:n]
    expected = np.tanh(x @ np.array(first.kernel)) @ np.array(last.kernel)
    np.testing.assert_allclose(model.predict(x, batch_size=batch, verbose=0), expected, rtol=1e-4, atol=1e-6)
    squares = ((expected - y) ** 2).mean(axis=1)
    found = model.evaluate(x, y, batch_size=batch, sample_weight=weights, verbose=0)
    right = [(squares * weights).mean(), np.abs(expected - y).mean(), np.average(squares, weights=weights)]
    np.testing.assert_allclose(found, right, rtol=1e-5)


@both_loops
@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("n", [1, 4, 5, 9])
@pytest.mark.parametrize("batch", [1, 4])
def test_every_sample_is_learnt_from_once_an_epoch(batch, n, validated, compiled, in_chunks):
    model, by_hand = network(compiled), network(compiled)
    data = {"validation_data": (X[:n], Y[:n], WEIGHTS[:n]), "validation_batch_size": batch} if validated else {}
    history = model.fit(
        X[:n], Y[:n], batch_size=batch, epochs=2, sample_weight=WEIGHTS[:n], shuffle=False, verbose=0, **data
    ).history
    for epoch in range(2):
        losses = []
        for first in range(0, n, batch):
            part = slice(first, min(first + batch, n))
            losses.append((part.stop - first) * by_hand.train_on_batch(X[part], Y[part], WEIGHTS[part])[0])
        assert history["loss"][epoch] == pytest.approx(sum(losses) / n, rel=1e-5)
        if validated:
            right = by_hand.evaluate(X[:n], Y[:n], sample_weight=WEIGHTS[:n], verbose=0, return_dict=True)
            for name, value in right.items():
                assert history[f"val_{name}"][epoch] == pytest.approx(value, rel=1e-5)
    assert_same_weights(model, by_hand, exactly=False)
