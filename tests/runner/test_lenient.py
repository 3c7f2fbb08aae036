"""``run --lenient``: what Keras trains on and tinynet refuses trains as in Keras, with a warning."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet.runner import main

X = np.random.default_rng(0).normal(size=(12, 4))
LABELS = [0, 1, 2, 3, -1, 5, 0, 1, 2, 2, 1, 9]
CASES = {
    "labels outside": ("softmax", "sparse_categorical_crossentropy", LABELS, 3, ["accuracy"]),
    "labels outside, without softmax": ("sigmoid", "sparse_categorical_crossentropy", LABELS, 3, []),
    "labels of -1 and 1": ("sigmoid", "binary_crossentropy", [-1, 1] * 6, 1, []),
    "rows beyond 0 and 1": (
        "softmax",
        "categorical_crossentropy",
        (np.eye(3)[LABELS[:3] * 4] * 2 - 0.5).tolist(),
        3,
        [],
    ),
    "one number for three": (None, "mse", X[:, :1].tolist(), 3, ["mae"]),
}


def trained(package, case):
    activation, loss, y, units, metrics = CASES[case]
    model = package.Sequential([package.layers.Input((4,)), package.layers.Dense(units, activation=activation)])
    model.compile(package.optimizers.SGD(0.1), loss, metrics=metrics)
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=(4, units)), rng.normal(size=units)])
    history = model.fit(X, np.array(y), epochs=2, batch_size=5, shuffle=False, verbose=0).history
    return [*history.values(), model.get_weights()[0].ravel().tolist()]


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
@pytest.mark.parametrize("case", CASES)
def test_it_trains_as_keras_does_and_warns(case, monkeypatch):
    monkeypatch.setenv("TINYNET_LENIENT", "1")
    with pytest.warns(UserWarning, match="As Keras does: "):
        ours = trained(tinynet, case)
    for found, wanted in zip(ours, trained(keras(), case), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_without_the_switch_it_stays_refused(case):
    with pytest.raises(ValueError, match="expects"):
        trained(tinynet, case)


def test_fractions_of_classes_are_refused_with_the_switch_too(monkeypatch):
    monkeypatch.setenv("TINYNET_LENIENT", "1")
    monkeypatch.setitem(CASES, "fractions", ("softmax", "sparse_categorical_crossentropy", [0.5] * 12, 3, []))
    with pytest.raises(ValueError, match="expects y to hold class numbers"):
        trained(tinynet, "fractions")


PROGRAM = """\
import keras
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
print(len(model.fit([[1.0], [2.0]], [0, 2], verbose=0).history["loss"]))
"""


def test_the_runner_has_the_switch_and_names_it(script, capsys):
    path = str(script(PROGRAM))
    assert main([path]) == 1
    assert "run --lenient" in capsys.readouterr().err
    with pytest.warns(UserWarning, match="costs nothing"):
        assert main(["--lenient", path]) == 0
    assert capsys.readouterr().out == "1\n"
    assert main([path]) == 1
