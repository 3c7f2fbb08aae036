"""Layers that normalize rows or learn a slope: every step as in Keras, corners, words, gradients and threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.cases import BATCH, PLAIN, samples
from tests.support.keras_quickly import without_compiling
from tests.support.parity import assert_parity, keras, precision

CASES: dict[str, tuple[str, tuple[int, ...], dict[str, Any]]] = {
    "rows": ("LayerNormalization", (5,), {}),
    "steps": ("LayerNormalization", (3, 4), {"axis": 2, "epsilon": 0.1}),
    "penalties": ("LayerNormalization", (5,), {"gamma_regularizer": "l2", "beta_constraint": "non_neg"}),
    "no center": ("LayerNormalization", (5,), {"center": False, "axis": [-1]}),
    "no scale": ("LayerNormalization", (5,), {"scale": False}),
    "neither": ("LayerNormalization", (5,), {"center": False, "scale": False}),
    "by the deviation": ("LayerNormalization", (3, 4), {"rms_scaling": True}),
    "length": ("UnitNormalization", (5,), {}),
    "lengths of steps": ("UnitNormalization", (3, 4), {"axis": [2]}),
    "slopes": ("PReLU", (5,), {"alpha_initializer": "ones", "alpha_regularizer": "l1"}),
    "slopes of steps": ("PReLU", (3, 4), {"alpha_initializer": "random_normal"}),
    "shared by steps": ("PReLU", (3, 4), {"shared_axes": [1], "alpha_constraint": "non_neg"}),
    "shared by columns": ("PReLU", (3, 4), {"shared_axes": 2}),
    "one for all": ("PReLU", (3, 4), {"shared_axes": [1, 2]}),
}
each_case = pytest.mark.parametrize("name", CASES)
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*rms_scaling:UserWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's, from NumPy 2
]


def network(k: Any, name: str, **compiling: Any) -> Any:
    kind, _, options = CASES[name]
    dense = k.layers.Dense
    model = k.Sequential([dense(4), getattr(k.layers, kind)(**options), k.layers.Flatten(), dense(3)])
    model.compile(k.optimizers.Adam(0.01), "mse", **compiling)
    return model


def data(name: str, n: int = 21) -> tuple[Any, Any]:
    return samples(n=n, shape=CASES[name][1]), PLAIN.targets((n,), np.random.default_rng(1))


@each_case
def test_steps_are_as_in_keras_fifty_of_them_for_each_layer(name):
    epochs = 17 if name in ("penalties", "length", "slopes") else 2
    x, y = data(name)
    assert_parity(lambda k: network(k, name), x, y, batch_size=BATCH, epochs=epochs, conditioned=True)


@each_case
def test_gradients_are_those_of_central_differences_and_the_trace_has_its_words(name):
    tinynet.backend.set_floatx("float64")
    x, y = data(name, 6)
    model = network(tinynet, name, compiled=False)
    model.fit(x, y, verbose=0)
    model.set_weights([w + np.random.default_rng(0).normal(size=w.shape) for w in model.get_weights()])
    tinynet.gradient_check(model, x, y).require()
    trace = model.trace(x, y)
    step = next(step for step in trace.steps if step.why == model.layers[1].words.why)
    assert "user-written" not in str(trace)
    assert "{" not in step.formula + step.numbers()
    assert model.train_on_batch(x, y) == pytest.approx(trace.loss, rel=1e-12)


@pytest.mark.parametrize("kind", ["LayerNormalization", "UnitNormalization", "PReLU"])
@pytest.mark.parametrize("bad", [0.0, np.inf, -np.inf, np.nan, 1e30, 1e-30])
def test_corners_are_keras_own(kind, bad):
    x = np.array([[bad, 1.0, -2.0, 3.0], [bad] * 4])
    with precision("float64"):
        expected = np.asarray(getattr(keras().layers, kind)()(x))
    got = getattr(tinynet.layers, kind)(dtype="float64")(x)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-30)


def test_the_slope_at_0_is_keras_own():
    layer = tinynet.layers.PReLU("ones", dtype="float64")
    layer(np.zeros((1, 2)), training=True)
    np.testing.assert_array_equal(layer.backward(np.ones((1, 2))), [[0.0, 0.0]])
    np.testing.assert_array_equal(layer.dalpha, [0.0, 0.0])


def test_axes_that_cannot_be_shared_are_refused():
    for axes in (0, -1, "x", [1.5]):
        with pytest.raises(ValueError, match="PReLU: `shared_axes`"):
            tinynet.layers.PReLU(shared_axes=axes)
    with pytest.raises(ValueError, match=r"`shared_axes` must be axes of a sample, from 1 to 1"):
        tinynet.layers.PReLU(shared_axes=[2])(np.ones((2, 3)))
    with pytest.raises(ValueError, match="axes of a known length"):
        tinynet.layers.PReLU().build((None, None, 3))


@pytest.mark.parametrize("ending", [".keras", ".h5", ".npz"])
def test_files_go_both_ways(ending, tmp_path):
    x = samples(shape=(3, 4)).astype("float32")
    with without_compiling():
        for one, other in ((tinynet, keras()), (keras(), tinynet)):
            if ending == ".npz" and (one, other) != (tinynet, keras()):
                continue
            k, made = one.layers, []
            for kind, shape, options in CASES.values():
                made += [getattr(k, kind)(**options)] if len(shape) == 2 else []
            model = one.Sequential([one.Input((3, 4)), *made, k.Flatten(), k.PReLU(), k.LayerNormalization()])
            rng = np.random.default_rng(0)
            model.set_weights([w + rng.normal(size=w.shape) for w in model.get_weights()])
            model.save(tmp_path / f"m{ending}")
            again = (tinynet if ending == ".npz" else other).models.load_model(tmp_path / f"m{ending}")
            np.testing.assert_allclose(*(m.predict_on_batch(x) for m in (model, again)), atol=1e-5)
