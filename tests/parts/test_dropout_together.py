"""Dropout with a `noise_shape`: numbers along an axis are left out together, the same ones in both loops."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights
from tests.support.parity import keras, precision
from tinynet.layers import Dense, Dropout, Flatten, GlobalAveragePooling1D, Input, SpatialDropout1D

X = np.ones((20, 5, 10), "float32")


@pytest.mark.parametrize(
    ("noise_shape", "shared"),
    [
        ((None, 1, None), (False, True, False)),
        ([20, 1, 10], (False, True, False)),
        ((1, None, None), (True, False, False)),
        ((None, None, 1), (False, False, True)),
        ((1, 1, None), (True, True, False)),
        ((None, 5, 10), (False, False, False)),
    ],
    ids=str,
)
def test_numbers_along_an_axis_of_1_are_left_out_together(noise_shape, shared):
    layer = Dropout(0.5, noise_shape=noise_shape, seed=3)
    for result in (layer(X, training=True), np.asarray(keras().layers.Dropout(0.5, noise_shape, 3)(X, training=True))):
        assert tuple(bool((np.ptp(result, axis=axis) == 0).all()) for axis in range(3)) == shared
        assert set(np.unique(result)) == {0.0, 2.0}
    assert layer.noise_shape == tuple(noise_shape)
    assert Dropout.from_config(layer.get_config()).noise_shape == tuple(noise_shape)
    np.testing.assert_array_equal(layer(X), X)


def test_with_each_by_itself_the_shape_changes_nothing():
    plain, shaped = Dropout(0.5, seed=3), Dropout(0.5, noise_shape=(None, None, None), seed=3)
    np.testing.assert_array_equal(plain(X, training=True), shaped(X, training=True))


@pytest.mark.parametrize("noise_shape", [(None, 1, None), (1, None, None), (None, None, 1)])
def test_both_loops_leave_out_the_same_and_the_gradient_is_right(noise_shape):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 3, 4)), rng.normal(size=(30, 1))
    with precision("float64"):
        models = []
        for compiled in (True, False):
            tinynet.set_random_seed(1)
            parts = [Input((3, 4)), Dense(5, "tanh"), Dropout(0.4, noise_shape, seed=2), Flatten(), Dense(1)]
            model = tinynet.Sequential(parts)
            model.compile("sgd", "mse", compiled=compiled)
            model.fit(x, y, epochs=3, batch_size=8, verbose=0)
            models.append(model)
        assert_same_weights(*models, exactly=False, tolerance=1e-12)
        assert models[0].gradient_check(x, y).ok


@pytest.mark.parametrize(
    ("noise_shape", "message"),
    [
        ("Invalid", "Expected a tuple or list of integers."),
        ((20, 1.5, 10), "Expected all elements to be integers or None."),
        ((20, True, 10), "Expected all elements to be integers or None."),
        ((20, -1, 10), "Expected all dimensions to be positive integers or None."),
        ((20, 0, 10), "Expected all dimensions to be positive integers or None."),
    ],
    ids=str,
)
def test_what_is_no_shape_is_refused_in_keras_words(noise_shape, message):
    with pytest.raises(ValueError, match=f"Invalid value received for argument `noise_shape`. {message}"):
        Dropout(0.5, noise_shape=noise_shape)


def test_a_shape_that_does_not_fit_the_input_is_refused():
    for noise_shape in ((None, 1), (None, 2, None), (None, 1, None, None)):
        layer = Dropout(0.5, noise_shape)
        with pytest.raises(ValueError, match=r"must have an entry for each axis.*noise_shape="):
            layer(X, training=True)
        assert not layer.built
    layer = Dropout(0.5, (None, 1, None))
    layer.build(X.shape)
    with pytest.raises(ValueError, match="`noise_shape` cannot be changed once the layer is built"):
        layer.noise_shape = None
    with pytest.raises(ValueError, match=r"expected|shape"):
        layer(X[:, :3], training=True)


def test_whole_features_are_left_out_as_dropout_with_that_shape_does(tmp_path):
    layer, dropout = SpatialDropout1D(0.5, seed=3), Dropout(0.5, (None, 1, None), seed=3)
    np.testing.assert_array_equal(layer(X, training=True), dropout(X, training=True))
    theirs = np.asarray(keras().layers.SpatialDropout1D(0.5, seed=3)(X, training=True))
    assert (np.ptp(theirs, axis=1) == 0).all()
    assert {**keras().layers.SpatialDropout1D(0.5, seed=3, name="a").get_config(), "dtype": None} == SpatialDropout1D(
        0.5, seed=3, name="a"
    ).get_config()
    model = tinynet.Sequential([Input((5, 10)), SpatialDropout1D(0.4), GlobalAveragePooling1D(), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, 0, :1], verbose=0)
    assert "compiled" in str(model.explain_plan()).splitlines()[0]
    model.gradient_check(X[:3], X[:3, 0, :1]).require()
    model.save(tmp_path / "m.keras")
    again = keras().models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again.predict_on_batch(X), model.predict(X, verbose=0), atol=1e-6)
    with pytest.raises(ValueError, match=r"expected samples of steps and features.*For vectors use Dropout"):
        SpatialDropout1D(0.5)(X[:, 0])
