"""Layers that normalize along several axes, or along others than the last ones: every step as in Keras, and files."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import assert_parity, keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2

SHAPE = (2, 3, 4)
AXES = {
    "one, in a list": [-1],
    "two": [-2, -1],
    "two, the last first": (-1, -2),
    "two, from the front": [2, 3],
    "all": (1, 2, 3),
    "the first": 1,
    "the first, in a list": [1],
    "the first two": (2, 1),
    "the outer ones": [1, 3],
}
KINDS = ["LayerNormalization", "UnitNormalization"]
ALL_KINDS = [*KINDS, "BatchNormalization"]
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, *SHAPE)) * 2 + 1, RNG.normal(size=(12, 2))


def made(k, kind, axis, **options):
    own = {"epsilon": 0.1, "gamma_regularizer": "l2"} if kind == "LayerNormalization" else {}
    return getattr(k.layers, kind)(axis=axis, **own, **options)


def network(k, kind, axis, last=False):
    above = [] if last else [k.layers.Activation("softmax"), k.layers.Dense(4), k.layers.Flatten(), k.layers.Dense(2)]
    model = k.Sequential([k.Input(SHAPE), k.layers.Dense(4), made(k, kind, axis), *above])
    model.compile(k.optimizers.SGD(0.1), k.losses.MeanSquaredError())
    return model


@pytest.mark.parametrize("axis", AXES.values(), ids=AXES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_as_in_keras(kind, axis):
    assert_parity(lambda k: network(k, kind, axis), X, Y, batch_size=5, epochs=2)


@pytest.mark.parametrize("axis", [1, -2])
def test_every_step_of_batch_normalization_along_any_axis_is_as_in_keras(axis):
    assert_parity(lambda k: network(k, "BatchNormalization", axis), X, Y, batch_size=5, epochs=2)


@pytest.mark.parametrize("axis", [[2, 3], [1, 3]])
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_as_in_keras_where_it_comes_last(kind, axis):
    assert_parity(lambda k: network(k, kind, axis, last=True), X, X[..., ::-1].copy(), batch_size=5, epochs=2)


def test_a_layer_along_another_axis_is_changed_and_frozen_as_any_other():
    layer = made(tinynet, "BatchNormalization", 1, momentum=0.0)
    layer(X, training=True)
    layer.momentum, layer.epsilon, layer.gamma = 1.0, 0.5, np.array([2.0, 3.0])
    before = layer.moving_mean.copy()
    found = layer(3 * X, training=True)
    np.testing.assert_array_equal(layer.moving_mean, before)
    moved = made(tinynet, "BatchNormalization", -1, epsilon=0.5)
    moved.build((None, 3, 4, 2))
    moved.gamma = layer.gamma
    np.testing.assert_allclose(np.moveaxis(found, 1, -1), moved(np.moveaxis(3 * X, 1, -1), training=True), 1e-5, 1e-5)
    layer.trainable = False
    np.testing.assert_array_equal(layer(X, training=True), layer(X))


def test_the_plan_says_why_a_layer_along_another_axis_is_in_the_layer_loop(tmp_path):
    model = network(tinynet, "BatchNormalization", 1)
    assert "(BatchNormalization) normalizes along another axis than the last: 1" in str(model.explain_plan())
    model.fit(X, Y, verbose=0)
    model.trace(X, Y)
    assert model.gradient_check(X, Y).ok
    with pytest.raises(ValueError, match="its form in ONNX is for the last axes"):
        model.export(tmp_path / "model.onnx")


@pytest.mark.parametrize("kind", ALL_KINDS)
@pytest.mark.parametrize("ending", ["npz", "keras", "h5"])
def test_it_comes_back_from_files(kind, ending, tmp_path):
    pytest.importorskip("h5py")
    axis = [2, 3] if kind in KINDS else 1
    model = network(tinynet, kind, axis)
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"model.{ending}")
    again = tinynet.models.load_model(tmp_path / f"model.{ending}")
    assert again.layers[1].axis == axis
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_keras_reads_the_file(kind, tmp_path):
    pytest.importorskip("h5py")
    model = network(tinynet, kind, [1, 3] if kind in KINDS else 2)
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    theirs = keras().models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(theirs.predict(X, verbose=0), model.predict(X, verbose=0), 1e-5, 1e-5)
    theirs.save(tmp_path / "theirs.keras")  # where Keras has made a list of the axes
    again = tinynet.models.load_model(tmp_path / "theirs.keras")
    np.testing.assert_allclose(again.predict(X, verbose=0), model.predict(X, verbose=0), 1e-5, 1e-5)


@pytest.mark.parametrize("options", [{}, {"center": False}, {"scale": False}, {"rms_scaling": True}])
@pytest.mark.filterwarnings(
    "ignore:`rms_scaling=True` divides:UserWarning", "ignore:You passed `rms_scaling:UserWarning"
)
def test_rows_of_several_axes_go_to_onnx_and_back(options, tmp_path):
    pytest.importorskip("onnx")
    for kind, own in (("LayerNormalization", options), ("UnitNormalization", {})):
        layer = getattr(tinynet.layers, kind)(axis=[-2, -1], **own)
        model = tinynet.Sequential([tinynet.Input((3, 4)), layer, tinynet.layers.Dense(2)])
        model.set_weights([RNG.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
        model.export(tmp_path / "model.onnx")
        again = tinynet.models.load_model(tmp_path / "model.onnx")
        assert again.layers[0].axis == [-2, -1]
        x = np.concatenate([X[:, 0], np.zeros((1, 3, 4))]).astype("float32")
        np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), 1e-5, 1e-6)


def test_rows_may_be_any_number_but_not_of_another_shape():
    layer = tinynet.layers.LayerNormalization(axis=[-2, -1])
    layer.build((None, 3, 4))
    np.testing.assert_allclose(layer(np.ones((5, 7, 3, 4)) * 2), np.zeros((5, 7, 3, 4)), atol=1e-6)
    with pytest.raises(ValueError, match=r"expected input of shape \(None, 3, 4\). Received: \(None, 4, 4\)"):
        layer(np.ones((5, 4, 4)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("axis", "error", "words"),
    [
        ({"axis": -1}, TypeError, "xpected an int or a list/tuple of ints"),
        ([], TypeError, "xpected an int or a list/tuple of ints"),
        ([-1, 0.5], TypeError, "xpected an int or a list/tuple of ints"),
        (None, TypeError, "xpected an int or a list/tuple of ints"),
        ([-1, -1], ValueError, "`axis` must name axes of a sample, each once"),
        ([1, -3], ValueError, "`axis` must name axes of a sample, each once"),
        ([3, 4], ValueError, "`axis` must name axes of a sample, each once"),
        (-4, ValueError, "`axis` must name axes of a sample, each once"),
        ([0, 1, 2, 3], ValueError, "`axis` must name axes of a sample, each once"),
    ],
)
def test_other_axes_are_refused(kind, axis, error, words):
    with pytest.raises(error, match=words):
        made(tinynet, kind, axis)(np.ones((2, *SHAPE)))


@pytest.mark.parametrize("kind", ["LayerNormalization", "BatchNormalization"])
def test_a_shape_that_is_none_is_refused(kind):
    with pytest.raises(TypeError, match=r"expected the input's shape as a tuple\. Received: 0\.5"):
        made(tinynet, kind, -1).compute_output_shape(0.5)


def test_batch_normalization_has_one_axis():
    with pytest.raises(ValueError, match="`axis` must be one axis"):
        made(tinynet, "BatchNormalization", [1, 2])
    layer = made(tinynet, "BatchNormalization", 0)
    with pytest.raises(ValueError, match="`axis` must name axes of a sample"):
        layer(np.ones((2, 3)))
    assert not layer.built
