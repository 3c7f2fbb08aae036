"""Metrics as functions, on logits, and by all the names that Keras has for them."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import classifier, two_classes
from tinynet import metrics
from tinynet.layers import Dense

FUNCTIONS = [name for name in metrics.__all__ if name[0].islower() and not {name} & {"get", "serialize", "deserialize"}]
P = np.random.default_rng(0).dirichlet(np.ones(3), 5).astype("float32")
ONE_HOT = np.eye(3, dtype="float32")[[0, 2, 1, 1, 0]]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_gives_keras_value_of_every_sample(name):
    import keras

    if not hasattr(keras.metrics, name):
        pytest.skip("Keras has no such function")
    y = ONE_HOT.argmax(axis=1) if name.startswith("sparse") else ONE_HOT
    expected = np.asarray(getattr(keras.metrics, name)(y, P))
    found = getattr(metrics, name)(y, P)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)  # Keras's log_cosh subtracts log 2 in float32


@pytest.mark.parametrize("name", FUNCTIONS)
def test_compile_takes_the_function_for_the_class(name):
    numbered = name.startswith("sparse") or name == "categorical_generalized_cross_entropy"
    y = ONE_HOT.argmax(axis=1) if numbered else ONE_HOT
    loss = "sparse_categorical_crossentropy" if numbered else "categorical_crossentropy"
    model = tinynet.Sequential([tinynet.Input((3,)), Dense(3, activation="softmax")])
    model.compile("sgd", loss, metrics=[getattr(metrics, name)])
    assert "compiled" in model.explain_plan()
    assert model.metrics_names == ["loss", name]
    expected = getattr(metrics, name)(y, model.predict(P, verbose=0)).mean()
    assert model.evaluate(P, y, verbose=0)[1] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("kind", "targets", "outputs"),
    [
        ("BinaryCrossentropy", [[1.0], [0.0]], [[2.0], [-0.5]]),
        ("CategoricalCrossentropy", [[1.0, 0.0], [0.0, 1.0]], [[2.0, 1.0], [-3.0, 0.5]]),
        ("SparseCategoricalCrossentropy", [0, 1], [[2.0, 1.0], [-3.0, 0.5]]),
    ],
)
def test_a_cross_entropy_on_logits_is_the_loss_on_logits(kind, targets, outputs):
    metric, loss = getattr(metrics, kind)(from_logits=True), getattr(tinynet.losses, kind)(from_logits=True)
    assert metric(targets, outputs) == pytest.approx(loss(targets, outputs), rel=1e-6)
    assert metric(targets, outputs) != pytest.approx(getattr(metrics, kind)()(targets, outputs), rel=0.1)


def test_a_function_may_give_a_number_for_every_output():
    def distance(y_true, y_pred):
        return np.abs(y_true - y_pred)

    x, _ = two_classes()
    y, weights = x[:, :2], np.linspace(0, 2, len(x))
    model = classifier(loss="mse", metrics=[distance, "mae"], weighted_metrics=[distance, "mae"])
    model.pop()
    model.add(Dense(2))
    values = model.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
    assert values["distance"] == pytest.approx(values["mae"], rel=1e-6)
    assert values["weighted_distance"] == pytest.approx(values["weighted_mae"], rel=1e-6)
