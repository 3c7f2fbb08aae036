"""The formulas against their definitions in NumPy, with the corners that a training run seldom meets."""

from __future__ import annotations

import numpy as np
import pytest
from judge_parts import BCE, CCE, HEADS, SPARSE, Head, samples
from scipy.special import expit, log_softmax, xlogy
from scipy.special import softmax as softmax_

import tinynet
from tinynet import kernels
from tinynet.kernels import _codes as code
from tinynet.kernels import formulas
from tinynet.kernels._jit import COMPILED

DTYPES = ("float32", "float64")
NONE = np.empty(0)
ACTIVATIONS = {
    "linear": (code.LINEAR, lambda z: z),
    "relu": (code.RELU, lambda z: np.maximum(z, 0)),
    "sigmoid": (code.SIGMOID, expit),
    "tanh": (code.TANH, np.tanh),
    "softmax": (code.SOFTMAX, lambda z: softmax_(z, axis=-1)),
}
CORNERS = [0.0, -0.0, 1e-30, -1e-30, 1e-4, -1e-4, 20.0, -20.0, 1e4, -1e4, np.inf, -np.inf]


def activate(kind: int, z: np.ndarray, columns: int) -> np.ndarray:
    a = z.copy()
    kernels.activation_forward(kind, a, columns)
    return a


def close(got: np.ndarray, exact: np.ndarray, ulps: float = 8) -> None:
    np.testing.assert_allclose(got, exact, rtol=ulps * np.finfo(got.dtype).eps, atol=2 * np.finfo(got.dtype).tiny)


def run(name: str, *arguments: np.ndarray) -> None:
    """Call a formula as the loops do: from compiled code, unless the compiler is off."""
    function = getattr(formulas, name)
    if COMPILED:
        import numba

        inner = function
        function = numba.njit(lambda a, b, c, d: inner(a, b, c, d))
    function(*arguments)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("units", [1, 3, 40])
def test_a_dense_layer_and_its_relu_in_one_are_the_two_one_after_the_other(units, dtype):
    rng = np.random.default_rng(units)
    x, kernel, bias = (rng.normal(size=size).astype(dtype) for size in ((9, 5), (5, units), (units,)))
    x[2] = np.nan
    for added in (bias, bias[:0]):
        z, a = np.empty((9, units), dtype), np.empty((9, units), dtype)
        run("dense_forward", x, kernel, added, z)
        run("dense_relu_forward", x, kernel, added, a)
        np.testing.assert_array_equal(a, np.maximum(z, 0))
        assert np.isnan(a[2]).all()
        assert 0 < (a == 0).sum() < a.size


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("inputs", [1, 3, 40])
def test_a_single_units_gradient_goes_back_through_its_weights_and_the_relu_before_them(inputs, dtype):
    rng = np.random.default_rng(inputs)
    dz, kernel, a = (rng.normal(size=size).astype(dtype) for size in (9, inputs, (9, inputs)))
    a[:2], a[3, 0] = 0.0, np.nan
    da = np.full(9 * inputs, np.nan, dtype)
    run("single_unit_relu_backward", dz, kernel, a.ravel(), da)
    np.testing.assert_array_equal(da.reshape(9, inputs), np.where(a > 0, dz[:, None] * kernel, 0))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["linear", "relu", "sigmoid", "tanh"])
def test_an_activation_is_its_definition_everywhere(name, dtype):
    kind, definition = ACTIVATIONS[name]
    z = np.concatenate([CORNERS, np.linspace(-40, 40, 999)]).astype(dtype)
    close(activate(kind, z, 1), definition(z.astype(np.float64)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_is_its_definition_and_shifts_do_not_matter(dtype):
    z = np.random.default_rng(0).uniform(-9, 9, (50, 7)).astype(dtype)
    p = activate(code.SOFTMAX, z.reshape(-1), 7).reshape(50, 7)
    close(p, softmax_(z.astype(np.float64), axis=1), 16)
    far = activate(code.SOFTMAX, np.array([1000.0, 1001.0, -1e4], dtype), 3)
    close(far, np.array([expit(-1.0), expit(1.0), 0.0]))
    assert activate(code.SOFTMAX, np.array([3.5], dtype), 1) == 1.0
    for place in range(3):  # wherever the largest stands, nothing overflows
        p = np.roll([1.0, 0.0, 0.0], place)
        np.testing.assert_array_equal(activate(code.SOFTMAX, (5000 * p).astype(dtype), 3), p)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_nan_stays_nan_through_an_activation(name):
    for place in range(3):
        z = np.array([1.0, -2.0, 0.5])
        z[place] = np.nan
        a = activate(ACTIVATIONS[name][0], z, 3)
        assert np.isnan(a).tolist() == ([True] * 3 if name == "softmax" else np.isnan(z).tolist())


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_an_activation_backward_is_the_derivative(name):
    kind, definition = ACTIVATIONS[name]
    rng = np.random.default_rng(0)
    z, da, h = rng.standard_normal((6, 4)), rng.standard_normal((6, 4)), 1e-6
    dz = da.copy()
    kernels.activation_backward(kind, definition(z).reshape(-1), dz.reshape(-1), 4)
    for k in range(4):
        step = np.zeros(4)
        step[k] = h
        slope = (definition(z + step) - definition(z - step)) / (2 * h)
        np.testing.assert_allclose(dz[:, k], (da * slope).sum(axis=1), atol=1e-8)


def test_relu_has_no_slope_at_zero():
    da = np.ones(3)
    kernels.activation_backward(code.RELU, np.array([0.0, 1e-30, 2.0]), da, 1)
    assert da.tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_relu_of_both_zeros_is_the_plain_zero(dtype):
    assert not np.signbit(activate(code.RELU, np.array([0.0, -0.0] * 20, dtype), 1)).any()


# ---- losses ---------------------------------------------------------------------------------------------------------


def clip(p: np.ndarray) -> np.ndarray:
    return np.clip(p, 1e-7, 1 - 1e-7)


def definition(head: Head, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The loss of every row in float64, from its definition."""
    smoothing, logits = head.options.get("label_smoothing", 0.0), head.options.get("from_logits", False)
    if head.loss == "MeanSquaredError":
        return np.square(p - y).mean(axis=1)
    if head.loss == "MeanAbsoluteError":
        return np.abs(p - y).mean(axis=1)
    if head.loss == BCE:
        y = y * (1 - smoothing) + smoothing / 2
        q = clip(expit(p) if logits else p)
        return -(xlogy(y, q) + xlogy(1 - y, 1 - q)).mean(axis=1)
    if head.loss == SPARSE:
        y = np.eye(p.shape[1])[y.astype(int)]
    y = y * (1 - smoothing) + smoothing / p.shape[1]
    return -(y * (log_softmax(p, axis=1) if logits else np.log(clip(p / p.sum(axis=1, keepdims=True))))).sum(axis=1)


def case(head: Head, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Targets and outputs (logits within ±4, probabilities that need not sum to 1) for a loss."""
    rng = np.random.default_rng(3)
    y, z = head.targets((9,), rng), rng.uniform(-4, 4, (9, head.units))
    regression = head.loss.startswith("Mean")
    return y.astype(dtype), (z if regression or head.options.get("from_logits") else expit(z)).astype(dtype)


LOSSES = [head for head in HEADS if not head.flatten]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("head", LOSSES, ids=str)
def test_a_loss_is_its_definition(head, dtype):
    y, p = case(head, dtype)
    weights = np.random.default_rng(1).uniform(0.2, 2, 9).astype(dtype)
    loss = head.make_loss(tinynet)
    rows = definition(head, y.astype(np.float64), p.astype(np.float64))
    tolerance = 2e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(loss.forward(y.reshape(9, -1), p), rows, rtol=tolerance)
    assert loss(y, p) == pytest.approx(rows.mean(), rel=tolerance)
    assert loss(y, p, sample_weight=weights) == pytest.approx((weights * rows).sum() / 9, rel=tolerance)


@pytest.mark.parametrize("head", LOSSES, ids=str)
def test_a_loss_backward_is_the_derivative(head):
    y, p = case(head, "float64")
    loss, h = head.make_loss(tinynet), 1e-6
    dp = loss.backward(y.reshape(9, -1), p)
    for k in range(head.units):
        step = np.zeros(head.units)
        step[k] = h
        slope = (definition(head, y, p + step) - definition(head, y, p - step)) / (2 * h)
        np.testing.assert_allclose(dp[:, k], slope, rtol=1e-7, atol=1e-8)


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
    loss, z = tinynet.losses.CategoricalCrossentropy(from_logits=True), np.array([[logit, 0.0]])
    assert loss([[wrong, right]], z) == pytest.approx(abs(logit))
    np.testing.assert_allclose(loss.backward(np.array([[wrong, right]]), z), [[right - wrong, wrong - right]])


def test_the_absolute_error_has_no_slope_at_its_kink():
    loss = tinynet.losses.MeanAbsoluteError()
    dp = loss.backward(np.array([[1.0], [1.0], [1.0]]), np.array([[1.0], [1.5], [-3.0]]))
    assert dp.tolist() == [[0.0], [1.0], [-1.0]]


@pytest.mark.parametrize("head", LOSSES, ids=str)
def test_nan_in_an_output_is_nan_in_the_loss(head):
    y, p = case(head, "float64")
    p[4, -1] = np.nan
    assert np.isnan(head.make_loss(tinynet).forward(y.reshape(9, -1), p)).tolist() == [i == 4 for i in range(9)]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("head", LOSSES, ids=str)
def test_scale_and_weights_multiply_the_gradient(head, weighted):
    y, p = case(head, "float64")
    weights = np.random.default_rng(1).uniform(0.2, 2, 9) if weighted else NONE
    loss = head.make_loss(tinynet)
    dp, options = np.empty_like(p), head.options.get("label_smoothing", 0.0)
    kernels.loss_backward(loss.code, y.reshape(-1), p.reshape(-1), weights, head.units, options, 0.25, dp.reshape(-1))
    factor = 0.25 * (weights[:, None] if weighted else 1.0)
    np.testing.assert_allclose(dp, factor * loss.backward(y.reshape(9, -1), p), rtol=1e-14)


# ---- metrics --------------------------------------------------------------------------------------------------------


def metric(kind: int, y: list[float], p: list[float], columns: int, threshold: float = 0.5) -> float:
    return float(kernels.metric_sum(kind, np.array(y), np.array(p, float), NONE, columns, threshold))


def test_binary_accuracy_is_strictly_above_its_threshold():
    assert metric(code.BINARY_ACCURACY, [0.0, 0.0, 1.0, 0.0, 1.0], [0.5, 0.5, 0.5, 0.49, 0.51], 1) == 4
    assert metric(code.BINARY_ACCURACY, [1.0, 1.0], [0.6, 0.4], 1, threshold=0.7) == 0
    assert metric(code.BINARY_ACCURACY, [0.7], [0.9], 1) == 0
    assert metric(code.BINARY_ACCURACY, [1.0, 0.0, 1.0, 1.0], [0.6, 0.6, 0.6, 0.4], 2) == 1.0


def test_accuracies_take_the_first_of_equal_predictions():
    assert metric(code.SPARSE_CATEGORICAL_ACCURACY, [0.0, 1.0, 2.0], [3, 3, 1, 0, 5, 5, 1, 2, 3], 3) == 3
    assert metric(code.CATEGORICAL_ACCURACY, [0, 0, 1, 1, 0, 0], [3, 3, 1, 3, 3, 1], 3) == 1
    assert metric(code.CATEGORICAL_ACCURACY, [0.2, 0.5, 0.3], [0.1, 0.5, 0.4], 3) == 1


@pytest.mark.parametrize("kind", [code.BINARY_ACCURACY, code.SPARSE_CATEGORICAL_ACCURACY, code.MEAN_ABSOLUTE_ERROR])
def test_weights_count_in_a_metric(kind):
    y, p = np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.8, 0.1])
    columns = 1
    each = [kernels.metric_sum(kind, y[i : i + 1], p[i : i + 1], NONE, columns, 0.5) for i in range(3)]
    weights = np.array([0.5, 2.0, 3.0])
    assert kernels.metric_sum(kind, y, p, weights, columns, 0.5) == pytest.approx(np.dot(weights, each))


# ---- optimizers -----------------------------------------------------------------------------------------------------


def hyper(**values: float) -> np.ndarray:
    vector = np.zeros(code.HYPERPARAMETERS)
    for name, value in values.items():
        vector[getattr(code, name.upper())] = value
    return vector


def updated(kind: int, w: float, gradients: list[float], **values: float) -> list[float]:
    """Return the weight after every step."""
    weight, slots, settings, seen = np.array([w]), np.zeros((3, 1)), hyper(**values), []
    used = {code.SGD: 1, code.RMSPROP: 1 + bool(values.get("momentum")) + bool(values.get("centered")), code.ADAM: 3}
    last = used[kind] - 1
    for step, g in enumerate(gradients, 1):
        of = slots[0], slots[min(1, last)], slots[last]
        kernels.update_parameters(kind, weight, np.array([g]), *of, settings, step)
        seen.append(float(weight[0]))
    return seen


def test_the_first_steps_by_hand():
    g = [0.5, -0.25]
    assert updated(code.SGD, 1.0, g, learning_rate=0.1) == pytest.approx([0.95, 0.975])
    assert updated(code.SGD, 1.0, g, learning_rate=0.1, momentum=0.9) == pytest.approx([0.95, 0.93])
    nesterov = updated(code.SGD, 1.0, g, learning_rate=0.1, momentum=0.9, nesterov=1)
    assert nesterov == pytest.approx([1 - 0.9 * 0.05 - 0.05, 0.905 + 0.9 * -0.02 + 0.025])
    decayed = updated(code.SGD, 1.0, g, learning_rate=0.1, weight_decay=0.2)
    assert decayed == pytest.approx([0.98 - 0.05, 0.93 * 0.98 + 0.025])

    v = [0.1 * 0.25, 0.9 * 0.1 * 0.25 + 0.1 * 0.0625]
    steps = [0.01 * a / np.sqrt(b + 1e-3) for a, b in zip(g, v, strict=True)]
    rmsprop = updated(code.RMSPROP, 1.0, g, learning_rate=0.01, rho=0.9, epsilon=1e-3)
    assert rmsprop == pytest.approx([1 - steps[0], 1 - sum(steps)])
    moving = updated(code.RMSPROP, 1.0, g, learning_rate=0.01, rho=0.9, epsilon=1e-3, momentum=0.5)
    assert moving == pytest.approx([1 - steps[0], 1 - 1.5 * steps[0] - steps[1]])
    centered = updated(code.RMSPROP, 1.0, g[:1], learning_rate=0.01, rho=0.9, epsilon=1e-3, centered=1)
    assert centered == pytest.approx([1 - 0.01 * 0.5 / np.sqrt(v[0] - 0.05**2 + 1e-3)])

    adam = {"learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 0.0}
    assert updated(code.ADAM, 1.0, g[:1], **adam) == pytest.approx([0.99])  # the first step is lr long, in any case
    assert updated(code.ADAM, 1.0, [1e3], **adam) == pytest.approx([0.99])
    m, v2 = 0.9 * 0.05 - 0.025, 0.99 * 0.0025 + 0.01 * 0.0625
    second = 0.01 * (m / (1 - 0.81)) / np.sqrt(v2 / (1 - 0.9801))
    assert updated(code.ADAM, 1.0, g, **adam) == pytest.approx([0.99, 0.99 - second])
    careful = updated(code.ADAM, 1.0, g[:1], **adam | {"epsilon": 1.0})
    assert careful == pytest.approx([1 - 0.01 * 0.05 / 0.1 * 0.1 / (np.sqrt(0.01 * 0.25) + 1.0)])
    largest = updated(code.ADAM, 1.0, [1.0, 0.0], **adam, amsgrad=1)
    assert 0.99 - largest[1] == pytest.approx(0.01 * 0.09 / 0.19 / np.sqrt(0.01 / (1 - 0.9801)))


def test_clipping_shortens_what_is_too_long_and_nothing_else():
    segments = np.array([[0, 2], [4, 5]])
    given = np.array([3.0, -4.0, 7.0, 7.0, 0.5])

    def clipped(**limit: float) -> list[float]:
        g = given.copy()
        kernels.clip_gradients(g, segments, hyper(**limit))
        return g.tolist()

    assert clipped() == given.tolist()
    assert clipped(clipnorm=2.5) == pytest.approx([1.5, -2.0, 7.0, 7.0, 0.5])
    assert clipped(clipnorm=5.0) == given.tolist()
    assert clipped(clipvalue=3.5) == pytest.approx([3.0, -3.5, 7.0, 7.0, 0.5])
    assert clipped(clipvalue=0.25) == pytest.approx([0.25, -0.25, 7.0, 7.0, 0.25])
    factor = 1 / np.sqrt(25.25)
    assert clipped(global_clipnorm=1.0) == pytest.approx([3 * factor, -4 * factor, 7.0, 7.0, 0.5 * factor])
    assert clipped(global_clipnorm=6.0) == given.tolist()


# ---- the dense layer ------------------------------------------------------------------------------------------------


def test_a_dense_layer_and_its_gradients_are_products():
    tinynet.backend.set_floatx("float64")
    x, dz = samples(0, 7), samples(1, 7, (3,))
    layer = tinynet.layers.Dense(3, bias_initializer="ones")
    np.testing.assert_allclose(layer(x, training=True), x @ layer.kernel + 1, rtol=1e-14)
    np.testing.assert_allclose(layer.backward(dz), dz @ layer.kernel.T, rtol=1e-14)
    np.testing.assert_allclose(layer.dkernel, x.T @ dz, rtol=1e-13)
    np.testing.assert_allclose(layer.dbias, dz.sum(axis=0), rtol=1e-13)


def test_shuffling_is_a_permutation_that_all_orders_can_come_from():
    state, seen = np.array([12345], np.uint64), set()
    for _ in range(600):
        order = np.arange(4)
        kernels.shuffle(order, state)
        assert sorted(order) == [0, 1, 2, 3]
        seen.add(tuple(order.tolist()))
    assert len(seen) == 24


def test_cross_entropies_of_one_hot_rows_and_of_labels_are_the_same():
    y, p = np.array([2, 0, 1]), np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.3, 0.3, 0.4]])
    one_hot = np.eye(3)[y]
    for options in ({}, {"from_logits": True}):
        sparse, full = Head("softmax", SPARSE, 3, options), Head("softmax", CCE, 3, options)
        assert sparse.make_loss(tinynet)(y, p) == full.make_loss(tinynet)(one_hot, p)
