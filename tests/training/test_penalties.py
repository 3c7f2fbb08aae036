"""Penalties on what layers give out and on weights, by hand: loss, evaluation and one step, in both loops."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops
from tinynet.formulas import Scalar, Words, formula
from tinynet.layers import Activation, ActivityRegularization, Dense, Input
from tinynet.optimizers import SGD
from tinynet.regularizers import L1, L2, Regularizer

RATE = 0.25
#: a sample's shape, batch size, samples
SHAPES = {
    "a batch of one": ((3,), 1, 1),
    "one batch": ((3,), 4, 4),
    "batches and a rest": ((3,), 4, 10),
    "rows": ((2, 3), 4, 10),
    "rows of rows": ((2, 2, 3), 2, 3),
}


@pytest.fixture
def float64():
    tinynet.backend.set_floatx("float64")  # set back after each test


def data_of(shape, n):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, *shape)), rng.normal(size=(n, *shape[:-1], 2))


def by_hand(kernel, x, y, batch, activity, weight):
    """Return the losses of an epoch and an evaluation, and the kernel after the epoch."""
    told = 0.0
    for begin in range(0, len(x), batch):
        part, target = x[begin : begin + batch], y[begin : begin + batch]
        n, rows = len(part), target.size // 2
        p = part @ kernel
        loss = np.mean((p - target) ** 2) + activity * np.sum(p**2) / n + weight * np.sum(kernel**2)
        told += loss * rows
        slope = 2 * (p - target) / target.size + 2 * activity * p / n
        gradient = part.reshape(-1, 3).T @ slope.reshape(-1, 2) + 2 * weight * kernel
        kernel = kernel - RATE * gradient
    told /= y.size // 2
    p = x @ kernel
    evaluated = np.mean((p - y) ** 2) + weight * np.sum(kernel**2)
    of_batches = [np.sum(p[i : i + batch] ** 2) / len(p[i : i + batch]) for i in range(0, len(x), batch)]
    rows = [len(p[i : i + batch]) for i in range(0, len(x), batch)]
    return told, evaluated + activity * np.average(of_batches, weights=rows), kernel


@pytest.mark.usefixtures("float64")
@both_loops
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("activity", "weight"), [(0.125, 0.0), (0.0, 0.0625), (0.125, 0.0625)])
@pytest.mark.parametrize("where", ["within", "behind", "below an activation"])
def test_penalties_on_outputs_and_weights_are_those_by_hand(name, activity, weight, where, compiled):
    shape, batch, n = SHAPES[name]
    x, y = data_of(shape, n)
    penalty = L2(activity) if activity else None
    dense = Dense(
        2,
        use_bias=False,
        kernel_regularizer=L2(weight) if weight else None,
        activity_regularizer=penalty if where == "within" else None,
    )
    behind = {"within": [], "behind": [ActivityRegularization(l2=activity)]}
    more = behind.get(where, [Activation("linear", activity_regularizer=penalty), Activation("linear")])
    model = tinynet.Sequential([Input(shape), dense, *more])
    model.compile(SGD(RATE), "mse", compiled=compiled)
    told, evaluated, kernel = by_hand(np.array(dense.kernel), x, y, batch, activity, weight)
    history = model.fit(x, y, batch_size=batch, shuffle=False, verbose=0).history
    assert history["loss"] == [pytest.approx(told, rel=1e-12)]
    np.testing.assert_allclose(dense.kernel, kernel, rtol=1e-12)
    assert model.evaluate(x, y, batch_size=batch, verbose=0) == pytest.approx(evaluated, rel=1e-12)


@pytest.mark.usefixtures("float64")
@both_loops
def test_a_penalty_in_the_middle_is_carried_down_with_the_gradient_from_above(compiled):
    x, y = data_of((3,), 6)
    tinynet.set_random_seed(1)
    below = Dense(2, use_bias=False, activity_regularizer=L1(0.5))
    above = Dense(2, use_bias=False, activity_regularizer=L2(0.25))
    model = tinynet.Sequential([Input((3,)), below, above])
    model.compile(SGD(RATE), "mse", compiled=compiled)
    first, second = np.array(below.kernel), np.array(above.kernel)
    a = x @ first
    p = a @ second
    slope = 2 * (p - y) / y.size + 2 * 0.25 * p / len(x)
    below_slope = slope @ second.T + 0.5 * np.sign(a) / len(x)
    loss = np.mean((p - y) ** 2) + 0.25 * np.sum(p**2) / len(x) + 0.5 * np.abs(a).sum() / len(x)
    assert model.train_on_batch(x, y) == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(above.kernel, second - RATE * a.T @ slope, rtol=1e-12)
    np.testing.assert_allclose(below.kernel, first - RATE * x.T @ below_slope, rtol=1e-12)


@formula
def of_rows(w: Scalar, batch_share: Scalar) -> Scalar:
    return (type(w)(1.0) + batch_share) * w * w


@formula
def of_rows_slope(w: Scalar, batch_share: Scalar) -> Scalar:
    return (type(w)(1.0) + batch_share) * (w + w)


@formula
def scaled(w: Scalar, factor: Scalar, batch_share: Scalar) -> Scalar:
    return factor * (type(w)(1.0) + batch_share) * w * w


@formula
def scaled_slope(w: Scalar, factor: Scalar, batch_share: Scalar) -> Scalar:
    return factor * (type(w)(1.0) + batch_share) * (w + w)


class OfRows(Regularizer):
    """A penalty that is the smaller, the more rows a batch has."""

    formulas = of_rows, of_rows_slope
    words = Words(
        "(1 + {batch_share})·{w}²", "Large weights cost.", "2·(1 + {batch_share})·{w}", "The derivative of w² is 2·w."
    )


class Scaled(Regularizer):
    """The same, times a number."""

    formulas = scaled, scaled_slope
    words = OfRows.words

    def __init__(self, factor=3.0):
        self.factor = factor


@pytest.mark.usefixtures("float64")
@both_loops
@pytest.mark.parametrize(("penalty", "factor"), [(OfRows, 1.0), (Scaled, 3.0)])
@pytest.mark.parametrize("beside", [0, 2])
def test_what_depends_on_the_rows_of_a_batch_is_part_of_the_training_alone(penalty, factor, beside, compiled):
    x, y = data_of((2, 3), 4)
    dense = Dense(2, use_bias=False, kernel_regularizer=penalty())
    more = [Dense(2, "linear", use_bias=False, kernel_regularizer=L2(0.5)) for _ in range(beside)]
    model = tinynet.Sequential([Input((2, 3)), dense, *more])
    model.compile(SGD(RATE), "mse", compiled=compiled)
    for layer in more:
        layer.kernel[...] = np.eye(2)
    before = np.array(dense.kernel)
    p = x @ before
    told = np.mean((p - y) ** 2) + factor * 1.125 * np.sum(before**2)
    found = model.fit(x, y, verbose=0).history["loss"]
    slope = x.reshape(-1, 3).T @ (2 * (p - y) / y.size).reshape(-1, 2) + 2 * factor * 1.125 * before
    np.testing.assert_allclose(dense.kernel, before - RATE * slope, rtol=1e-12)
    assert found == [pytest.approx(told + 0.5 * 2 * beside, rel=1e-12)]
    of_others = sum(0.5 * np.sum(np.square(layer.kernel)) for layer in more)
    mean = np.mean((model.predict(x, verbose=0) - y) ** 2)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(mean + of_others, rel=1e-12)
