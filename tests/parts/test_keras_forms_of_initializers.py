"""Initializers in Keras's forms: arrays, None, scales, orthogonal matrices, configurations; Keras is the judge."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet import initializers
from tinynet.initializers import Constant, Identity, Orthogonal, VarianceScaling
from tinynet.layers import Dense

W = np.arange(6.0).reshape(3, 2)
SCALED = ("Glorot", "He", "Lecun")


@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("distribution", ["uniform", "truncated_normal", "untruncated_normal", "normal"])
def test_variance_scaling_has_keras_variance(mode, distribution):
    options = {"scale": 2.5, "mode": mode, "distribution": distribution}
    ours, theirs = VarianceScaling(**options, seed=1), keras().initializers.VarianceScaling(**options, seed=1)
    assert ours((400, 200)).std() == pytest.approx(float(np.std(theirs((400, 200)))), rel=0.02)
    for name in options:
        assert ours.get_config()[name] == theirs.get_config()[name]


@pytest.mark.parametrize(
    "name", ["GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"]
)
def test_axes_say_what_inputs_and_outputs_are(name):
    axes = {"input_axes": [0], "output_axes": [1, 2]}
    ours, theirs = (getattr(k.initializers, name)(seed=1, **axes) for k in (tinynet, keras()))
    assert ours((100, 20, 30)).std() == pytest.approx(float(np.std(theirs((100, 20, 30)))), rel=0.02)
    assert ours.get_config() == theirs.get_config()
    again = initializers.deserialize(initializers.serialize(ours))
    np.testing.assert_array_equal(again((10, 2, 3)), ours((10, 2, 3)))
    assert "input_axes" not in getattr(initializers, name)().get_config()
    with pytest.raises(ValueError, match="no axis 2"):
        ours((4, 4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": -1.0}, "Argument `scale` must be positive float."),
        ({"scale": 0}, "Argument `scale` must be positive float."),
        ({"scale": math.nan}, "`scale` must be"),
        ({"mode": "invalid"}, "Invalid `mode` argument:"),
        ({"distribution": "invalid"}, "Invalid `distribution` argument:"),
    ],
)
def test_a_scale_that_is_none_is_refused_in_keras_words(options, message):
    with pytest.raises(ValueError, match=message):
        VarianceScaling(**options)


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (2, 3, 4)])
def test_orthogonal_matrices_keep_lengths(shape):
    w = Orthogonal(gain=2.0, seed=4)(shape, "float64").reshape(-1, shape[-1])
    products = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(products, 4 * np.eye(len(products)), atol=1e-12)


def test_of_square_orthogonal_matrices_half_are_reflections_and_entries_have_no_preferred_sign():
    drawn = [Orthogonal(seed=seed)((3, 3), "float64") for seed in range(200)]
    assert 70 < sum(np.linalg.det(w) > 0 for w in drawn) < 130
    assert 70 < sum(w[0, 0] > 0 for w in drawn) < 130


@pytest.mark.parametrize("initializer", [Orthogonal(), Identity()])
def test_a_matrix_for_a_bias_is_refused(initializer):
    with pytest.raises(ValueError, match=r"Received: shape=\(3,\) of rank 1"):
        initializer((3,))


def test_the_identity_is_keras_own():
    for shape in ((3, 3), (2, 4)):
        expected = np.asarray(keras().initializers.Identity(gain=2.0)(shape))
        np.testing.assert_array_equal(Identity(gain=2.0)(shape), expected)


@pytest.mark.parametrize("given", [W, W.astype("float32"), W.astype(int)], ids=lambda w: w.dtype.name)
def test_an_array_is_an_initializer(given):
    made = initializers.get(given)
    np.testing.assert_array_equal(made((3, 2)), W)
    with pytest.raises(ValueError, match="Expected `shape` to be"):
        made((10, 2))
    layer = Dense(2, kernel_initializer=given)
    layer.build((None, 3))
    np.testing.assert_array_equal(layer.kernel, W)
    config = json.loads(json.dumps(layer.get_config()))
    again = Dense.from_config(config)
    again.build((None, 3))
    np.testing.assert_array_equal(again.kernel, W)


def test_a_constant_may_be_an_array_and_nothing_else():
    made = Constant(W.tolist())
    np.testing.assert_array_equal(made((3, 2)), W)
    np.testing.assert_array_equal(Constant.from_config(json.loads(json.dumps(made.get_config())))((3, 2)), W)
    for wrong in ("a", None, [[1], [1, 2]]):
        with pytest.raises(TypeError, match="Constant: value must be"):
            Constant(wrong)


def test_none_is_no_initializer_and_a_layer_takes_the_usual_one():
    assert initializers.get(None) is None
    numbers = []
    for name in (None, "glorot_uniform"):
        tinynet.set_random_seed(3)
        layer = Dense(4, kernel_initializer=name)
        layer.build((None, 5))
        numbers.append(layer.kernel.copy())
    np.testing.assert_array_equal(*numbers)


@pytest.mark.parametrize("name", sorted(initializers.CLASSES))
def test_every_initializer_is_made_again_from_its_configuration(name):
    made = initializers.CLASSES[name]()
    assert initializers.deserialize(json.loads(json.dumps(initializers.serialize(made)))).get_config() == (
        made.get_config()
    )
    theirs = getattr(keras().initializers, name)
    assert theirs.from_config(made.get_config())((3, 3)).shape == (3, 3)
    assert type(initializers.get(name)) is type(made)


@pytest.mark.parametrize("seed", ["1", 1.5, -1, object()])
def test_a_seed_that_is_none_is_refused_when_it_is_given(seed):
    with pytest.raises((TypeError, ValueError), match="`seed` must be"):
        initializers.HeNormal(seed=seed)
