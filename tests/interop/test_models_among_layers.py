"""Models among the layers of a model, in files of every form, and from Keras to tinynet and back."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

pytest.importorskip("h5py")
X = np.random.default_rng(2).normal(size=(16, 4)).astype("float32")
ENDINGS = ("keras", "h5", "npz")


def autoencoder(k, frozen=False):
    """Return a model of two models whose layers are called alike."""
    encoder = k.Sequential(
        [k.Input((4,)), k.layers.Dense(4, "tanh", name="dense"), k.layers.Dense(2, name="code")], name="encoder"
    )
    code = k.Input((2,), name="code")
    hidden = k.layers.BatchNormalization(name="bn")(k.layers.Dense(4, name="dense")(code))
    decoder = k.Model(code, k.layers.Dense(4, name="out")(hidden), name="decoder")
    encoder.trainable = not frozen
    inputs = k.Input((4,), name="in")
    after = k.layers.Dense(4, name="dense")(inputs)
    model = k.Model(inputs, decoder(encoder(after)), name="auto")
    model.compile(k.optimizers.Adam(0.01), "mse")
    return model


def trained(k, **options):
    model = autoencoder(k, **options)
    rng = np.random.default_rng(7)
    model.set_weights([rng.random(w.shape) / 2 for w in model.get_weights()])
    model.fit(X, X, batch_size=8, epochs=2, verbose=0, shuffle=False)
    return model


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_saved_model_goes_on_as_if_it_had_never_stopped(ending, frozen, tmp_path):
    model = trained(tinynet, frozen=frozen)
    model.save(tmp_path / f"model.{ending}")
    twin = tinynet.models.load_model(tmp_path / f"model.{ending}")
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    for one in (model, twin):
        one.fit(X, X, batch_size=8, epochs=1, verbose=0)
    for ours, theirs in zip(twin.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("ending", [*ENDINGS, "weights.h5"])
def test_weights_alone_are_saved_and_loaded(ending, tmp_path):
    model, twin = trained(tinynet), autoencoder(tinynet)
    if ending in ("keras", "h5"):
        model.save(tmp_path / f"model.{ending}")
    else:
        model.save_weights(tmp_path / f"model.{ending}")
    twin.load_weights(tmp_path / f"model.{ending}")
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.filterwarnings("ignore:__array__ implementation")
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_keras_and_tinynet_read_what_the_other_has_written(ending, tmp_path):
    path = tmp_path / f"model.{ending}"
    ours = trained(tinynet)
    ours.save(path)
    theirs = keras().models.load_model(path, compile=ending == "keras")  # of an older file it does not know "mse"
    np.testing.assert_allclose(theirs.predict(X, verbose=0), ours.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
    theirs.save(path)
    again = tinynet.models.load_model(path)
    np.testing.assert_allclose(again.predict(X, verbose=0), ours.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_file_of_another_model_is_refused(tmp_path):
    trained(tinynet).save_weights(tmp_path / "model.weights.h5")
    other = tinynet.Sequential([tinynet.Input((4,)), tinynet.layers.Dense(4), tinynet.layers.Dense(4)])
    with pytest.raises(ValueError, match="weights"):
        other.load_weights(tmp_path / "model.weights.h5")
