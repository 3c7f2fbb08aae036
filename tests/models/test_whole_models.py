"""Whole models in tinynet's own files: training goes on to the bit, and nothing that a file says can do harm."""

from __future__ import annotations

import io
import json
import os
import random
import tracemalloc
import zipfile

import numpy as np
import pytest

import tinynet
from tests.support.mutations import members_of, mutated, npy_of, npz_of
from tests.support.nets import assert_same_weights, both_loops, classifier, state_of, two_classes
from tests.support.parts import every
from tinynet import config, layers, losses, models, optimizers
from tinynet.layers import Dense, Dropout, Input

OPTIMIZERS = every(optimizers.CLASSES)


def network(optimizer, compiled=True):
    """Return a network with much that draws random numbers or keeps some."""
    made = [Input((4,)), Dense(5, "relu", kernel_regularizer="l2", name="first"), Dropout(0.3, name="drop")]
    made += [Dense(3, "tanh", trainable=False), Dropout(0.1, seed=5), Dense(1), layers.Sigmoid()]
    model = tinynet.Sequential(made)
    options = {"metrics": ["accuracy", tinynet.metrics.Huber(delta=0.5)], "weighted_metrics": ["mae"]}
    model.compile(optimizer, losses.BinaryCrossentropy(label_smoothing=0.1), compiled=compiled, **options)
    return model


def assert_goes_on_alike(one, other):
    x, y = two_classes()
    histories = [model.fit(x, y, epochs=2, batch_size=7, verbose=0).history for model in (one, other)]
    assert dict(histories[0]) == dict(histories[1])
    assert_same_weights(one, other)
    for a, b in zip(one.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.value, b.value)
    np.testing.assert_array_equal(one.predict(x, verbose=0), other.predict(x, verbose=0))


@pytest.mark.parametrize(("cls", "options"), OPTIMIZERS, ids=[f"{cls.__name__}-{o}" for cls, o in OPTIMIZERS])
def test_training_goes_on_to_the_bit_with_every_optimizer(cls, options, tmp_path):
    model = network(cls(0.01, **options))
    model.save(tmp_path / "before.npz")
    assert_goes_on_alike(model, models.load_model(tmp_path / "before.npz"))
    model.save(tmp_path / "after")
    assert_goes_on_alike(model, models.load_model(tmp_path / "after"))


@both_loops
def test_the_loop_frozen_layers_and_float64_come_back(compiled, tmp_path):
    tinynet.backend.set_floatx("float64")
    model = network(optimizers.SGD(0.1, momentum=0.9, clipnorm=1.0), compiled)
    model.fit(*two_classes(), verbose=0)
    model.layers[0].trainable = False
    model.optimizer.learning_rate = 0.0625
    model.save(tmp_path / "m.npz")
    tinynet.backend.set_floatx("float32")
    again = models.load_model(tmp_path / "m.npz")
    assert (again.dtype, again.setup.compiled, again.optimizer.learning_rate) == ("float64", compiled, 0.0625)
    assert [layer.trainable for layer in again.layers] == [layer.trainable for layer in model.layers]
    for each in (model, again):
        each.layers[0].trainable = True  # whose slots are there still
    assert_goes_on_alike(model, again)
    assert again.to_json() == model.to_json()


class Noise(layers.Layer):
    """A user's layer with a generator of its own, and a weight."""

    def __init__(self, seed=0, **options):
        super().__init__(**options)
        self.seed, self.rng = seed, np.random.default_rng(seed)

    def build(self, input_shape):
        self.scale = self.add_weight("scale", (1,), "ones")

    def forward(self, x, training=False):
        if training:
            self.noise = self.rng.normal(size=x.shape).astype(x.dtype)
        return x + self.scale * self.noise if training else x

    def backward(self, dy):
        self.dscale = (dy * self.noise).sum(keepdims=True).reshape(1)
        return dy


def test_a_users_layer_and_its_generator_come_back(tmp_path):
    model = tinynet.Sequential([Input((4,)), Noise(), Dense(1)])
    model.compile("adam", "mse")
    model.fit(*two_classes(), verbose=0)
    model.save(tmp_path / "m.npz")
    with pytest.raises(ValueError, match=r"load_model: .*m\.npz: Unknown layer: 'Noise'.*custom_objects"):
        models.load_model(tmp_path / "m.npz")
    assert_goes_on_alike(model, models.load_model(tmp_path / "m.npz", custom_objects={"Noise": Noise}))


def test_models_that_are_not_built_or_not_compiled_are_saved_as_they_are(tmp_path):
    model = tinynet.Sequential([Dense(2)], name="bare")
    model.save(tmp_path / "bare.npz")
    again = models.load_model(tmp_path / "bare.npz")
    assert (again.name, again.built, again.setup) == ("bare", False, None)
    model = network("adam")
    model.fit(*two_classes(), verbose=0)
    model.save(tmp_path / "m.npz")
    assert models.load_model(tmp_path / "m.npz", compile=False).setup is None
    model.save(tmp_path / "m.npz", include_optimizer=False)
    again = models.load_model(tmp_path / "m.npz")
    assert again.setup is None
    assert_same_weights(model, again)


def test_saving_and_loading_change_nothing(tmp_path):
    model = network("adam")
    before = state_of(model)["generator"]
    model.save(tmp_path / "m.npz")
    again = models.load_model(tmp_path / "m.npz")
    assert config.generator().bit_generator.state == before
    assert model._state is None
    again.set_weights([w + 1 for w in again.get_weights()])
    assert (again.get_weights()[0] != model.get_weights()[0]).all()


def test_the_file_is_arrays_and_one_description(tmp_path):
    model = network("sgd")
    model.save(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        described = json.loads(file["model.json"])
        np.testing.assert_array_equal(file["weights/first/kernel"], model.layers[0].kernel)
        assert file["optimizer/0/iteration"] == 0
    assert (described["format"], described["version"]) == ("tinynet model", 1)
    assert described["model"]["class_name"] == "Sequential"


def test_weights_are_read_out_of_a_whole_models_file(tmp_path):
    model, other = classifier(), classifier(seed=9)
    model.save(tmp_path / "m.npz")
    other.load_weights(tmp_path / "m")
    assert_same_weights(model, other)


@pytest.mark.parametrize("name", ["m.pkl", "m.pt", "m.npz.zip", "m.v1"])
def test_other_endings_are_refused(name, tmp_path):
    with pytest.raises(ValueError, match=r"save: `filepath` must end in \.npz"):
        classifier().save(tmp_path / name)
    with pytest.raises(ValueError, match=r"load_model: `filepath` must end in \.npz"):
        models.load_model(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_files_are_replaced_whole_or_kept(tmp_path, monkeypatch):
    model, new = classifier(), classifier(seed=9)
    model.save(tmp_path / "deep" / "m")
    with pytest.raises(FileExistsError, match=r"m\.npz exists, and overwrite=False"):
        new.save(tmp_path / "deep" / "m", overwrite=False)
    for where in ("os.fsync", "os.replace"):
        with monkeypatch.context() as broken:
            broken.setattr(where, lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
            with pytest.raises(OSError, match="disk full"):
                new.save(tmp_path / "deep" / "m")
    assert os.listdir(tmp_path / "deep") == ["m.npz"]
    assert_same_weights(models.load_model(tmp_path / "deep" / "m"), model)
    with pytest.raises(FileNotFoundError, match=r"load_model: there is no file .*nowhere\.npz"):
        models.load_model(tmp_path / "nowhere")


# ---- files that nobody vouches for ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the content of a good file."""
    path = tmp_path_factory.mktemp("models") / "m.npz"
    model = network(optimizers.Adam(0.01))
    model.fit(*two_classes(), verbose=0)
    model.save(path)
    return path.read_bytes()


def changed(whole, **changes):
    """Return the file with other entries in its description, or in the first layer's configuration."""
    (name, text), *rest = members_of(whole)
    found = json.loads(text)
    first = found["model"]["config"]["layers"][1]["config"]
    for key, value in changes.items():
        (first if key in first else found)[key] = value
    return npz_of([(name, json.dumps(found)), *rest])


def replaced(whole, which, content):
    """Return the file with other content for one of its arrays."""
    return npz_of([(name, content if name == which else old) for name, old in members_of(whole)])


def header(shape, descr="<f4"):
    return {"descr": descr, "fortran_order": False, "shape": shape}


KERNEL = "weights/first/kernel.npy"


def hostile(whole):
    """Yield files that are no models, and what loading each must say."""
    yield b"", "is not a file written by model.save"
    yield whole[: len(whole) // 2], "is not a file written by model.save"
    yield npz_of(members_of(whole)[1:]), "has no model.json"
    yield changed(whole, version=2), "has version 2 of the format, this tinynet reads 1. Upgrade"
    yield changed(whole, format="other"), "it says that it is 'other'"
    yield changed(whole, units=10**15), r"has shape \(4, 5\), and its layer needs \(4, 1000000000000000\)"
    yield changed(whole, units=-1), "units"
    yield changed(whole, activation="__import__('os').system('true')"), "Unknown activation function"
    yield changed(whole, random={"shuffle": 0}), "expected `shuffle` to be a whole number from 1"
    yield changed(whole, random={"layers": {"drop": {"_stream": 2**63}}}), r"expected `drop\._stream`"
    yield changed(whole, layers=[["first", 10**9]]), "is not a file written by model.save"
    yield changed(whole, model=[]), "expected the description of a model"
    yield replaced(whole, KERNEL, npy_of(header((10**12,)), bytes(80))), "promises"
    yield replaced(whole, KERNEL, npy_of(header((4, 5), "|O"), bytes(80))), "does not belong"
    yield (
        replaced(whole, KERNEL, npy_of(header((5, 4)), bytes(80))),
        r"has shape \(5, 4\), and its layer needs \(4, 5\)",
    )
    yield (
        replaced(whole, "optimizer/0/iteration.npy", npy_of(header((3,)), bytes(12))),
        "keeps other numbers than those of the shapes",
    )
    yield npz_of([*members_of(whole), (KERNEL, npy_of(header((4, 5)), bytes(80)))]), "is there twice"


def test_a_hostile_file_is_a_value_error_that_names_it_and_changes_nothing(whole, tmp_path):
    path = tmp_path / "m.npz"
    before = config.generator().bit_generator.state
    for number, (content, words) in enumerate(hostile(whole)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"(?s)m\.npz.*{words}"):
            models.load_model(path)
        assert config.generator().bit_generator.state == before, number


def test_code_in_a_file_is_never_run(whole, tmp_path):
    (tmp_path / "m.npz").write_bytes(
        changed(whole, activation={"class_name": "__lambda__", "config": {"value": "4wEAAAA="}})
    )
    for safe_mode in (True, False):
        with pytest.raises(ValueError, match="holds Python code, which is never run"):
            models.load_model(tmp_path / "m.npz", safe_mode=safe_mode)


def test_a_zip_bomb_costs_no_memory(whole, tmp_path):
    bomb = npz_of([*members_of(whole), ("weights/a/b.npy", bytes(80_000_000))], zipfile.ZIP_DEFLATED)
    (tmp_path / "m.npz").write_bytes(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"m\.npz.*unpacks to over 100 times"):
            models.load_model(tmp_path / "m.npz")
        assert tracemalloc.get_traced_memory()[1] < len(bomb) + 10e6
    finally:
        tracemalloc.stop()


def test_damaged_files_end_in_a_model_or_a_value_error(whole, tmp_path):
    path, loaded = tmp_path / "m.npz", 0
    for seed in range(120):
        path.write_bytes(mutated(whole, random.Random(seed)))
        try:
            models.load_model(path)
        except ValueError as error:
            assert "m.npz" in str(error), seed  # noqa: PT017 - the file may also be as good as it was
        else:
            loaded += 1
    assert loaded < 60
    assert zipfile.is_zipfile(io.BytesIO(whole))
