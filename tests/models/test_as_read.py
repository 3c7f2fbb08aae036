"""How a file says that a model is compiled waits until it is asked for: what predicts imports nothing of training."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinynet
from tinynet import losses, metrics, models, optimizers
from tinynet.models.as_read import EVERYDAY, can_wait

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X.sum(axis=1) > 0).astype(float)


def trained(optimizer="adam", **options):
    tinynet.set_random_seed(0)
    layers = [tinynet.Input((3,)), tinynet.layers.Dense(4, "relu"), tinynet.layers.Dense(1, "sigmoid")]
    model = tinynet.Sequential(layers)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], **options)
    model.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    return model


def go_on(model):
    history = model.fit(X, Y, epochs=2, batch_size=8, verbose=0).history
    return history, model.get_weights(), [np.array(v) for v in model.optimizer.variables]


def assert_same(one, other):
    assert one[0] == other[0]
    for ours, theirs in zip([*one[1], *one[2]], [*other[1], *other[2]], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_names_that_wait_are_those_of_parts():
    assert all(optimizers.get(name.lower()) for name in EVERYDAY["optimizer"])
    assert all(losses.get(name) for name in EVERYDAY["loss"])
    assert all(metrics.reported(name) for name in EVERYDAY["metrics"])


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
def test_training_goes_on_to_the_bit_after_predictions(optimizer, compiled, tmp_path):
    model = trained(optimizer, compiled=compiled)
    model.save(tmp_path / "m.npz")
    twin = models.load_model(tmp_path / "m.npz")
    assert twin.as_read is not None
    assert twin.compiled
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))
    assert twin.as_read is not None
    assert_same(go_on(twin), go_on(model))
    assert twin.as_read is None


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)), models.clone_model])
def test_copies_of_a_model_that_was_read_are_compiled_like_it(copied, tmp_path):
    model = trained()
    model.save(tmp_path / "m.npz")
    twin = copied(models.load_model(tmp_path / "m.npz"))
    if copied is models.clone_model:
        assert twin.optimizer.iterations == 0
        assert twin.get_compile_config() == model.get_compile_config()
    else:
        assert_same(go_on(twin), go_on(model))


def test_what_is_asked_of_a_model_that_was_read_is_as_it_was_saved(tmp_path):
    model = trained()
    model.save(tmp_path / "m.npz")
    for ask in (
        lambda m: m.optimizer.iterations,
        lambda m: m.loss if isinstance(m.loss, str) else m.loss.name,
        lambda m: m.metrics_names,
        lambda m: m.get_compile_config(),
        lambda m: m.evaluate(X, Y, verbose=0),
        lambda m: m.explain_plan(),
    ):
        assert ask(models.load_model(tmp_path / "m.npz")) == ask(model)
    twin = models.load_model(tmp_path / "m.npz")
    twin.compile("sgd", "mse")
    assert (twin.optimizer.iterations, twin.loss.name) == (0, "mean_squared_error")
    twin = models.load_model(tmp_path / "m.npz")
    twin.layers[0].trainable = False  # later than the file was written
    assert_same(([], [], [np.array(v) for v in twin.optimizer.variables]), ([], [], model.optimizer.variables))


def test_threads_that_ask_at_once_get_one_optimizer(tmp_path):
    trained().save(tmp_path / "m.npz")
    model = models.load_model(tmp_path / "m.npz")
    with ThreadPoolExecutor(8) as pool:
        assert len({id(found) for found in pool.map(lambda _: model.optimizer, range(32))}) == 1


def test_names_of_the_users_own_objects_do_not_wait(tmp_path):
    trained().save(tmp_path / "m.npz")
    own = {"binary_crossentropy": lambda y, p: np.mean((y - p) ** 2, axis=-1)}
    model = models.load_model(tmp_path / "m.npz", custom_objects=own)
    assert model.as_read is None
    assert model.loss.function is own["binary_crossentropy"]


def test_an_interrupt_while_the_settings_are_made_leaves_them_to_be_made(tmp_path, monkeypatch):
    model = trained()
    model.save(tmp_path / "m.npz")
    twin = models.load_model(tmp_path / "m.npz")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tinynet.models.as_read.set_optimizer", interrupted)
        with pytest.raises(KeyboardInterrupt):
            twin.fit(X, Y, verbose=0)
    assert twin.optimizer.iterations == model.optimizer.iterations
    assert_same(go_on(twin), go_on(model))


def test_settings_that_are_wrong_are_said_when_they_are_asked_for_and_the_model_predicts(tmp_path):
    model = trained()
    model.save(tmp_path / "m.npz")
    twin = models.load_model(tmp_path / "m.npz")
    twin.as_read = twin.as_read._replace(kept=[np.zeros(5)])
    for _ in range(2):
        with pytest.raises(ValueError, match=r"load_model: .*m\.npz: adam keeps other numbers than"):
            twin.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize(
    "change",
    [
        {"loss": "my_loss"},
        {"loss": {"class_name": "Huber", "config": {}}},
        {"metrics": ["my_metric"]},
        {"metrics": [["accuracy"]]},
        {"optimizer": {"class_name": "Mine", "config": {}}},
        {"optimizer": {"class_name": "SGD", "config": {"learning_rate": {"class_name": "ExponentialDecay"}}}},
        {"optimizer": {"class_name": "SGD", "config": {}, "registered_name": "Own>SGD"}},
        {"optimizer": {"class_name": "SGD", "config": {"learning_rate": -1.0}}},
        {"optimizer": {"class_name": "SGD", "config": {"learning_rate": float("nan")}}},
        {"optimizer": {"class_name": "SGD", "config": {"nesterov": 2}}},
        {"optimizer": {"class_name": "SGD", "config": {"speed": 1}}},
        {"optimizer": "sgd"},
        {"loss_weights": [0.5]},
        {"weighted_metrics": ["accuracy"]},
        {"run_eagerly": 3},
        {"sample_weight_mode": "temporal"},
    ],
)
def test_what_is_not_everyday_does_not_wait(change):
    settings = trained().get_compile_config()
    assert can_wait({"compile_config": settings})
    assert not can_wait({"compile_config": {**settings, **change}})
    assert not can_wait([])
    assert not can_wait({"compile_config": ["sgd"]})


def test_a_process_that_reads_and_predicts_imports_nothing_of_training(tmp_path):
    model = trained()
    model.predict(X, verbose=0)
    model.save(tmp_path / "m.npz")
    script = f"""
import sys
import numpy as np
before = {{*sys.modules}}
from tinynet.models import load_model
model = load_model({str(tmp_path / "m.npz")!r})
assert model.predict(np.ones((2, 3)), verbose=0).shape == (2, 1)
found = {{*sys.modules}} - before
rooms = ("losses", "metrics", "optimizers", "callbacks", "learn", "interop", "tape.", "branches", "training.setup")
print([name for name in sorted(found) if name.startswith(tuple(f"tinynet.{{room}}" for room in rooms))])
print([name for name in ("numba", "scipy", "pandas", "numpy.random") if name in found])
print(sum(name.startswith("tinynet") for name in found))
"""
    printed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    ours, others, count = printed.splitlines()
    assert (ours, others) == ("[]", "[]")
    assert int(count) <= 150
