"""Normalizing layers and the like: every step as in Keras, moving averages included, and files in both directions."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.parity import assert_parity, keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2

CASES = {
    "vectors": ((5,), {}),
    "steps": ((3, 4), {}),
    "an axis by its number": ((5,), {"axis": 1}),
    "numbers of its own": ((5,), {"momentum": 0.6, "epsilon": 0.1}),
    "no center": ((5,), {"center": False}),
    "no scale": ((5,), {"scale": False}),
    "neither": ((5,), {"center": False, "scale": False}),
    "frozen": ((5,), {"trainable": False}),
    "renorm": ((5,), {"renorm": True, "renorm_momentum": 0.7, "momentum": 0.6}),
    "renorm of steps, without a scale": ((3, 4), {"renorm": True, "renorm_momentum": 0.5, "scale": False}),
    "renorm between limits": (
        (5,),
        {"renorm": True, "renorm_momentum": 0.6, "renorm_clipping": {"rmin": 0.9, "rmax": 1.1, "dmax": 0.1}},
    ),
    "renorm, frozen": ((5,), {"renorm": True, "trainable": False}),
    "a penalty": ((5,), {"gamma_regularizer": "l2", "beta_regularizer": "l1"}),
}


def network(k, options, first=False, optimizer="SGD"):
    made = [k.layers.BatchNormalization(**options)]
    below = [] if first else [k.layers.Dense(6, use_bias=False)]
    layers = [*below, *made, k.layers.Activation("tanh"), k.layers.Flatten(), k.layers.Dense(3)]
    model = k.Sequential(layers)
    model.compile(getattr(k.optimizers, optimizer)(0.05), k.losses.MeanSquaredError())
    return model


@pytest.mark.parametrize("first", [False, True], ids=["above a Dense", "first"])
@pytest.mark.parametrize("name", CASES)
def test_every_step_is_as_in_keras(name, first):
    shape, options = CASES[name]
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(21, *shape)) + 1.0, rng.normal(size=(21, 3))
    weights = rng.uniform(0.5, 2.0, 21)
    assert_parity(lambda k: network(k, options, first), x, y, batch_size=8, epochs=2, sample_weight=weights)


def test_fifty_steps_with_adam_are_as_in_keras():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 5)), rng.normal(size=(40, 3))
    assert_parity(lambda k: network(k, {}, optimizer="Adam"), x, y, batch_size=8, epochs=10, conditioned=True)


def simple(k):
    layers = [k.layers.Rescaling(0.5, offset=-0.25), k.layers.Dense(6), k.layers.LeakyReLU(), k.layers.Dense(6)]
    model = k.Sequential([*layers, k.layers.ELU(0.75), k.layers.Rescaling(-1.5), k.layers.Dense(3)])
    model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
    return model


def test_layers_without_weights_are_as_in_keras():
    rng = np.random.default_rng(1)
    assert_parity(simple, rng.normal(size=(21, 5)), rng.normal(size=(21, 3)), batch_size=8, epochs=2)


@pytest.mark.parametrize(
    "build",
    [lambda k: network(k, {"momentum": 0.5}), lambda k: network(k, {"renorm": True}), simple],
    ids=["batch", "renorm", "simple"],
)
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_file_goes_both_ways(ending, build, tmp_path):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20, 5)).astype("float32"), rng.normal(size=(20, 3)).astype("float32")
    with without_compiling():
        k = keras()
        for one, other in ((tinynet, k), (k, tinynet)):
            model = build(one)
            model.fit(x, y, epochs=2, verbose=0)
            model.save(tmp_path / f"m{ending}")
            again = other.models.load_model(tmp_path / f"m{ending}")
            expected, got = (m.predict_on_batch(x) for m in (model, again))
            np.testing.assert_allclose(got, expected, atol=1e-6)
            for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
                np.testing.assert_array_equal(a, b)
            losses = [float(np.squeeze(m.train_on_batch(x, y))) for m in (model, again)]
            assert losses[0] == pytest.approx(losses[1], rel=1e-5)
