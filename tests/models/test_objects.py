"""What configurations hold, written in Keras's form and made again: as Keras does, and between the two."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet import activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers
from tinynet.utils import deserialize_keras_object, serialize_keras_object

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")

PLAIN = [
    None,
    "text",
    b"bytes",
    3,
    0.5,
    True,
    np.array([0, 1]),
    np.array([[0.5]], "float32"),
    np.float32(1.5),
    ["list", 0, [True]],
    {"a": {"b": [1, None]}, "c": "d"},
    slice(None, 20, 1),
    ...,
]
PARTS = [
    layers.Dense(3, "relu", kernel_regularizer="l2", name="d"),
    layers.Lambda(np.square, name="l"),
    activations.get("elu"),
    constraints.MaxNorm(3),
    initializers.HeNormal(seed=1),
    losses.Huber(0.5),
    metrics.F1Score(threshold=0.25),
    optimizers.Adam(0.5),
    optimizers.schedules.ExponentialDecay(0.5, 10, 0.9),
    regularizers.L1L2(0.25, 0.5),
]


def through_json(given, **options):
    return deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(given))), **options)


@pytest.mark.parametrize("given", PLAIN, ids=repr)
def test_plain_values_come_back_and_are_written_as_keras_writes_them(given):
    theirs = keras().saving.serialize_keras_object(given)
    assert serialize_keras_object(given) == theirs
    np.testing.assert_equal(through_json(given), keras().saving.deserialize_keras_object(theirs))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_parts_of_every_room_come_back(part):
    again = through_json(part, custom_objects={"square": np.square})
    assert type(again) is type(part)
    assert serialize_keras_object(again) == serialize_keras_object(part)
    several = through_json({"parts": [part, None], "tag": "x"}, custom_objects={"square": np.square})
    assert (type(several["parts"][0]), several["tag"]) == (type(part), "x")


@pytest.mark.parametrize(
    "name",
    ["Dense", "BatchNormalization", "Huber", "Adam", "F1Score", "L2", "GlorotUniform", "MaxNorm", "PolynomialDecay"],
)
def test_keras_makes_what_tinynet_wrote_and_the_other_way_round(name):
    options = {"Dense": {"units": 3}, "PolynomialDecay": {"initial_learning_rate": 0.5, "decay_steps": 10}}.get(
        name, {}
    )
    for one, other in ((tinynet, keras()), (keras(), tinynet)):
        rooms = ("layers", "losses", "optimizers", "metrics", "regularizers", "initializers", "constraints")
        found = [getattr(one, room) for room in rooms] + [one.optimizers.schedules]
        part = next(getattr(room, name) for room in found if hasattr(room, name))(**options)
        write = serialize_keras_object if one is tinynet else one.saving.serialize_keras_object
        read = deserialize_keras_object if other is tinynet else other.saving.deserialize_keras_object
        assert type(read(json.loads(json.dumps(write(part))))).__name__ == name


class Around(layers.Layer):
    """A layer that holds others, as Keras's guides write one."""

    def __init__(self, inner, activation=None, **options):
        super().__init__(**options)
        self.inner, self.activation = inner, activation

    def call(self, x):
        return self.inner(x)

    def get_config(self):
        own = {"inner": serialize_keras_object(self.inner), "activation": serialize_keras_object(self.activation)}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config):
        own = {name: deserialize_keras_object(config.pop(name)) for name in ("inner", "activation")}
        return cls(**own, **config)


def doubled(x):
    return 2 * x


def test_a_layer_of_ones_own_writes_the_layers_and_functions_that_it_holds():
    layer = Around(layers.Dense(3, activation="tanh"), doubled)
    own = {"Around": Around, "doubled": doubled}
    again = through_json(layer, custom_objects=own)
    assert (type(again), again.activation, again.inner.units) == (Around, doubled, 3)
    layer(X), again(X)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(X), layer(X))
    model = tinynet.Sequential([tinynet.Input((4,)), layer])
    twin = tinynet.models.model_from_json(model.to_json(), custom_objects=own)
    assert twin.count_params() == model.count_params()


@pytest.mark.parametrize("functional", [False, True])
def test_models_come_back_with_new_weights(functional):
    x = tinynet.Input((4,))
    model = tinynet.Model(x, layers.Dense(2)(x)) if functional else tinynet.Sequential([x, layers.Dense(2)])
    again = through_json(model)
    assert type(again) is type(model)
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_registered_function_is_found_by_its_name_alone_too():
    tinynet.utils.register_keras_serializable("mine")(doubled)
    try:
        for name in ("doubled", "mine>doubled"):
            config = {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
            assert deserialize_keras_object(config) is doubled
        assert through_json(doubled) is doubled
    finally:
        del tinynet.utils.get_custom_objects()["mine>doubled"]
    for name, function in (("mean_squared_error", losses.mean_squared_error), ("relu", activations.relu)):
        config = {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
        assert deserialize_keras_object(config) is function


endless: list = []
endless.append(endless)


@pytest.mark.parametrize(
    ("call", "given", "error", "message"),
    [
        (serialize_keras_object, lambda x: x, ValueError, "a lambda has no name"),
        (serialize_keras_object, object(), TypeError, "no `get_config`"),
        (serialize_keras_object, endless, ValueError, "hold themselves"),
        (deserialize_keras_object, endless, ValueError, "hold themselves"),
        (deserialize_keras_object, {"class_name": "Dense", "config": [1]}, TypeError, "Expected 'config' to be a dict"),
        (deserialize_keras_object, {"class_name": "function", "config": ["a"]}, TypeError, "to be a non-null str"),
        (
            deserialize_keras_object,
            {"class_name": "Nobody", "config": {}},
            ValueError,
            "Could not locate class 'Nobody'",
        ),
        (deserialize_keras_object, {"class_name": "__lambda__", "config": {}}, ValueError, "arbitrary code execution"),
    ],
)
def test_what_has_no_form_and_what_is_none_is_told(call, given, error, message):
    with pytest.raises(error, match=message):
        call(given)
