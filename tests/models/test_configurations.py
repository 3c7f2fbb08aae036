"""Configurations: what makes a layer, an optimizer or a model again, in plain types."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import tinynet
from tests.support.cases import ACTIVATIONS_WITH_OPTIONS, activation
from tests.support.nets import assert_same_weights, classifier, two_classes
from tests.support.parts import TABLES, describe, every
from tinynet import activations, regularizers
from tinynet.layers import Activation, Dense, Dropout, Flatten, Input, InputLayer, Layer, ReLU, Sigmoid, Softmax
from tinynet.models import Sequential
from tinynet.optimizers import SGD, Adam, AdamW, Optimizer, RMSprop

LAYERS = [
    Dense(3),
    Dense(2, "tanh", use_bias=False, kernel_initializer=tinynet.initializers.HeNormal(seed=3), trainable=False),
    Dense(2, bias_initializer=tinynet.initializers.Constant(0.5), input_dim=4, dtype="float64", name="own"),
    Activation("softmax"),
    Dropout(0.25, seed=4),
    Flatten(input_shape=(2, 2)),
    ReLU(),
    Sigmoid(),
    Softmax(),
    InputLayer((3,)),
]


def part(room, name, **config):
    """Return a part as Keras writes it down."""
    return {"module": f"keras.{room}", "class_name": name, "config": config, "registered_name": None}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_a_layer_made_from_its_configuration_has_the_same(layer):
    config = layer.get_config()
    again = type(layer).from_config(json.loads(json.dumps(config)))
    assert json.dumps(again.get_config()) == json.dumps(config)
    assert again is not layer
    assert again.given_input_shape == layer.given_input_shape


def test_a_layers_configuration_has_keras_keys():
    assert Dense(3, activation="relu", name="a").get_config() == {
        "name": "a",
        "trainable": True,
        "dtype": None,
        "units": 3,
        "activation": "relu",
        "use_bias": True,
        "kernel_initializer": part("initializers", "GlorotUniform", seed=None),
        "bias_initializer": part("initializers", "Zeros"),
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
    }


def test_parts_with_numbers_of_their_own_are_in_a_configuration_by_class_and_numbers():
    layer = Dense(3, activation=activations.ELU(0.5), kernel_regularizer="l2", bias_regularizer=regularizers.L1(0.25))
    config = layer.get_config()
    assert config["activation"] == part("layers", "ELU", alpha=0.5)
    assert config["kernel_regularizer"] == part("regularizers", "L2", l2=0.01)
    again = Dense.from_config(json.loads(json.dumps(config)))
    assert again.activation.alpha == 0.5
    assert (again.kernel_regularizer.l2, again.bias_regularizer.l1) == (0.01, 0.25)


@pytest.mark.parametrize(("cls", "options"), [e for table in TABLES.values() for e in every(table)], ids=describe)
def test_every_part_is_made_again_from_its_configuration_copied_and_pickled(cls, options):
    """Those of the tables, with every option."""
    part = cls(**options)
    config = part.get_config()
    assert {name: config[name] for name in options} == options
    again = cls.from_config(json.loads(json.dumps(config)))
    for other in (again, copy.deepcopy(part), pickle.loads(pickle.dumps(part))):
        assert type(other) is cls
        assert other.get_config() == config


def test_a_copied_and_a_pickled_model_train_on_as_the_model_does():
    x, y = two_classes()
    for name, options in ACTIVATIONS_WITH_OPTIONS:
        first = Dense(5, activation(tinynet, name, options), kernel_regularizer="l1_l2", bias_regularizer="l2")
        model = Sequential([Input((4,)), first, Dropout(0.2), Dense(1)])
        model.compile(AdamW(0.01, amsgrad=True), tinynet.losses.Huber(0.5), metrics=[tinynet.metrics.Huber(delta=0.3)])
        model.fit(x, y, verbose=0)
        copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
        histories = [m.fit(x, y, epochs=2, verbose=0).history for m in (model, *copies)]
        assert histories[0] == histories[1] == histories[2]
        for other in copies:
            assert_same_weights(model, other)


@pytest.mark.parametrize(
    "optimizer",
    [SGD(0.1, momentum=0.9, nesterov=True, clipnorm=1), RMSprop(rho=0.5, centered=True), Adam(amsgrad=True, name="a")],
)
def test_an_optimizer_made_from_its_configuration_has_the_same(optimizer):
    optimizer.learning_rate = 0.25
    again = type(optimizer).from_config(json.loads(json.dumps(optimizer.get_config())))
    assert again.get_config() == optimizer.get_config()
    assert again.learning_rate == 0.25
    assert again.slots == optimizer.slots
    np.testing.assert_array_equal(again.numbers, optimizer.numbers)


def test_a_model_made_from_its_configuration_has_the_same_layers_and_weights_of_its_own():
    model = classifier()
    model.layers[0].trainable = False
    again = Sequential.from_config(json.loads(json.dumps(model.get_config())))
    assert again.get_config() == model.get_config()
    assert again.built
    assert again.setup is None
    assert (again.get_weights()[0] != model.get_weights()[0]).any()
    again.set_weights(model.get_weights())
    x, _ = two_classes()
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    again.layers[1].kernel[...] = 0
    assert model.layers[1].kernel.any()


def test_a_model_without_a_shape_stays_without():
    again = Sequential.from_config(Sequential([Dense(2)], name="small").get_config())
    assert again.name == "small"
    assert not again.built


def test_a_frozen_model_freezes_what_is_put_on_its_twin():
    again = Sequential.from_config(Sequential([Input((3,)), Dense(2)], trainable=False).get_config())
    again.add(Dense(1))
    assert [layer.trainable for layer in again.layers] == [False, False]


class Scaled(Layer):
    def __init__(self, factor, **options):
        super().__init__(**options)
        self.factor = factor

    def forward(self, x, training=False):
        return x * self.factor


class Halved(Scaled):
    def __init__(self, halvings=1, **options):
        super().__init__(0.5**halvings, **options)

    def get_config(self):
        config = super().get_config()
        del config["factor"]
        return {**config, "halvings": round(-np.log2(self.factor))}


def test_ones_own_layers_are_made_again_by_their_classes():
    model = Sequential([Input((2,)), Scaled(3.0), Halved(2)])
    own = {"Scaled": Scaled, "Halved": Halved}
    again = Sequential.from_config(model.get_config(), custom_objects=own)
    assert again.predict([[4.0, 8.0]], verbose=0).tolist() == [[3.0, 6.0]]
    with pytest.raises(ValueError, match="Unknown layer: 'Scaled'"):
        Sequential.from_config(model.get_config())


def test_ones_own_functions_come_along_as_they_are():
    class Twice(tinynet.activations.ActivationFunction):
        name = "twice"

        def forward(self, z):
            z *= 2

    def sevens(shape, dtype=None):
        return np.full(shape, 7, dtype)

    model = Sequential([Input((1,)), Dense(1, Twice(), kernel_initializer=sevens)])
    again = Sequential.from_config(model.get_config())
    assert again.predict([[1.0]], verbose=0).item() == 14.0
    assert_same_weights(again, model)


def test_an_optimizer_of_ones_own_keeps_what_it_names_alike():
    class Signs(Optimizer):
        def __init__(self, learning_rate=0.01, sharpness=1.0, **options):
            super().__init__(learning_rate, **options)
            self.sharpness = sharpness

    again = Signs.from_config(Signs(0.5, sharpness=3.0, clipvalue=1.0).get_config())
    assert (again.learning_rate, again.sharpness, again.clipvalue) == (0.5, 3.0, 1.0)


def test_a_class_with_arguments_of_its_own_is_called_with_what_its_configuration_holds():
    class Wide(tinynet.Model):
        def __init__(self, units=2):
            inputs = tinynet.Input((2,))
            super().__init__(inputs, tinynet.layers.Dense(units)(inputs))
            self.units = units

        def get_config(self):
            return {"units": self.units}

    again = Wide.from_config(Wide(3).get_config())
    assert isinstance(again, Wide)
    assert again.output_shape == (None, 3)
    with pytest.raises(TypeError, match="Unable to revive model from config"):
        Wide.from_config({"size": 3})
