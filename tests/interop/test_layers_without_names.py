"""A user's layer whose `get_config` leaves its name out, as in Keras's guides, is found again in every form of file."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.parity import keras as import_keras
from tinynet import runner

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


def scaling(k):
    """Return such a class of layers of either module."""

    class Scaling(k.layers.Layer):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def build(self, input_shape):
            self.scale = self.add_weight(shape=(input_shape[-1],), name="scale", initializer="ones")

        def call(self, inputs):
            return inputs * self.factor * self.scale

        def compute_output_shape(self, input_shape):
            return input_shape

        def get_config(self):
            return {"factor": self.factor}

    return Scaling


def stack(k, Scaling):
    return k.Sequential([k.Input((4,)), Scaling(2.0), Scaling(3.0), k.layers.Dense(2)])


def graph(k, Scaling):
    x = k.Input((4,))
    return k.Model(x, k.layers.Dense(5)(Scaling(3.0)(Scaling(2.0)(x))))


def nested(k, Scaling):
    inner = k.Sequential([Scaling(2.0), Scaling(3.0)])
    return k.Sequential([k.Input((4,)), inner, Scaling(0.5), k.layers.Dense(2)])


def drawn(model):
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("ending", [".npz", ".keras", ".h5"])
@pytest.mark.parametrize("make", [stack, graph, nested])
def test_its_weights_come_back_and_so_does_its_name(make, ending, tmp_path):
    Scaling = scaling(tinynet)
    model = drawn(make(tinynet, Scaling))
    model.save(tmp_path / f"m{ending}")
    read = tinynet.models.load_model(tmp_path / f"m{ending}", custom_objects={"Scaling": Scaling})
    np.testing.assert_array_equal(read.predict(X, verbose=0), model.predict(X, verbose=0))
    assert [layer.name for layer in read.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize("make", [stack, graph, nested])
def test_keras_reads_it_and_tinynet_reads_keras(make, tmp_path):
    with without_compiling():
        keras = import_keras()
        for one, other in ((tinynet, keras), (keras, tinynet)):
            model = drawn(make(one, scaling(one)))
            model.save(tmp_path / "m.keras")
            read = other.models.load_model(tmp_path / "m.keras", custom_objects={"Scaling": scaling(other)})
            np.testing.assert_allclose(read.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


def test_weights_that_a_layer_makes_at_once_can_be_set_at_once():
    class Linear(tinynet.layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.w = self.add_weight(shape=(2, units))

        def call(self, inputs):
            return inputs @ self.w

    layer = Linear(3)
    layer.set_weights([np.ones((2, 3))])
    np.testing.assert_array_equal(layer(np.ones((1, 2), "float32")), [[2, 2, 2]])


def test_what_the_runner_looks_at_before_a_program_takes_no_name_of_its_layers(tmp_path, capsys):
    tinynet.backend.clear_session()
    script = tmp_path / "script.py"
    script.write_text("import keras\nmodel = keras.Sequential()\nmodel.pop\nprint(model.name)\n")
    runner.main([str(script)])
    assert capsys.readouterr().out == "sequential\n"
