"""Networks with branches in files: Keras and tinynet predict alike from each other's, and score alike."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.models.branched import CASES, flat
from tests.support.keras_quickly import without_compiling
from tests.support.parity import keras as import_keras

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's own, of NumPy and of legacy files
#: Together they have a sum, a layer that is called twice, several inputs and outputs, in lists and in dicts.
NETWORKS = ["shared layer", "Concatenate", "dict of inputs", "two outputs", "dict of outputs"]


@pytest.fixture(scope="module")
def keras():
    with without_compiling():
        yield import_keras()


def fitted(k, name):
    make, x, y, settings, _options = CASES[name]
    losses = {"mse": k.losses.MeanSquaredError(), "sparse_categorical_crossentropy": "sparse_categorical_crossentropy"}
    loss = settings["loss"]
    settings = {**settings, "loss": [losses[each] for each in loss] if isinstance(loss, list) else losses[loss]}
    model = make(k)
    model.compile(k.optimizers.SGD(0.125, momentum=0.5), **{**settings, "metrics": None})
    model.train_on_batch(x, y)
    return model, x, y


def assert_alike(one, other, x, y=None):
    predictions = one.predict(x, verbose=0), other.predict(x, verbose=0)
    assert type(predictions[0]) is type(predictions[1])
    for ours, theirs in zip(*map(flat, predictions), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    if y is not None:
        logs = [model.evaluate(x, y, verbose=0, return_dict=True) for model in (one, other)]
        assert sorted(logs[0]) == sorted(logs[1])
        np.testing.assert_allclose(*([log[name] for name in sorted(log)] for log in logs), atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_keras_and_tinynet_read_each_others_files(ending, name, keras, tmp_path):
    for k, other in ((tinynet, keras), (keras, tinynet)):
        model, x, y = fitted(k, name)
        model.save(tmp_path / f"m{ending}")
        assert_alike(model, other.models.load_model(tmp_path / f"m{ending}"), x, y)


@pytest.mark.parametrize("name", ["Concatenate", "dict of outputs"])
def test_descriptions_make_the_same_network_in_both(name, keras):
    for k, other in ((tinynet, keras), (keras, tinynet)):
        model, x, _ = fitted(k, name)
        for made in (other.models.model_from_json(model.to_json()), k.models.clone_model(model)):
            made.set_weights([np.asarray(w) for w in model.get_weights()])
            assert_alike(model, made, x)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("ending", [".npz", ".keras", ".h5"])
def test_a_training_goes_on_from_a_file_to_the_bit(ending, name, tmp_path):
    model, x, y = fitted(tinynet, name)
    model.save(tmp_path / f"m{ending}")
    again = tinynet.models.load_model(tmp_path / f"m{ending}")
    assert model.fit(x, y, epochs=2, verbose=0).history == again.fit(x, y, epochs=2, verbose=0).history
    model.save_weights(tmp_path / "w.weights.h5")
    again.set_weights([w * 0 for w in again.get_weights()])
    again.load_weights(tmp_path / "w.weights.h5")
    assert_alike(model, again, x)
