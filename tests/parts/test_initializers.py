"""Initializers: their moments and limits are those of their definition, and of Keras's own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet import initializers

SHAPE = (400, 300)
TRUNCATED = 0.87962566103423978  # deviation of a standard normal truncated at two deviations
GLOROT, HE = 2 / (SHAPE[0] + SHAPE[1]), 2 / SHAPE[0]

#: Class, options, mean, deviation, limits.
RANDOM: dict[str, tuple[dict[str, Any], float, float, tuple[float, float]]] = {
    "GlorotUniform": ({}, 0, math.sqrt(GLOROT), (-math.sqrt(3 * GLOROT), math.sqrt(3 * GLOROT))),
    "HeUniform": ({}, 0, math.sqrt(HE), (-math.sqrt(3 * HE), math.sqrt(3 * HE))),
    "GlorotNormal": ({}, 0, math.sqrt(GLOROT), (-2 * math.sqrt(GLOROT) / TRUNCATED, 2 * math.sqrt(GLOROT) / TRUNCATED)),
    "HeNormal": ({}, 0, math.sqrt(HE), (-2 * math.sqrt(HE) / TRUNCATED, 2 * math.sqrt(HE) / TRUNCATED)),
    "RandomUniform": ({"minval": -0.2, "maxval": 0.6}, 0.2, 0.8 / math.sqrt(12), (-0.2, 0.6)),
    "RandomNormal": ({"mean": 0.3, "stddev": 0.7}, 0.3, 0.7, (-math.inf, math.inf)),
    "LecunNormal": ({}, 0, math.sqrt(HE / 2), (-math.sqrt(2 * HE) / TRUNCATED, math.sqrt(2 * HE) / TRUNCATED)),
    "TruncatedNormal": ({"mean": 0.3, "stddev": 0.7}, 0.3, 0.7 * TRUNCATED, (-1.1, 1.7)),
    "VarianceScaling": (
        {"scale": 3.0, "mode": "fan_out", "distribution": "uniform"},
        0,
        math.sqrt(3 / SHAPE[1]),
        (-3 / math.sqrt(SHAPE[1]), 3 / math.sqrt(SHAPE[1])),
    ),
}


@pytest.mark.parametrize("name", RANDOM)
def test_moments_and_limits_are_those_of_the_definition(name):
    options, mean, deviation, (low, high) = RANDOM[name]
    w = getattr(initializers, name)(seed=1, **options)(SHAPE, "float64")
    assert w.shape == SHAPE
    assert abs(w.mean() - mean) < 4 * deviation / math.sqrt(w.size)
    assert w.std() == pytest.approx(deviation, rel=4 / math.sqrt(w.size))
    assert low <= w.min()
    assert w.max() <= high
    if high < math.inf:  # the limits are reached, too
        assert (w.min() - low) / (high - low) < 1e-3
        assert (high - w.max()) / (high - low) < 1e-3


@pytest.mark.parametrize("name", RANDOM)
def test_the_distribution_is_keras_own(name):
    from scipy.stats import ks_2samp

    options = RANDOM[name][0]
    theirs = np.asarray(getattr(keras().initializers, name)(seed=1, **options)(SHAPE), np.float64)
    ours = getattr(initializers, name)(seed=1, **options)(SHAPE, "float64")
    assert ks_2samp(ours.ravel(), theirs.ravel()).pvalue > 1e-3
    assert ours.std() == pytest.approx(theirs.std(), rel=0.01)
    if name != "RandomNormal":
        assert ours.max() == pytest.approx(theirs.max(), rel=0.002)
        assert ours.min() == pytest.approx(theirs.min(), rel=0.002)


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("shape", [(7,), (2000,), (3, 4, 500), ()], ids=str)
def test_shapes_other_than_matrices_are_scaled_as_in_keras(name, shape):
    options = RANDOM[name][0]
    theirs = np.asarray(getattr(keras().initializers, name)(seed=1, **options)(shape))
    ours = getattr(initializers, name)(seed=1, **options)(shape)
    assert ours.shape == theirs.shape
    if ours.size > 1000:
        assert ours.std() == pytest.approx(theirs.std(), rel=0.1)


@pytest.mark.parametrize("name", ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal"])
def test_small_and_lopsided_kernels_have_keras_limits(name):
    for shape in ((1, 1), (1, 900), (900, 1), (5, 2)):
        most = {}
        for k in (keras(), tinynet):
            cls = type(k.initializers.get(name))
            most[k] = max(float(np.abs(np.asarray(cls(seed=seed)(shape))).max()) for seed in range(40))
        limit = math.sqrt({"glorot": 6 / sum(shape), "he": 6 / shape[0]}[name.split("_")[0]])
        if name.endswith("normal"):
            limit *= 2 / TRUNCATED / math.sqrt(3)
        for value in most.values():
            assert 0.85 * limit < value <= limit * (1 + 1e-6)


@pytest.mark.parametrize(
    ("name", "options", "value"), [("Zeros", {}, 0.0), ("Ones", {}, 1.0), ("Constant", {"value": -2.5}, -2.5)]
)
def test_constants(name, options, value):
    for k in (keras(), tinynet):
        w = np.asarray(getattr(k.initializers, name)(**options)((3, 2)))
        np.testing.assert_array_equal(w, np.full((3, 2), value))
        assert w.dtype == np.float32


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_gives_the_same_numbers_and_none_gives_others(name):
    cls = getattr(initializers, name)
    np.testing.assert_array_equal(cls(seed=5)((4, 3)), cls(seed=5)((4, 3)))
    assert np.all(cls(seed=5)((4, 3)) != cls(seed=6)((4, 3)))
    unseeded = cls()
    first, second = unseeded((4, 3)), unseeded((4, 3))
    assert np.all(first != second)
    tinynet.set_random_seed(0)
    np.testing.assert_array_equal(cls()((4, 3)), first)


@pytest.mark.parametrize(
    ("other", "usual"),
    [("normal", "random_normal"), ("uniform", "random_uniform"), ("one", "ones"), ("zero", "zeros")],
)
def test_keras_other_names_mean_the_same(other, usual):
    assert type(initializers.get(other)) is type(initializers.get(usual))


def test_floatx_and_dtype_decide_the_type():
    tinynet.backend.set_floatx("float64")
    assert initializers.HeNormal()((2, 2)).dtype == np.float64
    assert initializers.HeNormal()((2, 2), "float32").dtype == np.float32


@pytest.mark.parametrize("name", RANDOM)
def test_a_layer_starts_from_its_initializer(name):
    cls = getattr(initializers, name)
    layer = tinynet.layers.Dense(4, kernel_initializer=cls(seed=3), bias_initializer=cls(seed=4))
    layer.ensure_built((None, 6))
    np.testing.assert_array_equal(layer.kernel, cls(seed=3)((6, 4)))
    np.testing.assert_array_equal(layer.bias, cls(seed=4)((4,)))
