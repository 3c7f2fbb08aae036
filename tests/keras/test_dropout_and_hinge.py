"""Parts that are random or take labels of two kinds, compared with Keras: dropout by its own masks, hinge, huber."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.cases import BATCH, PLAIN, samples
from tests.support.parity import assert_parity, keras, precision
from tinynet.formulas import random

RATE, SEEDS = 0.3, (4, 9)


def mask(seed: int, step: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return what dropout multiplies by in a step."""
    with np.errstate(over="ignore"):
        drawn = [random(seed, step, place) for place in range(int(np.prod(shape)))]
    return (np.reshape(drawn, shape) >= RATE) / (1 - RATE)


def dropout(k: Any, seed: int) -> Any:
    """Return tinynet's layer, or one of Keras's that leaves out the same numbers in the same steps."""
    if k is tinynet:
        return tinynet.layers.Dropout(RATE, seed=seed)

    class SameMask(k.layers.Layer):  # type: ignore[misc, name-defined]
        step = 0

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            self.step += 1
            return x * mask(seed, self.step - 1, x.shape)

    return SameMask()


@pytest.mark.parametrize("shape", [(5,), (2, 3)], ids=str)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_dropout_trains_as_in_keras_with_the_same_numbers_left_out(shape, optimizer):
    def build(k: Any) -> Any:
        first, second = (dropout(k, seed) for seed in SEEDS)
        dense = k.layers.Dense
        model = k.Sequential([first, dense(6, activation="tanh"), second, dense(4, activation="relu"), dense(3)])
        model.compile(getattr(k.optimizers, optimizer)(0.01), "mse", metrics=["mae"])
        return model

    y = PLAIN.targets((21, *shape[:-1]), np.random.default_rng(1))
    runs = assert_parity(build, samples(shape=shape), y, batch_size=BATCH, epochs=3, how="eager")
    assert len(runs["keras"]) == 9 + 5, "the masks of nine steps"


def test_as_many_numbers_are_left_out_as_by_keras():
    x = np.ones((200, 100))
    with precision("float32"):
        theirs = np.asarray(keras().layers.Dropout(RATE)(x, training=True))
    ours = tinynet.layers.Dropout(RATE)(x, training=True)
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-6)
    assert (ours == 0).mean() == pytest.approx((theirs == 0).mean(), abs=0.015)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)


def slope(loss: Any, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    import jax

    return np.asarray(jax.grad(lambda p: loss(y, p))(p)) * len(p)


@pytest.mark.parametrize("labels", [(-1.0, 1.0), (0.0, 1.0)], ids=str)
def test_the_hinge_takes_either_labels_and_its_corner_is_keras_own(labels):
    y = np.array(labels * 4)[:, None]
    p = np.array([-1.0, 1.0, 1.0, -1.0, 0.5, 0.5, -2.0, 3.0])[:, None]
    with precision("float64"):
        theirs, ours = keras().losses.Hinge(), tinynet.losses.Hinge()
        assert ours(y, p) == pytest.approx(float(theirs(y, p)), rel=1e-15)
        np.testing.assert_allclose(ours.backward(y, p), slope(theirs, y, p), rtol=1e-14)


@pytest.mark.parametrize("delta", [0.5, 1.0, 2.0])
def test_the_huber_loss_at_and_beyond_delta_is_keras_own(delta):
    y, p = np.zeros((7, 1)), np.array([0.1, delta, -delta, 2 * delta, -3 * delta, 0.0, 1e4])[:, None]
    with precision("float64"):
        theirs, ours = keras().losses.Huber(delta), tinynet.losses.Huber(delta)
        assert ours(y, p) == pytest.approx(float(theirs(y, p)), rel=1e-15)
        np.testing.assert_allclose(ours.backward(y, p), slope(theirs, y, p), rtol=1e-14)
