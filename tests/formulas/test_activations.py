"""The activations' formulas against their definitions and slopes, with the corners that a training run seldom meets.

Every activation of the table is differentiated. Those without a definition here are compared with Keras's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, ndtr
from scipy.special import log_softmax as log_softmax_
from scipy.special import softmax as softmax_

from tests.support.formulas import DTYPES, close, row_slopes
from tests.support.parts import describe, every
from tinynet import activations
from tinynet.activations import ActivationFunction
from tinynet.activations.relu6 import relu6
from tinynet.kernels.machine.jit import arguments_of
from tinynet.kernels.maps import kinds_of


def elu(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def gelu(z: np.ndarray, approximate: bool = False) -> np.ndarray:
    return z * ndtr(z) if not approximate else z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))) / 2


def hard_sigmoid(z: np.ndarray) -> np.ndarray:
    return np.clip(z + 3, 0, 6) / 6


def squareplus(z: np.ndarray, b: float = 4.0) -> np.ndarray:
    root = np.sqrt(z * z + b)
    return np.where(z > 0, (z + root) / 2, b / (root - z) / 2)


DEFINITIONS = {
    "celu": lambda z, alpha=1.0: np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0) / alpha)),
    "exponential": np.exp,
    "hard_shrink": lambda z, threshold=0.5: np.where(np.abs(z) > threshold, z, 0),
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": lambda z: z * hard_sigmoid(z),
    "hard_tanh": lambda z: np.clip(z, -1, 1),
    "linear": lambda z: z,
    "log_sigmoid": lambda z: -np.logaddexp(-z, 0),
    "log_softmax": lambda z: log_softmax_(z, axis=-1),
    "mish": lambda z: z * np.tanh(np.logaddexp(z, 0)),
    "soft_shrink": lambda z, threshold=0.5: np.sign(z) * np.maximum(np.abs(z) - threshold, 0),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "sparse_plus": lambda z: np.where(z < 1, np.maximum(z + 1, 0) ** 2 / 4, z),
    "sparse_sigmoid": lambda z: np.clip(z + 1, 0, 2) / 2,
    "squareplus": squareplus,
    "tanh_shrink": lambda z: z - np.tanh(z),
    "relu": lambda z: np.maximum(z, 0),
    "relu6": lambda z, max_value=6, negative_slope=0, threshold=0: np.where(
        z > threshold, np.minimum(z, max_value), negative_slope * (z - threshold)
    ),
    "leaky_relu": lambda z, negative_slope=0.2: np.where(z > 0, z, negative_slope * z),
    "elu": elu,
    "selu": lambda z: 1.0507009873554805 * elu(z, 1.6732632423543772),
    "gelu": gelu,
    "silu": lambda z: z * expit(z),
    "sigmoid": expit,
    "softplus": lambda z: np.logaddexp(z, 0),
    "tanh": np.tanh,
    "softmax": lambda z: softmax_(z, axis=-1),
}
CORNERS = [0.0, -0.0, 1e-30, -1e-30, 1e-4, -1e-4, 20.0, -20.0, 1e4, -1e4, np.inf, -np.inf]
#: The ends of straight pieces.
ENDS = [1.0, -1.0, 3.0, -3.0, 0.5, -0.5, 0.375, -0.375]
#: 1 + erf and 1 + tanh, which gelu multiplies z by, have the digits of 1 however small they are; and z - tanh z has
#: those of z.
DIGITS_OF_Z = ("gelu", "tanh_shrink")
#: Slopes where those on either side differ, by place: those that Keras on JAX gives.
AT_THE_KINK = {
    "relu": lambda: {0.0: 0.0},
    "leaky_relu": lambda negative_slope=0.2: {0.0: 1.0},
    "elu": lambda alpha=1.0: {0.0: alpha},
    "selu": lambda: {0.0: 1.0507009873554805 * 1.6732632423543772},
    "celu": lambda alpha=1.0: {0.0: 1.0},
    "hard_shrink": lambda threshold=0.5: {0.0: 0.0, threshold: 0.0, -threshold: 0.0},
    "soft_shrink": lambda threshold=0.5: {0.0: 0.0, threshold: 0.0, -threshold: 0.0},
    "hard_sigmoid": lambda: {-3.0: 0.0, 3.0: 0.0},
    "hard_silu": lambda: {-3.0: 0.0, 3.0: 1.0},
    "hard_tanh": lambda: {-1.0: 1.0, 1.0: 1.0},
    "sparse_sigmoid": lambda: {-1.0: 0.25, 1.0: 0.25},
    "sparse_plus": lambda: {-1.0: 0.0, 1.0: 1.0},
}
#: How far an activation that grows beyond all numbers is looked at.
LARGEST = {"exponential": 20.0}

EVERY = every(activations.CLASSES)


def is_of_rows(cls: type[ActivationFunction]) -> bool:
    return kinds_of(cls.formulas[0])[0] == "Row"


def forward(part: ActivationFunction, z: np.ndarray) -> np.ndarray:
    a = z.copy()
    part.forward(a)
    return a


def backward(part: ActivationFunction, z: np.ndarray, da: np.ndarray) -> np.ndarray:
    a, dz = forward(part, z), da.copy()
    part.backward(*((z, a, dz) if part.takes_sums else (a, dz)))
    return dz


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), [e for e in EVERY if e[0].name in DEFINITIONS], ids=describe)
def test_an_activation_is_its_definition_everywhere(cls, options, dtype):
    z = np.concatenate([CORNERS, ENDS, np.linspace(-40, 40, 999)]).astype(dtype)
    wide = z.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        exact = DEFINITIONS[cls.name](wide if not is_of_rows(cls) else wide[:, None], **options).reshape(-1)
    z, exact = z[~np.isnan(exact)], exact[~np.isnan(exact)]  # z·share of 1 is -∞·0 at -∞, in Keras as well
    got = forward(cls(**options), z[:, None])[:, 0]
    finite = np.isfinite(exact)
    np.testing.assert_array_equal(got[~finite], exact[~finite])
    z, got, exact = z[finite].astype(np.float64), got[finite], exact[finite]
    size = np.maximum(np.abs(exact), np.abs(z) if cls.name in DIGITS_OF_Z else 0)
    eps, tiny = 8 * np.finfo(dtype).eps, 2 * np.finfo(dtype).tiny
    wrong = np.abs(got - exact) > eps * size + tiny * np.maximum(1, np.abs(z))
    assert not wrong.any(), f"wrong at {z[wrong][:5]}"


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_is_its_definition_and_shifts_do_not_matter(dtype):
    z = np.random.default_rng(0).uniform(-9, 9, (50, 7)).astype(dtype)
    close(forward(activations.softmax, z), softmax_(z.astype(np.float64), axis=1), 16)
    far = forward(activations.softmax, np.array([[1000.0, 1001.0, -1e4]], dtype))
    close(far, np.array([[expit(-1.0), expit(1.0), 0.0]]))
    assert forward(activations.softmax, np.array([[3.5]], dtype)) == 1.0
    for place in range(3):  # wherever the largest is, nothing overflows
        p = np.roll([[1.0, 0.0, 0.0]], place)
        np.testing.assert_array_equal(forward(activations.softmax, (5000 * p).astype(dtype)), p)


@pytest.mark.parametrize("dtype", DTYPES)
def test_log_softmax_is_the_logarithm_of_softmax_and_nothing_overflows(dtype):
    z = np.random.default_rng(0).uniform(-9, 9, (50, 7)).astype(dtype)
    room = 16 * np.finfo(dtype).eps
    np.testing.assert_allclose(forward(activations.log_softmax, z), log_softmax_(z, axis=1), rtol=room, atol=room)
    far = forward(activations.log_softmax, np.array([[1000.0, 1001.0, -1e4]], dtype))
    np.testing.assert_allclose(far, [[np.log(expit(-1.0)), np.log(expit(1.0)), -11001.3133]], rtol=1e-6)
    assert forward(activations.log_softmax, np.array([[3.5]], dtype)) == 0.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 2, 3, 7, 8, 10, 16, 17, 33, 46])
def test_softmax_is_the_formula_of_each_row_whatever_its_length(columns, dtype):
    """Rows of any length, among them those shorter than a vector, are computed together: by the same formula."""
    z = np.random.default_rng(columns).uniform(-9, 9, (5, columns)).astype(dtype)
    z[3] -= 1e4
    a = forward(activations.softmax, z)
    for row, got in zip(z, a, strict=True):
        expected = row.copy()
        activations.softmax.formulas[0](expected)
        close(got, expected, 4)


@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_nan_stays_nan_through_an_activation(cls, options):
    for place in range(3):
        z = np.array([[1.0, -2.0, 0.5]])
        z[0, place] = np.nan
        np.testing.assert_array_equal(np.isnan(forward(cls(**options), z)), np.isnan(z) | is_of_rows(cls))


@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_an_activation_backward_is_the_derivative(cls, options):
    part, rng = cls(**options), np.random.default_rng(0)
    z, da = rng.standard_normal((6, 4)), rng.standard_normal((6, 4))
    functions = [lambda z: forward(part, z)]
    if cls.name in DEFINITIONS:
        functions.append(lambda z: DEFINITIONS[cls.name](z, **options))
    for function in functions:
        slopes = row_slopes(lambda z, of=function: (da * of(z)).sum(axis=1), z)
        np.testing.assert_allclose(backward(part, z, da), slopes, atol=1e-8)
    narrow = backward(part, z.astype("float32"), da.astype("float32"))
    np.testing.assert_allclose(narrow, backward(part, z, da), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_far_from_0_the_slope_is_right_as_well(cls, options, dtype):
    part, z = cls(**options), np.array([[20.0, -20.0, 1e4], [-1e4, 300.0, -300.0]])
    z = np.minimum(z, LARGEST.get(cls.name, np.inf))
    da = np.array([[1.0, 2.0, -1.0], [0.5, 1.0, 3.0]])
    slopes = row_slopes(lambda z: (da * forward(part, z)).sum(axis=1), z, h=1e-3)
    np.testing.assert_allclose(backward(part, z.astype(dtype), da.astype(dtype)), slopes, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("cls", "options"), [e for e in EVERY if e[0].name in AT_THE_KINK], ids=describe)
def test_the_slope_at_a_kink_is_that_of_keras(cls, options):
    for place, slope in AT_THE_KINK[cls.name](**options).items():
        for z in (place, -place) if not place else (place,):
            assert backward(cls(**options), np.array([[z]]), np.ones((1, 1))) == pytest.approx(slope, rel=1e-15)


def test_relu_has_no_slope_at_zero():
    da = np.ones((3, 1))
    activations.relu.backward(np.array([[0.0], [1e-30], [2.0]]), da)
    assert da.reshape(-1).tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_relu_of_both_zeros_is_the_plain_zero(dtype):
    assert not np.signbit(forward(activations.relu, np.array([[0.0, -0.0] * 20], dtype))).any()


@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_a_call_leaves_its_argument_as_it_was_and_takes_any_number_of_axes(cls, options):
    part, z = cls(**options), np.random.default_rng(0).standard_normal((2, 3, 4))
    kept = z.copy()
    np.testing.assert_array_equal(part(z).reshape(6, 4), forward(part, z.reshape(6, 4)))
    np.testing.assert_array_equal(z, kept)


def test_every_option_is_a_number_of_the_formulas():
    """An option that no formula takes would be tried in vain."""
    for cls, options in EVERY:
        part: Any = cls(**options)
        numbers = dict(zip(arguments_of(cls.formulas[0])[1:], part.numbers.tolist(), strict=True))
        assert options.items() <= numbers.items()


def test_the_corners_of_a_relu_with_arguments_are_flat():
    dz = activations.ReLU6(max_value=3.0, negative_slope=0.25, threshold=1.0)
    slope = np.ones(3)
    dz.backward(*dz.backward_arguments(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0, 3.0]), slope))
    np.testing.assert_array_equal(slope, [0.0, 1.0, 0.0])


def test_below_its_threshold_relu6_is_0_however_far():
    for z in (-np.inf, -1.0, 2.0):
        assert relu6(z, 6.0, 0.0, 2.0) == 0.0
        assert not np.signbit(relu6(z, 6.0, 0.0, 2.0))
