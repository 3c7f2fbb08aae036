"""Metrics in Keras's forms; Keras is the judge."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.parity import keras
from tinynet import metrics

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("name", ["BinaryAccuracy", "MeanSquaredError", "MeanAbsoluteError"])
@pytest.mark.parametrize(
    ("targets", "predictions"),
    [
        ((4,), (4, 1)),
        ((4, 1), (4,)),
        ((4, 2), (4, 2, 1)),
        ((4, 2, 1), (4, 2)),
        ((4, 1), (4, 1)),
        ((3, 2, 2), (3, 2, 2)),
    ],
)
def test_an_axis_of_length_1_may_be_missing_or_extra(name, targets, predictions):
    y, p = RNG.integers(0, 2, targets).astype("float32"), RNG.random(predictions).astype("float32")
    ours, theirs = getattr(metrics, name)(), getattr(keras().metrics, name)()
    for each in (ours, theirs):
        each.update_state(y, p)
    np.testing.assert_allclose(ours.result(), float(theirs.result()), rtol=1e-6)
