"""Metrics computed from sums where there is nothing to divide by, or all is alike; Keras is the judge."""

from __future__ import annotations

import numpy as np
import pytest

from tests.metrics.test_keras_sums import CASES, P, Y, both
from tinynet import metrics

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2

ONE_HOT = np.eye(3, dtype="float32")[[0, 2, 1, 1, 0, 2]]
#: targets, predictions, weights
EDGES = {
    "nothing is positive": (np.zeros((6, 3)), P[:6], None),
    "all is positive": (np.ones((6, 3)), P[:6], None),
    "all is right": (ONE_HOT, ONE_HOT, None),
    "predictions on the thresholds": (Y[:6], np.array([[0.0, 0.5, 1.0], [0.25, 0.75, 0.3]] * 3), None),
    "weights that are 0": (Y[:6], P[:6], np.zeros(6)),
}


@pytest.mark.filterwarnings("ignore:.*in adjusted R2 score")
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize(("name", "options"), CASES)
def test_it_is_kerass_result(name, options, edge):
    y, p, weights = (None if given is None else given.astype("float32") for given in EDGES[edge])
    ours, theirs = both(name, options)
    for metric in (ours, theirs):
        metric.update_state(y, p, sample_weight=weights)
    np.testing.assert_allclose(ours.result(), np.asarray(theirs.result()), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["Precision", "Recall"])
@pytest.mark.parametrize("top_k", [None, 1, 2, 4])
def test_numbers_in_a_row_are_the_outputs_of_one_sample_if_the_largest_count(name, top_k):
    ours, theirs = both(name, {"top_k": top_k})
    for metric in (ours, theirs):
        for p in ([0.2, 0.9, 0.3, 0.6], [0.1, 0.2, 0.8, 0.7]):
            metric.update_state([0, 1, 1, 0], p)
    assert ours.result() == pytest.approx(float(theirs.result()))


@pytest.mark.parametrize("name", ["RootMeanSquaredError", "TruePositives", "Sum", "Mean"])
@pytest.mark.parametrize(
    ("shape", "weighted"),
    [((6,), s) for s in [(), (1,), (6,), (6, 1)]]
    + [((6, 3), s) for s in [(), (1,), (6,), (6, 1), (6, 3), (1, 3), (6, 3, 1)]],
)
def test_weights_of_any_shape_that_fits_count_for_the_numbers_beside_them(name, shape, weighted):
    values, w = (
        np.arange(1.0, np.prod(shape) + 1).reshape(shape),
        np.arange(1.0, np.prod(weighted) + 1).reshape(weighted),
    )
    metric = getattr(metrics, name)()
    alone = w[..., 0] if w.ndim > values.ndim else w
    whole = np.broadcast_to(alone.reshape(alone.shape + (1,) * (values.ndim - alone.ndim)), shape)
    if name in ("Sum", "Mean"):
        metric.update_state(values, w)
        assert metric.result() == pytest.approx((whole * values).sum() / (whole.sum() if name == "Mean" else 1))
        return
    if name == "TruePositives":
        metric.update_state(np.ones(shape), np.full(shape, 0.75), w)
        assert metric.result() == pytest.approx(whole.sum())
        return
    metric.update_state(np.zeros(shape), values, w)
    assert metric.result() == pytest.approx(((whole * values**2).sum() / whole.sum()) ** 0.5)
