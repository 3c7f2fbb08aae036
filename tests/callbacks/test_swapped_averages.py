"""`SwapEMAWeights`: what is evaluated and saved with averages of the weights, and what is trained on with."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras, precision
from tinynet.callbacks import ModelCheckpoint, SwapEMAWeights
from tinynet.kernels.machine.jit import COMPILED

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 3)), RNG.normal(size=(12, 2))


def model_of(k, weights=None, **options):
    model = k.Sequential([k.Input((3,)), k.layers.Dense(2)])
    model.compile(k.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5, **options), "mse")
    model.set_weights(weights or model.get_weights())
    return model


@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize("compiled", [True, False])
def test_epochs_are_as_in_keras(swap_on_epoch, compiled, tmp_path):
    if not COMPILED and compiled:
        pytest.skip("needs the compiler")
    with precision("float64"):
        start, found = [RNG.normal(size=(3, 2)), RNG.normal(size=2)], []
        for k in (tinynet, keras()):
            model = model_of(k, start)
            if k is tinynet:
                model.compile(model.optimizer, "mse", compiled=compiled)
            seen = []

            class Look(k.callbacks.Callback):
                def on_epoch_end(self, epoch, logs=None, seen=seen):
                    seen.append([np.array(w) for w in self.model.get_weights()])

            callbacks = [k.callbacks.SwapEMAWeights(swap_on_epoch), Look()]
            run = {"epochs": 3, "batch_size": 5, "shuffle": False, "verbose": 0, "validation_data": (X[:4], Y[:4])}
            history = model.fit(X, Y, callbacks=callbacks, **run)
            found.append([*history.history.values(), *(w for each in seen for w in each), *model.get_weights()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, 1e-6)


def test_a_checkpoint_behind_it_saves_the_averages(tmp_path):
    model = model_of(tinynet)
    checkpoint = ModelCheckpoint(tmp_path / "model.weights.h5", save_weights_only=True)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[SwapEMAWeights(swap_on_epoch=True), checkpoint])
    ended = model.get_weights()
    model.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(model.get_weights()[0], ended[0])


def test_evaluate_and_predict_leave_the_weights_as_they_were():
    model = model_of(tinynet)
    model.train_on_batch(X, Y)
    model.train_on_batch(X, Y)
    weights = model.get_weights()
    averages = [average.numpy() for average in model.optimizer._model_variables_moving_average]
    other = model_of(tinynet, averages)
    swapped = SwapEMAWeights()
    assert model.evaluate(X, Y, verbose=0, callbacks=[swapped]) == other.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(model.predict(X, verbose=0, callbacks=[swapped]), other.predict(X, verbose=0))
    for now, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)


def test_an_optimizer_without_averages_is_refused():
    model = tinynet.Sequential([tinynet.layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="must be used when `use_ema=True`"):
        model.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[SwapEMAWeights()])
    with pytest.raises((TypeError, ValueError), match="`swap_on_epoch` must be True or False"):
        SwapEMAWeights("x")
