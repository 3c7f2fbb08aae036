"""Batch normalization's formulas against NumPy's, for several rows a sample, and threads that share the columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.formulas import DTYPES
from tinynet.kernels.samples import NO_ORDER, data_of
from tinynet.kernels.tables import Batch
from tinynet.layers import BatchNormalization
from tinynet.layers import batch_normalization as module
from tinynet.memory import Memory

ROWS, REPEAT, UNITS, EPSILON, MOMENTUM = 4, 2, 3, 0.25, 0.75
RNG = np.random.default_rng(0)
X, DY = RNG.normal(size=(2, ROWS * REPEAT, UNITS)) * 2.0 + 0.5
OWN = {"gamma": [1.5, -2.0, 0.5], "beta": [0.25, 3.0, -1.0]}
MEAN, VARIANCE = np.array([0.5, -1.0, 2.0]), np.array([0.75, 2.0, 1.25])


class Run:
    """The kernels in the order in which a step runs them, each by as many members as there are."""

    def __init__(self, dtype: Any, members: int = 1, training: bool = True, **options: Any) -> None:
        self.layer = layer = BatchNormalization(epsilon=EPSILON, momentum=MOMENTUM, dtype=dtype, **options)
        layer.ensure_built((None, REPEAT, UNITS))
        for p in layer.parameters:
            p.value[...] = OWN.get(p.name, MEAN if p.name == "moving_mean" else VARIANCE)
        memory = Memory.joined(layer.parameters)
        op = layer.operation(UNITS, REPEAT, False)
        op.forward = op.backward = op.gradients = op.before_forward = op.before_backward = 0
        self.x, self.dy, self.members = X.astype(dtype).reshape(-1), DY.astype(dtype).reshape(-1), members
        self.y, self.dx = np.full_like(self.x, np.nan), np.full_like(self.x, np.nan)
        batches = []
        for member in range(members):
            batch = Batch(params=memory.parameters, gradients=memory.gradients, order=NO_ORDER, arrivals=NO_ORDER)
            batch.data, batch.rows, batch.training = data_of(self.x[:0]), ROWS, int(training)
            batch.member, batch.members = member, members
            batches.append(batch.pack())
        op.pack()
        if training and layer.trainable:
            for batch in batches:
                module.batch_moments(op, self.x, batch)
        module.batch_normalization_forward(op, self.x, self.y, batches[0])
        if training and layer.trainable:
            for batch in batches:
                module.batch_slopes(op, self.x, self.dy, batch)
        if training:
            module.batch_normalization_backward(op, self.x, self.dy, self.dx, batches[0])
            if layer.trainable_parameters:
                module.batch_normalization_gradients(op, self.x, self.dy, batches[0])


def expected(training: bool, scale: bool, center: bool) -> dict[str, Any]:
    """Return the same by NumPy; the way back by the matrix of slopes of each column."""
    mean, variance = (X.mean(0), X.var(0)) if training else (MEAN, VARIANCE)
    gamma, beta = np.array(OWN["gamma"]) if scale else 1.0, np.array(OWN["beta"]) if center else 0.0
    normal = (X - mean) / np.sqrt(variance + EPSILON)
    dx = np.empty_like(X)
    for j in range(UNITS):
        slopes = np.eye(len(X))
        if training:
            slopes = slopes - 1 / len(X) - np.outer(normal[:, j], normal[:, j]) / len(X)
        dx[:, j] = slopes @ DY[:, j] / np.sqrt(variance[j] + EPSILON)
    return {"y": normal * gamma + beta, "dx": dx * gamma, "dgamma": (DY * normal).sum(0), "dbeta": DY.sum(0)}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize(("scale", "center"), [(True, True), (True, False), (False, True), (False, False)])
def test_in_training_the_batch_has_its_own_mean_and_variance(scale, center, members, dtype):
    run, wanted = Run(dtype, members, scale=scale, center=center), expected(True, scale, center)
    close = {"rtol": 1e-12 if dtype == "float64" else 2e-5, "atol": 1e-13 if dtype == "float64" else 2e-6}
    np.testing.assert_allclose(run.y.reshape(X.shape), wanted["y"], **close)
    np.testing.assert_allclose(run.dx.reshape(X.shape), wanted["dx"], **close)
    for name, there in (("gamma", scale), ("beta", center)):
        if there:
            np.testing.assert_allclose(getattr(run.layer, f"d{name}"), wanted[f"d{name}"], **close)
    new = 1 - MOMENTUM
    np.testing.assert_allclose(run.layer.moving_mean, MOMENTUM * MEAN + new * X.mean(0), **close)
    np.testing.assert_allclose(run.layer.moving_variance, MOMENTUM * VARIANCE + new * X.var(0), **close)


@pytest.mark.parametrize("training", [True, False], ids=["frozen", "in prediction"])
@pytest.mark.parametrize(("scale", "center"), [(True, True), (True, False), (False, True), (False, False)])
def test_otherwise_the_moving_averages_count_and_stay(training, scale, center):
    run = Run("float64", training=training, trainable=not training, scale=scale, center=center)
    wanted = expected(False, scale, center)
    np.testing.assert_allclose(run.y.reshape(X.shape), wanted["y"], rtol=1e-13)
    if training:
        np.testing.assert_allclose(run.dx.reshape(X.shape), wanted["dx"], rtol=1e-13)
    np.testing.assert_array_equal(run.layer.moving_mean, MEAN)
    np.testing.assert_array_equal(run.layer.moving_variance, VARIANCE)


def test_one_column_has_its_scale_and_its_shift():
    layer = BatchNormalization(epsilon=0.0, dtype="float64")
    layer.build((None, 1))
    layer.gamma[...], layer.beta[...] = 3.0, -1.0
    np.testing.assert_allclose(layer([[2.0], [0.5]]), [[5.0], [0.5]], rtol=1e-13)
