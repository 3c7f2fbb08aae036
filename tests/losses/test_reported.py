"""Reductions of a loss, and sample weights of every shape, by hand and in training.

The numbers were computed by Keras 3.15 on JAX.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinynet
from tinynet import plan
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import Dense
from tinynet.learn.gradients import gradient_check
from tinynet.learn.one_step import trace
from tinynet.losses import MeanSquaredError
from tinynet.training import calls
from tinynet.training.load import Load

Y, P = np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[3.0, 5.0], [1.0, 1.0]])  # rows' losses: 6.5 and 1

#: A reduction, sample weights, and the loss of `P`.
REDUCED = [
    ("sum_over_batch_size", None, 3.75),
    ("mean", None, 3.75),
    ("sum", None, 7.5),
    ("mean_with_sample_weight", None, 3.75),
    ("none", None, [6.5, 1]),
    (None, None, [6.5, 1]),
    ("mean", 2.0, 7.5),
    ("mean", np.float32(2), 7.5),
    ("mean", np.array(2), 7.5),
    ("mean", 0, 0.0),
    ("mean", [1, 0], 3.25),
    ("mean", [[1], [0]], 3.25),
    ("mean", [[1.0, 0.0]], 3.25),
    ("mean", [True, False], 3.25),
    ("mean", [2.0], 7.5),
    ("mean", [[2, 3], [3, 1]], 9.125),  # broadcast against the rows' losses
    ("mean", np.ones((5, 2)), 3.75),
    ("sum", [1, 0], 6.5),
    ("none", [0, 1], [0, 1]),
    ("none", 2.0, [13, 2]),
    ("none", [[2], [3]], [[13], [3]]),
    ("mean_with_sample_weight", [1, 3], 2.375),
    ("mean_with_sample_weight", 2.0, 7.5),
    ("mean_with_sample_weight", [[2, 1]], 14 / 3),
    ("mean_with_sample_weight", [1, -1], 0.0),
    ("mean_with_sample_weight", [0, 0], 0.0),
    ("mean_with_sample_weight", [1, math.nan], math.nan),
]


@pytest.mark.parametrize(("reduction", "weights", "expected"), REDUCED)
def test_a_loss_is_reduced_and_weighted_as_in_keras(reduction, weights, expected):
    loss = MeanSquaredError(reduction=reduction)
    if isinstance(weights, list) and np.ndim(weights) == 2 and np.shape(weights) == (2, 1) and reduction == "none":
        expected = np.ravel(expected)  # (2,) and (2, 1): Keras appends an axis to the losses
        assert loss(Y, P, weights).shape == (2, 1)
    found = np.asarray(loss(Y, P, weights))
    np.testing.assert_allclose(found.reshape(np.shape(expected)), expected, rtol=1e-12)
    assert isinstance(loss(Y, P, weights), np.ndarray if reduction in ("none", None) else float)


@pytest.mark.parametrize("weights", [2.0, [2.0], [[2.0, 2.0]], [[[2.0], [2.0]]]])
def test_weights_of_rows_of_higher_rank_broadcast_too(weights):
    assert MeanSquaredError()(Y[None], P[None], weights) == 7.5
    assert MeanSquaredError(reduction=None)(Y[0], P[0]).tolist() == 6.5
    assert MeanSquaredError(reduction="none")(Y.ravel()[:, None], P.ravel()).tolist() == [4, 9, 1, 1]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 2.0, 3.0], r"a shape that broadcasts to \(2,\)"),
        ([], "sample_weight is empty"),
        (["a", "b"], "sample_weight holds text"),
        (1j, "sample_weight holds complex"),
        ({0: 1.0}, "sample_weight must be a NumPy array"),
        ([[1.0], [1.0, 2.0]], "sample_weight is ragged"),
    ],
)
def test_weights_that_mean_nothing_are_refused(weights, message):
    with pytest.raises((ValueError, TypeError), match=message):
        MeanSquaredError()(Y, P, weights)


def test_a_row_of_weight_0_is_still_nan_if_its_loss_is():
    assert math.isnan(MeanSquaredError()(Y, [[math.nan, 1.0], [1.0, 1.0]], [0, 1]))


@pytest.mark.parametrize("reduction", ["average", "", 1, True, ["sum"]])
def test_an_unknown_reduction_is_refused_in_keras_s_words(reduction):
    with pytest.raises(ValueError, match=r"Invalid value for argument `reduction`\. Expected one of 'sum_over_batch"):
        MeanSquaredError(reduction=reduction)


X = np.arange(20, dtype="f4").reshape(10, 2) / 20
WEIGHTS = np.linspace(0.1, 1, 10).astype("f4")
#: Reduction, weighted or not, and of Keras: what evaluate and two epochs report, and the weights.
TRAINED = [
    ("sum", False, 3.62, [3.1504550, 1.7773569], [0.86755455, 0.85173416]),
    ("sum", True, 1.84, [1.6932407, 1.1531827], [0.88910574, 0.87970570]),
    ("mean", True, 0.57, [0.5537642, 0.4825471], [0.9526531, 0.9491581]),
    ("mean_with_sample_weight", False, 1.02, [0.9750970, 0.8132149], [0.9427125, 0.93716633]),
    ("mean_with_sample_weight", True, 1.02, [0.9731229, 0.8061390], [0.9401682, 0.9346379]),
]


def network(loss, compiled=True):
    ones = {"kernel_initializer": "ones", "bias_initializer": "ones", "kernel_regularizer": "l2"}
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(1, **ones)])
    model.compile(tinynet.optimizers.SGD(0.01), loss, compiled=compiled)
    return model


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(("reduction", "weighted", "evaluated", "history", "kernel"), TRAINED)
def test_a_reduction_holds_in_training_as_in_keras(reduction, weighted, evaluated, history, kernel, compiled):
    model, y = network(MeanSquaredError(reduction=reduction), compiled), X.sum(axis=1)
    given = {"sample_weight": WEIGHTS if weighted else None, "batch_size": 4, "verbose": 0}
    assert model.evaluate(X, y, **given) == pytest.approx(evaluated, rel=1e-6)
    fitted = model.fit(X, y, epochs=2, shuffle=False, **given)
    assert fitted.history["loss"] == pytest.approx(history, rel=1e-6)
    np.testing.assert_allclose(model.get_weights()[0].ravel(), kernel, rtol=1e-6)
    assert gradient_check(model, X, y, sample_weight=given["sample_weight"]).ok


@pytest.mark.skipif(not COMPILED, reason="threads are the compiled loop's")
@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
def test_several_threads_reduce_as_one_does(reduction, monkeypatch):
    monkeypatch.setattr(plan, "SHARED_PRODUCT", 1)
    monkeypatch.setattr(Load, "choose", lambda self, batches: (self.choices[0], batches))
    rng, found = np.random.default_rng(0), []
    x, y, weights = rng.normal(size=(96, 8)), rng.normal(size=96), rng.uniform(0.5, 2, 96)
    for threads in (1, 3):
        monkeypatch.setattr(calls, "cores", lambda threads=threads: threads)
        tinynet.set_random_seed(0)
        model = tinynet.Sequential([Dense(16, activation="tanh"), Dense(1)])
        model.compile(tinynet.optimizers.SGD(1e-3), MeanSquaredError(reduction=reduction))
        fitted = model.fit(x, y, sample_weight=weights, batch_size=32, epochs=3, verbose=0)
        assert f"threads: {threads}" in model.explain_plan(batch_size=32)
        found.append([fitted.history["loss"], *(w.tolist() for w in model.get_weights())])
    assert found[0] == found[1]


def test_weights_that_cancel_cost_and_train_nothing():
    for compiled in (True, False):
        model = tinynet.Sequential([tinynet.Input((2,)), Dense(1)])
        model.compile("sgd", MeanSquaredError(reduction="mean_with_sample_weight"), compiled=compiled)
        before = model.get_weights()[0]
        assert model.train_on_batch(X[:2], [0.0, 1.0], sample_weight=[1.0, -1.0]) == 0.0
        np.testing.assert_array_equal(model.get_weights()[0], before)


@pytest.mark.parametrize("reduction", ["none", None])
def test_a_loss_without_a_reduction_is_refused_when_compiling(reduction):
    model = network("mse")
    setup = model.setup
    with pytest.raises(ValueError, match=r"'mean_squared_error' can be called by hand.*reduction=.*one number a batch"):
        model.compile("sgd", MeanSquaredError(reduction=reduction))
    assert model.setup is setup
    model.setup.loss.reduction = reduction  # later is too late as well
    with pytest.raises(ValueError, match="one number a batch"):
        model.fit(X, X[:, 0], verbose=0)


def test_a_reduction_that_is_changed_later_counts_from_then_on():
    model = network(MeanSquaredError())
    assert model.evaluate(X, X.sum(axis=1), batch_size=4, verbose=0) == pytest.approx(1.02)
    model.setup.loss.reduction = "sum"
    assert model.evaluate(X, X.sum(axis=1), batch_size=4, verbose=0) == pytest.approx(3.62)
    model.setup.loss.reduction = "total"
    for use in (lambda: model.evaluate(X, X.sum(axis=1), verbose=0), lambda: model.setup.loss(X, X)):
        with pytest.raises(ValueError, match="Invalid value for argument `reduction`"):
            use()


@pytest.mark.parametrize(
    ("reduction", "weights", "formula", "gradient"),
    [
        ("sum", None, "sum(losses)", "2·(z1 - y)"),
        ("mean_with_sample_weight", WEIGHTS, "sum(losses·w)/Σw", "2·(z1 - y)·w/Σw"),
        ("mean", WEIGHTS, "sum(losses·w)/N", "2·(z1 - y)·w/N"),
    ],
)
def test_the_trace_tells_the_reduction(reduction, weights, formula, gradient):
    model = network(MeanSquaredError(reduction=reduction))
    told = trace(model, X, X.sum(axis=1), sample_weight=weights)
    formulas = {step.name: step.formula for step in told.steps}
    assert formulas["L"].startswith(formula)
    assert formulas["dz1"] == gradient
    assert told["L"] == pytest.approx(told.loss)
