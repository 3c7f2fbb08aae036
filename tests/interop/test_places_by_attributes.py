"""Weights of models and layers whose class defines `call`, in Keras's files: their places are the attributes' names."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
Y = np.ones((6, 2), "float32")


def chain_of(library: ModuleType) -> type:
    """A layer that chains two, made in the other order than they are called in."""
    layers = library.layers

    class Chain(layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self._late = layers.Dense(5)
            self.early = layers.Dense(5, activation="tanh")

        def call(self, x: Any) -> Any:
            return self._late(self.early(x))

    return Chain


def scale_of(library: ModuleType) -> type:
    """A layer with weights of its own."""

    class Scale(library.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
            self.shift = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="shift")

        def call(self, x: Any) -> Any:
            return x * self.scale + self.shift

    return Scale


def in_another_order(library: ModuleType) -> Any:
    layers = library.layers

    class Model(library.Model):
        def __init__(self) -> None:
            super().__init__()
            self.last, self.first = layers.Dense(2), layers.Dense(5, activation="relu")
            self.middle = layers.Dense(5)  # behind "layers" in the alphabet

        def call(self, x: Any) -> Any:
            return self.last(self.middle(self.first(x)))

    return Model()


def in_lists_and_dicts(library: ModuleType) -> Any:
    layers, chain = library.layers, chain_of(library)

    class Model(library.Model):
        def __init__(self) -> None:
            super().__init__()
            self.out, self.blocks = layers.Dense(2), [chain(), [layers.Dense(5), chain()]]
            self.bn, self.named = layers.BatchNormalization(), {"z": layers.Dense(5), "a": layers.Dense(5)}

        def call(self, x: Any, training: bool = False) -> Any:
            x = self.bn(self.blocks[1][1](self.blocks[1][0](self.blocks[0](x))), training=training)
            return self.out(self.named["a"](self.named["z"](x)))

    return Model()


def with_models_inside(library: ModuleType) -> Any:
    layers, chain = library.layers, chain_of(library)

    class Model(library.Model):
        def __init__(self) -> None:
            super().__init__()
            self.zoo, self.rest = chain(), library.Sequential([layers.Dense(5), chain(), layers.Dense(5)])
            self.out = layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.out(self.zoo(self.rest(x)))

    return Model()


def of_a_shared_layer(library: ModuleType) -> Any:
    layers, scale = library.layers, scale_of(library)

    class Model(library.Model):
        def __init__(self) -> None:
            super().__init__()
            self.out, self.scale, self.dense = layers.Dense(2), scale(), layers.Dense(5, activation="tanh")
            self.again = [self.dense, self.scale]

        def call(self, x: Any) -> Any:
            return self.out(self.scale(self.dense(self.dense(x))))

    return Model()


def own_layers_in_a_stack(library: ModuleType) -> Any:
    chain, scale = chain_of(library), scale_of(library)
    return library.Sequential([library.Input((5,)), chain(), scale(), library.layers.Dense(2)])


def own_layers_in_a_graph(library: ModuleType) -> Any:
    chain, scale = chain_of(library), scale_of(library)
    inputs = library.Input((5,))
    return library.Model(inputs, library.layers.Dense(2)(scale()(library.layers.add([chain()(inputs), inputs]))))


MODELS = [
    in_another_order,
    in_lists_and_dicts,
    with_models_inside,
    of_a_shared_layer,
    own_layers_in_a_stack,
    own_layers_in_a_graph,
]


def close(ours: Any, theirs: Any, tolerance: float) -> None:
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), tolerance, tolerance)


def trained(library: ModuleType, make: Any) -> Any:
    model = make(library)
    model.compile(library.optimizers.SGD(0.05, momentum=0.9), "mse")
    model.fit(X, Y, verbose=0)
    return model


@pytest.mark.parametrize("make", MODELS)
def test_weights_that_keras_wrote_are_those_of_the_same_layers_and_training_goes_on(make, tmp_path):
    theirs, ours = trained(keras(), make), trained(tinynet, make)
    theirs.save_weights(tmp_path / "m.weights.h5")
    ours.load_weights(tmp_path / "m.weights.h5")
    close(ours.predict(X, verbose=0), theirs.predict(X, verbose=0), 1e-5)
    for model in (ours, theirs):
        model.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    close(ours.predict(X, verbose=0), theirs.predict(X, verbose=0), 1e-4)


@pytest.mark.parametrize("make", MODELS)
def test_keras_and_tinynet_read_the_weights_that_tinynet_wrote(make, tmp_path):
    ours, theirs, twin = trained(tinynet, make), trained(keras(), make), trained(tinynet, make)
    ours.save_weights(tmp_path / "m.weights.h5")
    for model in (theirs, twin):
        model.load_weights(tmp_path / "m.weights.h5")
        close(model.predict(X, verbose=0), ours.predict(X, verbose=0), 1e-5)


@pytest.mark.parametrize("make", MODELS)
def test_a_whole_models_file_gives_its_weights_to_a_model_of_the_same_class(make, tmp_path):
    ours, twin = trained(tinynet, make), trained(tinynet, make)
    ours.save(tmp_path / "m.keras")
    twin.load_weights(tmp_path / "m.keras")
    close(twin.predict(X, verbose=0), ours.predict(X, verbose=0), 1e-6)


def test_a_file_of_another_class_is_an_error_and_changes_nothing(tmp_path):
    trained(keras(), in_lists_and_dicts).save_weights(tmp_path / "m.weights.h5")
    model = trained(tinynet, in_another_order)
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"m\.weights\.h5"):
        model.load_weights(tmp_path / "m.weights.h5")
    for one, other in zip(model.get_weights(), before, strict=True):
        assert (one == other).all()
