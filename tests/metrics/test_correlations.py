"""Pearson's and the concordance correlation: Keras's numbers along any axis, in both loops."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

NAMES = ["PearsonCorrelation", "ConcordanceCorrelation"]
RNG = np.random.default_rng(2)


@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
@pytest.mark.parametrize("shape", [(6, 3), (6, 1), (4, 5, 3)])
@pytest.mark.parametrize("name", NAMES)
def test_a_correlation_along_any_axis_is_keras_own(name, shape, axis):
    y, p = RNG.normal(size=(2, *shape)).astype("float32")
    if axis >= len(shape):
        with pytest.raises(ValueError, match=f"`axis` must be one of {len(shape)} axes. Received: axis={axis}"):
            getattr(tinynet.metrics, name)(axis=axis)(y, p)
        return
    found = [np.squeeze(getattr(k.metrics, name)(axis=axis)(y, p)) for k in (tinynet, keras())]
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)
    function = "pearson_correlation" if name == NAMES[0] else "concordance_correlation"
    found = [np.asarray(getattr(k.metrics, function)(y, p, axis=axis)) for k in (tinynet, keras())]
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_correlation_of_a_million_and_some_has_its_digits(name):
    y, p = RNG.normal(size=(2, 5, 8))
    moved = getattr(tinynet.metrics, name)()(y + 1e6, p + 1e6)
    assert moved == pytest.approx(getattr(tinynet.metrics, name)()(y, p), rel=1e-8)


@pytest.mark.parametrize("compiled", [True, False])
def test_both_loops_measure_it(compiled):
    x, y = RNG.normal(size=(20, 4)), RNG.normal(size=(20, 3))
    model = tinynet.Sequential([tinynet.Input((4,)), tinynet.layers.Dense(3)])
    model.compile("sgd", "mse", ["pearson_correlation", tinynet.metrics.ConcordanceCorrelation()], compiled=compiled)
    weights = RNG.uniform(0.5, 2.0, 20)
    scores = model.evaluate(x, y, verbose=0, return_dict=True, sample_weight=weights, batch_size=7)
    p = model.predict(x, verbose=0)
    assert scores["pearson_correlation"] == pytest.approx(
        np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(y, p, strict=True)]), rel=1e-5
    )
    assert scores["concordance_correlation"] == pytest.approx(tinynet.metrics.ConcordanceCorrelation()(y, p), rel=1e-5)
    assert tinynet.metrics.PearsonCorrelation().compiles
    assert not tinynet.metrics.PearsonCorrelation(axis=0).compiles
    assert model.fit(x, y, verbose=0, epochs=2).history["pearson_correlation"]


def test_more_is_better():
    callback = tinynet.callbacks.EarlyStopping("concordance_correlation", patience=0, restore_best_weights=True)
    x = RNG.normal(size=(20, 3))
    model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(3)])
    model.compile("sgd", "mse", [tinynet.metrics.ConcordanceCorrelation()])
    history = model.fit(x, x, epochs=4, callbacks=[callback], verbose=0).history["concordance_correlation"]
    assert len(history) == 4
    assert history == sorted(history)
