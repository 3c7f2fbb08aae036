"""Where tinynet differs from Keras on purpose: what either does, side by side, for every row of the README's table."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.nets import both_loops
from tests.support.parity import keras, precision

README = Path(__file__).parents[2] / "README.md"
#: The README's table of differences, by the first words of its rows, and the tests that hold them. A test of this file
#: shows both sides; some numbers come from a backend that is not at hand, and are recorded.
ROWS = {
    "unknown loss or metric": "test_a_name_that_nothing_has_is_refused_when_compiling",
    "NaN targets": "test_targets_that_mean_nothing_are_refused",
    "sigmoid or softmax with its own": "test_a_confident_mistake_still_teaches",
    "softmax with binary": "test_a_loss_that_is_not_the_activations_own_takes_the_probabilities",
    "`metrics_names`": "test_the_metrics_names_are_the_names",
    "`metrics.Accuracy()`": "test_accuracy_as_an_object_is_accuracy_as_a_name",
    "`metric.update_state` with one axis": "test_numbers_of_one_axis_are_samples_of_a_metric",
    "`train_on_batch`": "test_a_batch_trained_on_is_reported_by_itself",
    '"Total params"': "test_total_params_does_not_count_the_optimizers_variables",
    '`history.history["acc"]`': "test_the_history_finds_acc",
    "output in a log file": "test_a_log_file_has_lines_and_no_control_characters",
    "saved weights": "test_weights_are_saved_as_npz",
    "random numbers": "test_one_seed_gives_other_numbers_of_the_same_kind",
    "`activity_regularizer`": "test_a_penalty_on_outputs_counts_every_call_of_a_layer",
    "`call` of a `Model` subclass": "test_a_call_without_training_trains",
    "`float64`": "test_in_float64_nothing_is_rounded_to_float32",
}


def rows(readme: str) -> list[str]:
    """Return the first column of the README's table of differences."""
    section = readme.split("## Where it differs from Keras, on purpose")[1].split("\n## ")[0]
    return [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")][2:]


def test_every_difference_in_the_readme_has_its_test():
    for row in rows(README.read_text(encoding="utf-8")):
        found = [test for begins, test in ROWS.items() if row.startswith(begins)]
        assert len(found) == 1, f"no test is named for the README's row '{row}'"
    assert set(ROWS.values()) <= set(globals())


pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)
Y = (np.arange(12) % 2).astype(np.float32)
MODULES = ("keras", "tinynet")


def module(name: str) -> Any:
    return keras() if name == "keras" else tinynet


def model(k: Any, units: int = 1, activation: str | None = "sigmoid", loss: Any = "mse", **options: Any) -> Any:
    """Return a compiled one-layer network."""
    network = k.Sequential([k.Input((3,)), k.layers.Dense(units, activation=activation)])
    network.compile(options.pop("optimizer", "sgd"), loss, **options)
    return network


@pytest.fixture(autouse=True)
def _quickly():
    with without_compiling():
        yield


@pytest.mark.parametrize(
    ("wrong", "known"),
    [({"loss": "binary_crosentropy"}, "binary_crossentropy"), ({"metrics": ["acuracy"]}, "accuracy")],
    ids=["loss", "metric"],
)
def test_a_name_that_nothing_has_is_refused_when_compiling(wrong, known):
    theirs = model(keras(), **wrong)
    with pytest.raises(ValueError, match="Could not interpret"):
        theirs.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match=f"Did you mean '{known}'"):
        model(tinynet, **wrong)


MEANINGLESS = {
    "NaN": ({}, np.where(Y > 0, np.nan, 0.0), "NaN"),
    "classes that are not there": (
        {"units": 3, "activation": "softmax", "loss": "sparse_categorical_crossentropy"},
        np.arange(12),
        "0 to 11",
    ),
    "two columns for one output": ({}, np.stack([Y, 1 - Y], axis=1), r"\(12, 2\)"),
}


@both_loops
@pytest.mark.parametrize("targets", list(MEANINGLESS))
def test_targets_that_mean_nothing_are_refused(targets, compiled):
    options, y, words = MEANINGLESS[targets]
    assert list(model(keras(), **options).fit(X, y, verbose=0).history) == ["loss"]
    ours = model(tinynet, **options, compiled=compiled)
    before = ours.get_weights()
    with pytest.raises(ValueError, match=words):
        ours.fit(X, y, verbose=0)
    with pytest.raises(ValueError, match="NaN"):
        ours.fit(np.where(X > 0, np.nan, X), Y, verbose=0)
    assert all((a == b).all() for a, b in zip(before, ours.get_weights(), strict=True))


def step(k: Any, activation: str, loss: Any, z: list[float], y: Any, **options: Any) -> tuple[float, Any]:
    """Return the loss of one sample whose weighted sums are `z`, and the gradient with respect to them."""
    network = model(k, len(z), activation, loss, optimizer=k.optimizers.SGD(1.0), **options)
    network.set_weights([np.zeros((3, len(z)), np.float32), np.array(z, np.float32)])
    found = network.fit(X[:1], np.array(y, np.float32)[None], verbose=0).history["loss"][0]
    return found, np.array(z) - network.get_weights()[1]


@both_loops
@pytest.mark.parametrize(
    ("activation", "loss", "z", "y", "gradient"),
    [
        ("sigmoid", "binary_crossentropy", [30.0], [0.0], [1.0]),
        ("softmax", "categorical_crossentropy", [30.0, 0.0], [0.0, 1.0], [1.0, -1.0]),
    ],
)
def test_a_confident_mistake_still_teaches(activation, loss, z, y, gradient, compiled):
    """On TensorFlow Keras does the same: see test_reference.test_saturated_outputs_follow_keras_on_tensorflow."""
    value, taught = step(keras(), activation, loss, z, y)
    assert value < 16.2  # -log 1e-7
    np.testing.assert_array_equal(taught, 0.0)
    value, taught = step(tinynet, activation, loss, z, y, compiled=compiled)
    assert value == pytest.approx(30.0)
    np.testing.assert_allclose(taught, gradient, atol=1e-6)


@both_loops
@pytest.mark.parametrize(
    ("activation", "loss"), [("softmax", "binary_crossentropy"), ("sigmoid", "categorical_crossentropy")]
)
def test_a_loss_that_is_not_the_activations_own_takes_the_probabilities(activation, loss, compiled):
    """On TensorFlow Keras takes the logits of either for the other's, and finds something else."""
    z, y = [1.5, -1.0, 0.25], [0.0, 0.0, 1.0]
    expected = step(keras(), activation, loss, z, y)
    got = step(tinynet, activation, loss, z, y, compiled=compiled)
    assert got[0] == pytest.approx(expected[0], rel=1e-6)
    np.testing.assert_allclose(got[1], expected[1], rtol=1e-5)
    own = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}[loss]
    on_logits, _ = step(tinynet, own, loss, z, y, compiled=compiled)
    assert abs(on_logits - got[0]) > 0.01


def test_the_metrics_names_are_the_names():
    theirs, ours = (model(k, metrics=["mae"]) for k in map(module, MODULES))
    for network in (theirs, ours):
        network.fit(X, Y, verbose=0)
    assert theirs.metrics_names == ["loss", "compile_metrics"]
    assert ours.metrics_names == ["loss", "mae"]


def test_accuracy_as_an_object_is_accuracy_as_a_name():
    classes, probabilities = [1, 0], [[0.4, 0.6], [0.8, 0.2]]
    assert tinynet.metrics.Accuracy()(classes, probabilities) == 1.0
    equal = keras().metrics.Accuracy()
    equal.update_state([[1.0], [0.0]], [[0.6], [0.2]])
    assert float(equal.result()) == 0.0
    assert tinynet.metrics.Accuracy()([[1.0], [0.0]], [[0.6], [0.2]]) == 1.0


def test_numbers_of_one_axis_are_samples_of_a_metric():
    theirs, ours = (k.metrics.MeanSquaredError() for k in (keras(), tinynet))
    for errors in (np.zeros(3), np.ones(1)):
        theirs.update_state(np.zeros(errors.size), errors)
        ours.update_state(np.zeros(errors.size), errors)
    assert (float(theirs.result()), ours.result()) == (0.5, 0.25)


@both_loops
def test_a_batch_trained_on_is_reported_by_itself(compiled):
    theirs, ours = model(keras()), model(tinynet, compiled=compiled)
    ours.set_weights(theirs.get_weights())
    alone, reported = [], []
    for part in (slice(0, 4), slice(4, 12)):
        alone.append(ours.evaluate(X[part], Y[part], verbose=0))
        assert ours.train_on_batch(X[part], Y[part]) == pytest.approx(alone[-1], rel=1e-6)
        reported.append(float(theirs.train_on_batch(X[part], Y[part])))
    assert reported == pytest.approx([alone[0], (4 * alone[0] + 8 * alone[1]) / 12], rel=1e-5)


def test_total_params_does_not_count_the_optimizers_variables():
    found = []
    for k in map(module, MODULES):
        network = model(k, optimizer="rmsprop")
        network.fit(X, Y, verbose=0)
        lines: list[str] = []
        network.summary(print_fn=lambda text, *_, lines=lines, **__: lines.append(text))
        found.append(re.search(r"Total params: (\d+) .*Trainable params: (\d+) ", "\n".join(lines), re.S).groups())
    assert found == [("10", "4"), ("4", "4")]  # 4 slots, the step, the learning rate


def test_a_penalty_on_outputs_counts_every_call_of_a_layer():
    """Keras forgets a layer's penalties when `fit` calls it again; where the model itself is called, it keeps them."""
    penalties = []
    for k in map(module, MODULES):
        inputs, layer = k.Input((3,)), k.layers.ActivityRegularization(l2=0.5)
        network = k.Model(inputs, layer(2 * layer(inputs)))
        network.compile("sgd", "mse")
        penalties.append(network.evaluate(X, 2 * X, verbose=0))
        if k is not tinynet:
            network(X)
            kept = float(sum(network.losses))
    once = 0.5 * np.square(X).sum() / len(X)
    np.testing.assert_allclose(penalties, [4 * once, 5 * once], rtol=1e-5)
    assert kept == pytest.approx(5 * once, rel=1e-5)


def test_the_history_finds_acc():
    theirs, ours = (model(k, metrics=["accuracy"]).fit(X, Y, verbose=0).history for k in map(module, MODULES))
    assert list(ours) == list(theirs) == ["accuracy", "loss"]
    with pytest.raises(KeyError):
        theirs["acc"]
    assert ours["acc"] == ours["accuracy"]


def test_a_log_file_has_lines_and_no_control_characters():
    logs = []
    for k in map(module, MODULES):
        with contextlib.redirect_stdout(io.StringIO()) as log:
            model(k).fit(X, Y, batch_size=3, epochs=2)
        logs.append(log.getvalue())
    assert re.search("[\b\r\x1b]", logs[0])
    lines = logs[1].splitlines()
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/2", "4/4", "Epoch 2/2", "4/4"]
    assert all(line.isprintable() for line in lines)


def test_weights_are_saved_as_npz(tmp_path):
    model(keras()).save_weights(tmp_path / "theirs.weights.h5")
    assert (tmp_path / "theirs.weights.h5").read_bytes().startswith(b"\x89HDF")
    ours = model(tinynet)
    ours.save_weights(tmp_path / "ours.npz")
    with np.load(tmp_path / "ours.npz", allow_pickle=False) as file:
        assert sum(file[name].size for name in file if file[name].dtype.kind == "f") >= ours.count_params()


def test_one_seed_gives_other_numbers_of_the_same_kind():
    kernels = []
    for k in map(module, MODULES):
        for _ in range(2):
            k.utils.set_random_seed(3)
            kernels.append(np.asarray(k.initializers.RandomNormal(0.0, 1.0)((2000,))))
    theirs, again, ours, ours_again = kernels
    assert (theirs == again).all()
    assert (ours == ours_again).all()
    assert not np.isclose(theirs, ours).any()
    for drawn in (theirs, ours):
        assert abs(drawn.mean()) < 0.1
        assert abs(drawn.std() - 1) < 0.1


def test_in_float64_nothing_is_rounded_to_float32(monkeypatch):
    """Keras on JAX takes means in float32; on TensorFlow it rounds optimizers' constants: see test_reference."""
    p, y = np.random.default_rng(1).random((2, 40, 3))
    exact = float(np.square(p - y).mean())
    with precision("float64"):
        from keras.src.backend.common import dtypes

        monkeypatch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float32")  # as it is outside `precision`
        theirs, ours = (float(k.losses.MeanSquaredError()(y, p)) for k in map(module, MODULES))
    assert 1e-10 < abs(theirs / exact - 1) < 1e-6
    assert abs(ours / exact - 1) < 1e-15


def test_a_call_without_training_trains():
    averages = {}
    for name in MODULES:
        k = module(name)

        class Own(k.Model):
            def __init__(self):
                super().__init__()
                self.dropout = k.layers.Dropout(0.5)  # noqa: B023
                self.normal = k.layers.BatchNormalization(momentum=0.5)  # noqa: B023
                self.dense = k.layers.Dense(1, kernel_initializer="zeros")  # noqa: B023

            def call(self, x):
                return self.dense(self.normal(self.dropout(x)))

        model = Own()
        model.compile(k.optimizers.SGD(0.0), "mse")
        with without_compiling():
            model.fit(np.full((12, 3), 3.0), Y, batch_size=12, verbose=0)
        averages[name] = np.asarray(model.normal.moving_variance)
    assert (averages["keras"] == 1.0).all()
    assert (averages["tinynet"] > 2.0).all()
