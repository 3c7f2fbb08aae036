"""The losses' formulas against their definitions and slopes, with the corners that a training run seldom meets.

Every loss of the table is differentiated. One that has no definition here is compared with Keras's in tests/keras.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, log_softmax, rel_entr, xlogy
from scipy.special import softmax as softmax_

import tinynet
from tests.support.formulas import DTYPES, NONE, row_slopes
from tests.support.parts import OUTPUTS_OF, Options, describe, every, targets_of
from tinynet import activations, losses, regularizers
from tinynet.kernels import maps
from tinynet.kernels.probabilities import slope_above
from tinynet.losses import Loss

#: Every loss with every option, for one output and for several.
CASES = [
    (cls, options, units)
    for cls, options in every(losses.CLASSES)
    for units in ((3, 11) if maps.by_rows(cls.formulas[0]) else (1, 3))
]
cases = pytest.mark.parametrize(("cls", "options", "units"), CASES, ids=describe)


def clip(p: np.ndarray) -> np.ndarray:
    return np.clip(p, 1e-7, 1 - 1e-7)


def binary(y: np.ndarray, p: np.ndarray, from_logits: bool = False, label_smoothing: float = 0.0) -> np.ndarray:
    y = y * (1 - label_smoothing) + label_smoothing / 2
    q = clip(expit(p) if from_logits else p)
    return -(xlogy(y, q) + xlogy(1 - y, 1 - q)).mean(axis=1)


def categorical(y: np.ndarray, p: np.ndarray, from_logits: bool = False, label_smoothing: float = 0.0) -> np.ndarray:
    y = y * (1 - label_smoothing) + label_smoothing / p.shape[1]
    logs = log_softmax(p, axis=1) if from_logits else np.log(clip(p / p.sum(axis=1, keepdims=True)))
    return -(y * logs).sum(axis=1)


def huber(y: np.ndarray, p: np.ndarray, delta: float = 1.0) -> np.ndarray:
    error = np.abs(p - y)
    return np.where(error <= delta, error**2 / 2, delta * error - delta**2 / 2).mean(axis=1)


def binary_focal(
    y: np.ndarray,
    p: np.ndarray,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
) -> np.ndarray:
    y, p = y * (1 - label_smoothing) + label_smoothing / 2, expit(p) if from_logits else p
    weight = y * alpha + (1 - y) * (1 - alpha) if apply_class_balancing else 1.0
    losses = -(xlogy(y, clip(p)) + xlogy(1 - y, 1 - clip(p)))
    return (weight * (1 - y * p - (1 - y) * (1 - p)) ** gamma * losses).mean(axis=1)


def categorical_focal(
    y: np.ndarray,
    p: np.ndarray,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
) -> np.ndarray:
    y, p = y * (1 - label_smoothing) + label_smoothing / p.shape[1], softmax_(p, axis=1) if from_logits else p
    q = clip(p / p.sum(axis=1, keepdims=True))
    return -(alpha * (1 - q) ** gamma * y * np.log(q)).sum(axis=1)


def generalized(y: np.ndarray, p: np.ndarray, q: float = 0.5) -> np.ndarray:
    return (1 - p[np.arange(len(p)), y[:, 0].astype(int)] ** q) / q


DEFINITIONS = {
    "BinaryFocalCrossentropy": binary_focal,
    "CategoricalFocalCrossentropy": categorical_focal,
    "CategoricalGeneralizedCrossEntropy": generalized,
    "CategoricalHinge": lambda y, p: np.maximum(((1 - y) * p).max(axis=1) - (y * p).sum(axis=1) + 1, 0),
    "CosineSimilarity": lambda y, p: -(y * p).sum(axis=1) / np.sqrt((y * y).sum(axis=1) * (p * p).sum(axis=1)),
    "BinaryCrossentropy": binary,
    "CategoricalCrossentropy": categorical,
    "SparseCategoricalCrossentropy": lambda y, p, **o: categorical(np.eye(p.shape[1])[y[:, 0].astype(int)], p, **o),
    "Hinge": lambda y, p: np.maximum(1 - np.where(y == 0, -1, y) * p, 0).mean(axis=1),
    "Huber": huber,
    "KLDivergence": lambda y, p: rel_entr(np.clip(y, 1e-7, 1), np.clip(p, 1e-7, 1)).sum(axis=1),
    "LogCosh": lambda y, p: np.log1p(2 * np.sinh((p - y) / 2) ** 2).mean(axis=1),
    "MeanAbsoluteError": lambda y, p: np.abs(p - y).mean(axis=1),
    "MeanAbsolutePercentageError": lambda y, p: 100 * np.abs((p - y) / y).mean(axis=1),
    "MeanSquaredError": lambda y, p: np.square(p - y).mean(axis=1),
    "MeanSquaredLogarithmicError": lambda y, p: np.square(np.subtract(*np.log1p(np.maximum((p, y), 1e-7)))).mean(
        axis=1
    ),
    "Poisson": lambda y, p: (p - y * np.log(p + 1e-7)).mean(axis=1),
    "SquaredHinge": lambda y, p: np.square(np.maximum(1 - y * p, 0)).mean(axis=1),
}


def case(cls: type[Loss], options: Options, units: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Targets and outputs (quantities and logits within ±4, probabilities that need not sum to 1) for a loss."""
    rng = np.random.default_rng(3)
    y, z = targets_of(cls.targets, (9,), units, rng), rng.uniform(-4, 4, (9, units))
    probabilities = cls.targets not in ("values", "any") and not options.get("from_logits")
    if cls.__name__ in OUTPUTS_OF and not probabilities:
        z = activations.get(OUTPUTS_OF[cls.__name__])(z)
    return y.reshape(9, -1).astype(dtype), (expit(z) if probabilities else z).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options", "units"), [c for c in CASES if c[0].__name__ in DEFINITIONS], ids=describe)
def test_a_loss_is_its_definition(cls, options, units, dtype):
    y, p = case(cls, options, units, dtype)
    weights = np.random.default_rng(1).uniform(0.2, 2, 9).astype(dtype)
    loss = cls(**options)
    rows = DEFINITIONS[cls.__name__](y.astype(np.float64), p.astype(np.float64), **options)
    tolerance = 2e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(loss.forward(y, p), rows, rtol=tolerance, atol=tolerance)  # terms of other signs cancel
    assert loss(y, p) == pytest.approx(rows.mean(), rel=tolerance)
    assert loss(y, p, sample_weight=weights) == pytest.approx((weights * rows).sum() / 9, rel=tolerance)


@cases
def test_a_loss_backward_is_the_derivative(cls, options, units):
    y, p = case(cls, options, units, "float64")
    loss = cls(**options)
    dp = loss.backward(y, p)
    functions = [lambda p: loss.row_losses(y, p)]
    if cls.__name__ in DEFINITIONS:
        functions.append(lambda p: DEFINITIONS[cls.__name__](y, p, **options))
    for function in functions:
        np.testing.assert_allclose(dp, row_slopes(function, p), rtol=1e-7, atol=1e-8)
    narrow = loss.backward(y.astype("float32"), p.astype("float32"))
    np.testing.assert_allclose(narrow, dp, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("cls", "options"), [e for e in every(losses.CLASSES) if e[0].logit_formulas], ids=describe)
def test_the_form_for_logits_is_the_loss_of_the_activation(cls, options):
    """L(z) is the loss of p = activation(z), and its slope is what the activation makes of the loss's slope."""
    loss, activation = cls(**options | {"from_logits": False}), activations.get(cls.fuses)
    rng = np.random.default_rng(5)
    y, z = targets_of(cls.targets, (9,), 4, rng).reshape(9, -1), rng.uniform(-4, 4, (9, 4))
    p = activation(z)
    np.testing.assert_allclose(loss.row_losses(y, z, fused=True), loss.row_losses(y, p), rtol=1e-13)
    long_way, short = loss.backward(y, p), np.empty_like(z)
    activation.backward(p, long_way)
    gradient = loss.kernels(fused=True)[1]
    gradient(y.reshape(-1), z.reshape(-1), NONE, 4, loss.numbers, 1.0, short.reshape(-1))
    np.testing.assert_allclose(short, long_way, rtol=1e-12, atol=1e-15)


def test_probabilities_are_clipped_and_have_no_gradient_there():
    loss, p = tinynet.losses.BinaryCrossentropy(), np.array([[0.0], [1.0], [1e-8], [0.5]])
    y = np.array([[1.0], [0.0], [1.0], [1.0]])
    np.testing.assert_allclose(loss.forward(y, p), -np.log([1e-7, 1e-7, 1e-7, 0.5]), rtol=1e-8)
    np.testing.assert_array_equal(loss.backward(y, p), [[0.0], [0.0], [0.0], [-2.0]])
    loss = tinynet.losses.CategoricalCrossentropy()
    p = np.array([[1.0, 0.0, 0.0]])
    assert loss.forward(np.array([[0.0, 1.0, 0.0]]), p) == pytest.approx(-np.log(1e-7))
    np.testing.assert_array_equal(loss.backward(np.array([[0.0, 1.0, 0.0]]), p), [[0.0, 0.0, 0.0]])
    p, y = np.array([[0.5, 0.5, 1e-9]]), np.array([[0.5, 0.0, 0.5]])  # dq = (-1, 0, 0 where clipped), Σ dq·q = -1/2
    np.testing.assert_allclose(loss.backward(y, p), [[-0.5, 0.5, 0.5]], rtol=1e-8)
    loss, p = tinynet.losses.SparseCategoricalCrossentropy(), np.array([[0.0, 0.25, 0.25], [0.5, 0.0, 0.5]])
    labels = np.array([[0.0], [2.0]])
    np.testing.assert_allclose(loss.forward(labels, p), -np.log([1e-7, 0.5]), rtol=1e-8)
    np.testing.assert_array_equal(loss.backward(labels, p), [[0.0, 0.0, 0.0], [1.0, 1.0, -1.0]])
    p = np.array([[2.0, 0.0, 0.0]])  # q = 1 is clipped from above
    np.testing.assert_array_equal(loss.backward(np.array([[0.0]]), p), [[0.0, 0.0, 0.0]])


def test_targets_that_do_not_sum_to_one_pull_with_their_sum():
    loss, z = tinynet.losses.CategoricalCrossentropy(from_logits=True), np.array([[0.3, -1.0, 2.0]])
    y = np.array([[0.5, 0.0, 0.2]])
    np.testing.assert_allclose(loss.backward(y, z), softmax_(z) * 0.7 - y, rtol=1e-14)


@pytest.mark.parametrize("logit", [-100.0, -30.0, 30.0, 100.0])
def test_on_logits_a_confident_mistake_costs_its_logit_and_still_teaches(logit):
    wrong, right = float(logit < 0), float(logit > 0)
    loss, z = tinynet.losses.BinaryCrossentropy(from_logits=True), np.array([[logit]])
    assert loss([[wrong]], z) == pytest.approx(abs(logit))
    assert loss([[right]], z) == pytest.approx(np.exp(-abs(logit)), rel=1e-12)
    assert loss.backward(np.array([[wrong]]), z)[0, 0] == pytest.approx(np.sign(logit))
    for cls in ("CategoricalCrossentropy", "SparseCategoricalCrossentropy"):
        loss, z = losses.CLASSES[cls](from_logits=True), np.array([[logit, 0.0]])
        y = np.array([[wrong, right]]) if cls[0] == "C" else np.array([[right]])
        assert loss(y, z) == pytest.approx(abs(logit))
        np.testing.assert_allclose(loss.backward(y, z), [[right - wrong, wrong - right]])


@pytest.mark.parametrize(("logit", "costs"), [(np.inf, (np.inf, 0.0)), (-np.inf, (0.0, np.inf))])
def test_an_infinite_logit_costs_infinitely_much_or_nothing(logit, costs):
    for y, cost in enumerate(costs):
        assert tinynet.losses.BinaryCrossentropy(from_logits=True).forward([[y]], [[logit]]) == cost


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_class_of_logit_minus_infinity_counts_only_where_it_is_the_right_one(dtype):
    z = np.array([[-np.inf, 0.0, 1.0]], dtype)
    for k, cost in enumerate([np.inf, np.log1p(np.e), np.log1p(np.e) - 1]):
        for name, y in (("Categorical", np.eye(3)[k]), ("SparseCategorical", np.array([k]))):
            loss = losses.CLASSES[f"{name}Crossentropy"](from_logits=True)
            given = y.astype(dtype), z.reshape(-1), NONE.astype(dtype), 3, loss.numbers
            assert loss.forward(y[None], z) == loss.kernels()[0](*given) == pytest.approx(cost, rel=1e-6)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("label", [3.0, -1.0, np.nan])
def test_a_row_whose_label_is_no_class_is_nan(label, fused):
    """It may be changed by another thread after it was checked."""
    loss = tinynet.losses.SparseCategoricalCrossentropy()
    y, p, dp = np.array([0.0, label, 2.0]), np.full(9, 0.3), np.empty((3, 3))
    value, gradient = loss.kernels(fused)
    assert np.isnan(value(y, p, NONE, 3, loss.numbers))
    gradient(y, p, NONE, 3, loss.numbers, 1.0, dp.reshape(-1))
    assert np.isnan(dp).tolist() == [[False] * 3, [True] * 3, [False] * 3]


def test_the_absolute_error_has_no_slope_at_its_kink():
    loss = tinynet.losses.MeanAbsoluteError()
    dp = loss.backward(np.array([[1.0], [1.0], [1.0]]), np.array([[1.0], [1.5], [-3.0]]))
    assert dp.tolist() == [[0.0], [1.0], [-1.0]]


def test_the_hinge_has_half_a_slope_at_its_corner_and_takes_labels_0_and_1():
    loss, p = tinynet.losses.Hinge(), np.array([[0.5], [1.0], [1.5], [-1.0], [-2.0], [0.0]])
    y = np.array([[1.0], [1.0], [1.0], [-1.0], [-1.0], [-1.0]])
    for labels in (y, (y + 1) / 2):
        assert loss.forward(labels, p).tolist() == [0.5, 0.0, 0.0, 0.0, 0.0, 1.0]
        assert loss.backward(labels, p).tolist() == [[-1.0], [-0.5], [0.0], [0.5], [0.0], [1.0]]
    assert loss.forward(np.array([[0.5]]), np.array([[1.0]])).tolist() == [0.5]
    assert loss.backward(np.array([[0.5]]), np.array([[2.0]])).tolist() == [[-0.25]]


def test_probabilities_above_1_count_as_1_in_the_divergence():
    loss = losses.KLDivergence()
    assert loss([[0.5, 0.5]], [[1.5, 0.5]]) == pytest.approx(loss([[0.5, 0.5]], [[1.0, 0.5]]))


def test_the_logarithm_of_the_cosine_has_all_digits_of_small_and_of_large_errors():
    tinynet.backend.set_floatx("float64")
    errors = np.array([1e-9, 1e-3, 0.7, 1.0, 1.3, 30.0, 1000.0])
    expected = [5e-19, np.log(np.cosh(1e-3)), *np.log(np.cosh(errors[2:6])), 1000 - np.log(2)]
    np.testing.assert_allclose(losses.log_cosh(np.zeros((7, 1)), errors[:, None]), expected, rtol=1e-9)


def test_the_huber_loss_goes_on_straight_from_delta():
    loss, y = tinynet.losses.Huber(0.5), np.zeros((5, 1))
    p = np.array([[0.25], [0.5], [-0.5], [2.0], [-2.0]])
    assert loss.forward(y, p).tolist() == [0.03125, 0.125, 0.125, 0.875, 0.875]
    assert loss.backward(y, p).tolist() == [[0.25], [0.5], [-0.5], [0.5], [-0.5]]


@cases
def test_nan_in_an_output_is_nan_in_the_loss(cls, options, units):
    y, p = case(cls, options, units, "float64")
    p[4, -1] = np.nan
    loss = cls(**options)
    if cls.targets == "classes":
        y[4] = units - 1
    assert np.isnan(loss.forward(y, p)).tolist() == [i == 4 for i in range(9)]
    value = loss.kernels()[0]
    assert np.isnan(value(y.reshape(-1), p.reshape(-1), NONE, units, loss.numbers))


@pytest.mark.parametrize("weighted", [False, True])
@cases
def test_scale_and_weights_multiply_the_loss_and_its_gradient(cls, options, units, weighted):
    y, p = case(cls, options, units, "float64")
    weights = np.random.default_rng(1).uniform(0.2, 2, 9) if weighted else NONE
    weights[:1] = 0.0
    loss, dp = cls(**options), np.empty_like(p)
    value, gradient = loss.kernels()
    with np.errstate(divide="ignore"):  # a row of no weight is divided by ∞
        gradient(y.reshape(-1), p.reshape(-1), weights, units, loss.numbers, 0.25, dp.reshape(-1))
    factor = 0.25 * (weights[:, None] if weighted else 1.0)
    np.testing.assert_allclose(dp, factor * loss.backward(y, p), rtol=1e-14, atol=1e-16)
    total = value(y.reshape(-1), p.reshape(-1), weights, units, loss.numbers)
    assert total == pytest.approx(((weights if weighted else 1.0) * loss.row_losses(y, p)).sum(), rel=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 2, 3, 7, 8, 10, 16, 17, 46])
@pytest.mark.parametrize(("cls", "options"), [e for e in every(losses.CLASSES) if e[0].logit_kernels], ids=describe)
def test_loops_of_their_own_compute_the_formulas(cls, options, columns, dtype):
    """Where a loss brings its own loops over rows, they give what a loop over its formulas does."""
    loss, rng = cls(**options), np.random.default_rng(columns)
    y = targets_of(cls.targets, (6,), columns, rng).reshape(6, -1).astype(dtype)
    if cls.targets == "distribution":
        y *= 0.7  # rows need not sum to 1
    z, weights = rng.uniform(-9, 9, (6, columns)).astype(dtype), rng.uniform(0.2, 2, 6).astype(dtype)
    z[2] *= 30
    value, gradient = loss.logit_formulas
    numbers, eps = loss.numbers, float(np.finfo(dtype).eps)
    for w in (weights, weights[:0]):
        given = y.reshape(-1), z.reshape(-1), w, columns, numbers
        totals = [run(*given) for run in (loss.kernels(fused=True)[0], maps.weighted_sum(value))]
        assert totals[0] == pytest.approx(totals[1], rel=16 * eps, abs=64 * eps)
        found = []
        for run in (loss.kernels(fused=True)[1], maps.loss_gradient(gradient)):
            dz = np.empty_like(z)
            run(*given, 0.25, dz.reshape(-1))
            found.append(dz)
        np.testing.assert_allclose(found[0], found[1], rtol=16 * eps, atol=4 * eps)


def test_cross_entropies_of_one_hot_rows_and_of_labels_are_the_same():
    y, p = np.array([2, 0, 1]), np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.3, 0.3, 0.4]])
    one_hot = np.eye(3)[y]
    for options in ({}, {"from_logits": True}):
        sparse: Any = tinynet.losses.SparseCategoricalCrossentropy(**options)
        full: Any = tinynet.losses.CategoricalCrossentropy(**options)
        assert sparse(y, p) == full(one_hot, p)


@pytest.mark.parametrize("dtype", DTYPES)
def test_losses_and_penalties_are_summed_in_float64_with_the_compiler_off_as_well(dtype):
    """In float32, 4096² + 1 is 4096²."""
    y, p = np.zeros(2, dtype), np.array([4096, 1], dtype)
    total, numbers = 4096**2 + 1, np.empty(0)
    squares = maps.weighted_sum(losses.MeanSquaredError.formulas[0])
    assert squares(y, p, p[:0], 1, numbers) == squares(y, p, np.ones(2, dtype), 1, numbers) == total
    assert losses.MeanSquaredError().row_losses(y.reshape(1, 2), p.reshape(1, 2)) == total / 2
    assert regularizers.L2(1.0)(p) == total
    rows = maps.weighted_sum(losses.SparseCategoricalCrossentropy.logit_formulas[0])
    logits = np.array([0, 4096**2, 0, 0], dtype)
    for weights in (p[:0], np.ones(2, dtype)):
        assert rows(y, logits, weights, 2, np.zeros(5)) == pytest.approx(4096**2 + np.log(2), rel=1e-10)


@pytest.mark.parametrize(("score", "share"), [(1.5, 1.0), (2.0, 0.5), (2.5, 0.0)])
def test_a_categorical_hinge_has_half_its_slope_at_its_corner(score, share):
    y, p, dp = np.array([1.0, 0.0, 0.0]), np.array([score, 1.0, -1.0]), np.empty(3)
    losses.CategoricalHinge.formulas[1](y, p, dp)
    np.testing.assert_allclose(dp, [-share, share, 0.0])


def test_the_slope_of_what_is_at_least_so_much_is_half_at_the_limit():
    assert [slope_above(p, 0.5) for p in (0.25, 0.5, 0.75)] == [0.0, 0.5, 1.0]
