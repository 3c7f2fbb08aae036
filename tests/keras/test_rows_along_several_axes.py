"""LayerNormalization and UnitNormalization along the last axes together: every step as in Keras, and files."""

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
}
KINDS = ["LayerNormalization", "UnitNormalization"]
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


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_as_in_keras_where_it_comes_last(kind):
    assert_parity(lambda k: network(k, kind, [2, 3], last=True), X, X[..., ::-1].copy(), batch_size=5, epochs=2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["npz", "keras", "h5"])
def test_it_comes_back_from_files(kind, ending, tmp_path):
    pytest.importorskip("h5py")
    model = network(tinynet, kind, [2, 3])
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"model.{ending}")
    again = tinynet.models.load_model(tmp_path / f"model.{ending}")
    assert again.layers[1].axis == [2, 3]
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize("kind", KINDS)
def test_keras_reads_the_file(kind, tmp_path):
    pytest.importorskip("h5py")
    model = network(tinynet, kind, [2, 3])
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
        ([-1, -1], ValueError, "along the last axis, or along the last ones"),
        ([1, 3], ValueError, "along the last axis, or along the last ones"),
        (1, ValueError, "along the last axis, or along the last ones"),
        ([3, 4], ValueError, "along the last axis, or along the last ones"),
        ([0, 1, 2, 3], ValueError, "along the last axis, or along the last ones"),
    ],
)
def test_other_axes_are_refused(kind, axis, error, words):
    with pytest.raises(error, match=words):
        made(tinynet, kind, axis)(np.ones((2, *SHAPE)))
