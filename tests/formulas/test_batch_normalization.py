"""Batch normalization's formulas against NumPy's, for several rows a sample, and threads that share the columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.formulas import DTYPES
from tinynet.kernels.machine.jit import COMPILED
from tinynet.kernels.samples import NO_ORDER, data_of
from tinynet.kernels.tables import Batch
from tinynet.layers import BatchNormalization
from tinynet.layers import batch_moments as moments
from tinynet.layers import batch_normalization as module
from tinynet.memory import Memory

ROWS, REPEAT, UNITS, EPSILON, MOMENTUM = 4, 2, 3, 0.25, 0.75
#: Where the averages of renormalization are.
BEFORE = {"moving_stddev": [1.0, 2.0, 0.5], "renorm_mean": [0.25, -0.5, 1.0], "renorm_stddev": [1.5, 0.75, 0.125]}
RNG = np.random.default_rng(0)
X, DY = RNG.normal(size=(2, ROWS * REPEAT, UNITS)) * 2.0 + 0.5
OWN = {"gamma": [1.5, -2.0, 0.5], "beta": [0.25, 3.0, -1.0]}
MEAN, VARIANCE = np.array([0.5, -1.0, 2.0]), np.array([0.75, 2.0, 1.25])


class Run:
    """The kernels in the order in which a step runs them, each by as many members as there are."""

    def __init__(self, dtype: Any, members: int = 1, training: bool = True, mask: Any = None, **options: Any) -> None:
        self.layer = layer = BatchNormalization(epsilon=EPSILON, momentum=MOMENTUM, dtype=dtype, **options)
        layer.ensure_built((None, REPEAT, UNITS))
        for p in layer.parameters:
            p.value[...] = OWN.get(p.name, MEAN if p.name == "moving_mean" else VARIANCE)
        for name, start in BEFORE.items() if layer.renorm else ():
            setattr(layer, name, start)
        memory = Memory.joined(layer.parameters)
        memory.gradients[...] = np.nan
        op = layer.operation(UNITS, REPEAT, False)
        if mask is not None:
            op.options = np.append(op.options, (1.0, 0.0))
        op.forward = op.backward = op.gradients = op.before_forward = op.before_backward = 0
        self.x, self.dy, self.members = X.astype(dtype).reshape(-1), DY.astype(dtype).reshape(-1), members
        self.y, self.dx = np.full_like(self.x, np.nan), np.full_like(self.x, np.nan)
        batches = []
        for member in range(members):
            batch = Batch(params=memory.parameters, gradients=memory.gradients, order=NO_ORDER, arrivals=NO_ORDER)
            told = self.x if mask is None else np.array(mask, dtype)  # the samples, as in the compiled loop
            batch.data, batch.rows, batch.training = data_of(told), ROWS, int(training)
            batch.member, batch.members = member, members
            batches.append(batch.pack())
        op.pack()
        if training and layer.trainable:
            for batch in batches:
                moments.batch_moments(op, self.x, batch)
        module.batch_normalization_forward(op, self.x, self.y, batches[0])
        if training and layer.trainable:
            for batch in batches:
                moments.batch_slopes(op, self.x, self.dy, batch)
        if training:
            module.batch_normalization_backward(op, self.x, self.dy, self.dx, batches[0])
            if layer.trainable_parameters:
                module.batch_normalization_gradients(op, self.x, self.dy, batches[0])
            assert all(np.isnan(p.gradient).all() for p in layer.parameters if not p.trainable)


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


MASK = [1, 0, 1, 1, 0, 1, 1, 0]


def by_differences(loss: Any, x: Any) -> Any:
    """Return the slope of a function of an array by central differences."""
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][place] += 1e-6
        moved[1][place] -= 1e-6
        slopes[place] = (loss(moved[0]) - loss(moved[1])) / 2e-6
    return slopes


def of_rows(x: Any, mask: Any, tiny: float) -> tuple[Any, Any]:
    """Return the mean and the variance of the rows that count."""
    kept = np.array(mask, bool)
    mean = x[kept].sum(0) / (kept.sum() + tiny)
    return mean, ((x[kept] - mean) ** 2).sum(0) / (kept.sum() + tiny)


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("tiny", [1e-7, 1.5], ids=["Keras's", "so large that its slope is seen"])
def test_rows_that_are_padding_are_normalized_and_do_not_count(tiny, members, monkeypatch):
    if COMPILED and tiny > 1:
        pytest.skip("compiled kernels hold the number")
    monkeypatch.setattr(module, "TINY", tiny)
    monkeypatch.setattr(moments, "TINY", tiny)
    run = Run("float64", members, mask=MASK)

    def forward(x: Any) -> Any:
        mean, variance = of_rows(x, MASK, tiny)
        return (x - mean) / np.sqrt(variance + EPSILON) * OWN["gamma"] + OWN["beta"]

    np.testing.assert_allclose(run.y.reshape(X.shape), forward(X), rtol=1e-12)
    wanted = by_differences(lambda x: (forward(x) * DY).sum(), X)
    np.testing.assert_allclose(run.dx.reshape(X.shape), wanted, rtol=1e-6, atol=1e-7)
    mean, variance = of_rows(X, MASK, tiny)
    np.testing.assert_allclose(run.layer.moving_mean, MOMENTUM * MEAN + (1 - MOMENTUM) * mean, rtol=1e-13)
    np.testing.assert_allclose(run.layer.moving_variance, MOMENTUM * VARIANCE + (1 - MOMENTUM) * variance, rtol=1e-13)
    np.testing.assert_allclose(run.layer.dbeta, DY.sum(0), rtol=1e-12)
    np.testing.assert_allclose(run.layer.dgamma, (DY * (forward(X) - OWN["beta"]) / OWN["gamma"]).sum(0), rtol=1e-12)


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize(("scale", "center"), [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("clipping", [None, {"rmin": 1.75, "rmax": 2.0, "dmax": 0.5}], ids=["free", "clipped"])
def test_renormalization_brings_a_batch_near_to_the_averages_of_those_before(clipping, scale, center, members, mask):
    options = {"renorm": True, "renorm_momentum": 0.5, "renorm_clipping": clipping, "scale": scale, "center": center}
    run = Run("float64", members, mask=mask, **options)
    mean, variance = of_rows(X, np.ones(len(X)) if mask is None else mask, 0.0 if mask is None else 1e-7)
    stddev, before = np.sqrt(variance + EPSILON), np.maximum(BEFORE["renorm_stddev"], 0.5)  # √ε
    r, d = stddev / before, (mean - BEFORE["renorm_mean"]) / before
    if clipping:
        assert min(r) < 1.75
        assert max(r) > 2.0
        r, d = np.clip(r, 1.75, 2.0), np.clip(d, -0.5, 0.5)

    def forward(x: Any) -> Any:
        mean, variance = of_rows(x, np.ones(len(x)) if mask is None else mask, 0.0 if mask is None else 1e-7)
        found = (x - mean) / np.sqrt(variance + EPSILON) * r + d
        return found * (OWN["gamma"] if scale else 1.0) + (OWN["beta"] if center else 0.0)

    np.testing.assert_allclose(run.y.reshape(X.shape), forward(X), rtol=1e-11)
    wanted = by_differences(lambda x: (forward(x) * DY).sum(), X)
    np.testing.assert_allclose(run.dx.reshape(X.shape), wanted, rtol=1e-6, atol=1e-7)
    if scale:
        normal = (forward(X) - (OWN["beta"] if center else 0.0)) / OWN["gamma"]
        np.testing.assert_allclose(run.layer.dgamma, (DY * normal).sum(0), rtol=1e-11)
    if center:
        np.testing.assert_allclose(run.layer.dbeta, DY.sum(0), rtol=1e-12)
    old, new = np.array(BEFORE["moving_stddev"]), 1 - MOMENTUM
    after = MOMENTUM * old + new * stddev
    np.testing.assert_allclose(run.layer.moving_mean, MOMENTUM * MEAN + new * mean, rtol=1e-12)
    np.testing.assert_allclose(run.layer.moving_stddev, after, rtol=1e-12)
    np.testing.assert_allclose(run.layer.moving_variance, np.maximum(after**2 - EPSILON, 0.0), rtol=1e-12)
    np.testing.assert_allclose(run.layer.renorm_mean, (BEFORE["renorm_mean"] + mean) / 2, rtol=1e-12)
    np.testing.assert_allclose(run.layer.renorm_stddev, (BEFORE["renorm_stddev"] + stddev) / 2, rtol=1e-12)


def test_renormalization_changes_nothing_outside_of_training_and_where_it_is_frozen():
    plain, renormed = Run("float64", training=False), Run("float64", training=False, renorm=True)
    np.testing.assert_array_equal(plain.y, renormed.y)
    plain, renormed = Run("float64", trainable=False), Run("float64", trainable=False, renorm=True)
    np.testing.assert_array_equal(plain.y, renormed.y)
    np.testing.assert_array_equal(plain.dx, renormed.dx)


def test_a_variance_that_rounding_makes_negative_is_0_and_nan_stays_nan():
    assert moments.between(-1e-9, 0.0, np.inf) == 0.0
    assert moments.between(3.0, 0.0, 2.0) == 2.0
    assert np.isnan(moments.between(np.nan, 0.0, 1.0))
    layer = BatchNormalization(momentum=0.0, epsilon=0.25, renorm=True, moving_variance_initializer="zeros")
    layer([[1.0], [1.0]], training=True)
    assert layer.moving_variance[0] == 0.0


def test_limits_of_renormalization_are_checked():
    for clipping, words in (
        ({"random": 1.0}, "Received invalid keys"),
        ({"rmax": 0.0, "rmin": 1.0}, "rmax should be greater than rmin"),
        ({"dmax": -1.0}, "dmax should be non-negative"),
    ):
        with pytest.raises(ValueError, match=words):
            BatchNormalization(renorm=True, renorm_clipping=clipping)
    with pytest.raises(TypeError, match="must be a dict"):
        BatchNormalization(renorm=True, renorm_clipping=3.0)
    given = {"rmax": 1.0, "rmin": 1.0, "dmax": 0.0}
    assert BatchNormalization(renorm=True, renorm_clipping=given).get_config()["renorm_clipping"] == given
    assert BatchNormalization(renorm=True, renorm_clipping={"rmin": 2.0, "rmax": None}).renorm_clipping == {"rmin": 2.0}


@pytest.mark.parametrize("mask", [None, [1.0], [0.0]])
def test_one_row_of_one_column_is_its_own_mean(mask):
    layer = BatchNormalization(epsilon=0.25, momentum=0.0, renorm=True, renorm_momentum=0.5, dtype="float64")
    y, more = layer([[3.0]], training=True, mask=mask), 0.0 if mask is None else 1e-7
    mean = 3.0 / (1.0 + more) if mask != [0.0] else 0.0
    variance = (3.0 - mean) ** 2 / (1.0 + more) if mask != [0.0] else 0.0
    np.testing.assert_allclose(layer.moving_mean, [mean], rtol=1e-12)
    np.testing.assert_allclose(layer.renorm_mean, [mean / 2], rtol=1e-12)
    stddev, d = np.sqrt(variance + 0.25), mean
    np.testing.assert_allclose(y, [[(3.0 - mean) / stddev * stddev + d]], rtol=1e-12)
    layer.gamma[...] = 3.0
    kept = 1.0 if mask is None else mask[0]
    dx, there = layer.backward(np.array([[2.0]])), (3.0 - mean) / stddev
    share = kept / (kept + more) if kept + more else 0.0
    around = (3.0 - mean * (1.0 + more / (kept + more))) / stddev
    np.testing.assert_allclose(layer.dgamma, [2.0 * (there * stddev + d)], rtol=1e-12)
    np.testing.assert_allclose(layer.dbeta, [2.0], rtol=1e-12)
    np.testing.assert_allclose(dx, [[3.0 * stddev * (2.0 - share * (2.0 + around * 2.0 * there)) / stddev]], atol=1e-9)


def test_a_frozen_layer_in_training_corrects_nothing():
    layer = BatchNormalization(epsilon=0.0, renorm=True, trainable=False, dtype="float64")
    np.testing.assert_array_equal(layer([[3.0, 1.0]], training=True), [[3.0, 1.0]])


def test_a_batch_that_is_corrected_without_an_epsilon_is_what_the_averages_make_of_it():
    x = np.array([[3.0, 1.0], [-1.0, 2.0]])
    layer = BatchNormalization(epsilon=0.0, renorm=True, dtype="float64")
    np.testing.assert_allclose(layer(x, training=True), x, rtol=1e-13)  # the averages begin with 0 and 1
