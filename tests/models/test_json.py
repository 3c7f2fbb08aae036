"""Models as JSON and as clones: tinynet and Keras read each other's, and a user's own parts come back by name."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tinynet
from tests.support.cases import EVERY_ACTIVATION, activation
from tests.support.keras_quickly import without_compiling
from tests.support.nets import two_classes
from tests.support.parity import keras as import_keras
from tests.support.parts import every
from tinynet import initializers, layers, losses, metrics, models, optimizers, regularizers, utils

ROOMS = {
    "initializers": [(cls, {}) for cls in initializers.CLASSES.values()],
    "losses": every(losses.CLASSES),
    "optimizers": every(optimizers.CLASSES),
    "regularizers": every(regularizers.CLASSES),
}
PARTS = [(room, cls, options) for room, parts in ROOMS.items() for cls, options in parts]
#: What Keras cannot be told in a file: these functions have no arguments there.
ONLY_HERE = ("gelu", "celu", "hard_shrink", "soft_shrink", "squareplus")


pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2


@pytest.fixture(scope="module")
def keras():
    with without_compiling():
        yield import_keras()


def without_rounding(config):
    """Return a configuration with numbers as float32 has them, as Keras keeps a learning rate."""
    return {k: float(np.float32(v)) if isinstance(v, float) else v for k, v in config.items()}


@pytest.mark.parametrize(("room", "cls", "options"), PARTS, ids=[f"{c.__name__}-{o}" for _, c, o in PARTS])
def test_keras_makes_every_part_of_what_serialize_returns_and_the_other_way_round(keras, room, cls, options):
    ours, theirs = getattr(tinynet, room), getattr(keras, room)
    part = cls(**options)
    written = json.loads(json.dumps(ours.serialize(part)))
    again = theirs.deserialize(written)
    if cls is tinynet.losses.CategoricalGeneralizedCrossEntropy:
        assert again == cls.__name__  # Keras exports the class, and finds not even what it wrote itself
        return
    assert type(again).__name__ == cls.__name__
    back = ours.deserialize(json.loads(json.dumps(theirs.serialize(again))))
    assert type(back) is cls
    config = part.get_config()
    config.pop("delta", None)  # which Keras does not write
    assert without_rounding({name: back.get_config()[name] for name in config}) == without_rounding(config)


def predicted(theirs, x):
    """Return what Keras predicts."""
    return theirs.predict_on_batch(x)


def stack(k, own):
    """Return a model with every activation and layer, of either module."""
    made = [k.Input((4,)), k.layers.Flatten()]
    for name, options in EVERY_ACTIVATION:
        if not (options and name in ONLY_HERE):
            made.append(
                k.layers.Dense(2, activation=activation(tinynet, name, options) if own or not options else name)
            )
    made += [k.layers.ReLU(max_value=3.0, negative_slope=0.1), k.layers.Dropout(0.25, seed=3)]
    made += [layers.Sigmoid()] if own else []
    made += [
        k.layers.Dense(3, use_bias=False, kernel_initializer=k.initializers.HeNormal(seed=2), kernel_regularizer="l2"),
        k.layers.Activation("tanh"),
        k.layers.Softmax(),
    ]
    model = k.Sequential(made)
    model.compile(
        k.optimizers.Adam(0.01, amsgrad=True), k.losses.CategoricalCrossentropy(), metrics=["accuracy", "mae"]
    )
    return model


def test_keras_reads_a_models_json_and_predicts_the_same(keras):
    model = stack(tinynet, own=True)
    theirs = keras.models.model_from_json(model.to_json())
    theirs.set_weights(model.get_weights())
    x, _ = two_classes()
    np.testing.assert_allclose(predicted(theirs, x), model.predict(x, verbose=0), atol=1e-6)
    assert [layer.name for layer in theirs.layers] == [layer.name for layer in model.layers]
    assert theirs.optimizer.amsgrad
    assert theirs.loss.name == "categorical_crossentropy"
    again = models.model_from_json(theirs.to_json())
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_models_json_of_keras_is_read(keras):
    theirs = stack(keras, own=False)
    model = models.model_from_json(theirs.to_json())
    model.set_weights(theirs.get_weights())
    x, _ = two_classes()
    np.testing.assert_allclose(model.predict(x, verbose=0), predicted(theirs, x), atol=1e-6)
    assert model.get_compile_config()["metrics"] == ["accuracy", "mae"]
    assert model.optimizer.get_config()["amsgrad"] is True


def test_every_layer_comes_back_as_what_it_was():
    model = stack(tinynet, own=True)
    again = models.model_from_json(model.to_json(indent=1))
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    assert again.to_json() == model.to_json()
    for one in model.layers:
        other = layers.deserialize(json.loads(json.dumps(layers.serialize(one))))
        assert type(other) is type(one)
        assert other.get_config() == one.get_config()
        assert other.built


KERAS_2 = """{"class_name": "Sequential", "keras_version": "2.0.8", "backend": "tensorflow", "config": [
 {"class_name": "Dense", "config": {"name": "dense_1", "trainable": true, "batch_input_shape": [null, 4],
  "dtype": "float32", "units": 3, "activation": "relu", "use_bias": true, "kernel_initializer":
  {"class_name": "GlorotUniform", "config": {"seed": null}}, "bias_initializer": {"class_name": "Zeros", "config": {}},
  "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}}, "bias_regularizer": null,
  "activity_regularizer": null, "kernel_constraint": null, "bias_constraint": null}},
 {"class_name": "Dropout", "config": {"name": "dropout_1", "trainable": true, "rate": 0.5}},
 {"class_name": "Dense", "config": {"name": "dense_2", "units": 1, "activation": "sigmoid"}}]}"""


def test_the_json_of_the_books_keras_2_is_read():
    model = models.model_from_json(KERAS_2)
    assert model.input_shape == (None, 4)
    assert [layer.name for layer in model.layers] == ["dense_1", "dropout_1", "dense_2"]
    assert model.layers[0].kernel_regularizer.l2 == 0.5
    optimizer = optimizers.deserialize({"class_name": "RMSprop", "config": {"lr": 0.25, "rho": 0.9, "decay": 0.0}})
    assert optimizer.learning_rate == 0.25


def test_what_keras_asks_for_and_tinynet_lacks_is_named():
    text = KERAS_2.replace('"Dropout"', '"Conv2D"')
    with pytest.raises(ValueError, match=r"Unknown layer: 'Conv2D'.*named 'dropout_1'"):
        models.model_from_json(text)
    with pytest.raises(ValueError, match=r"Unknown constraint: 'NoSuch'"):
        models.model_from_json(
            KERAS_2.replace('"kernel_constraint": null', '"kernel_constraint": {"class_name": "NoSuch"}')
        )
    with pytest.raises(ValueError, match=r'`config` must hold the "layers"'):
        models.model_from_json('{"class_name": "Functional", "config": {}}')
    with pytest.raises(ValueError, match=r"holds Python code, which is never run"):
        layers.deserialize({"class_name": "Lambda", "config": {"function": ["4wEAAAA", None, None]}})


def test_an_optimizer_of_keras_2_keeps_its_decay():
    found = optimizers.deserialize({"class_name": "SGD", "config": {"lr": 0.25, "decay": 0.5}})
    assert (found.learning_rate, found.decay) == (0.25, 0.5)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"class_name": "Sequential"}', "[" * 100_000, '{"a": 1}'])
def test_text_that_is_no_model_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"model_from_json: expected|from_config: `config` must|Could not interpret"):
        models.model_from_json(text)


# ---- a user's own ---------------------------------------------------------------------------------------------------


class Doubled(layers.Layer):
    def __init__(self, factor=2.0, **options):
        super().__init__(**options)
        self.factor = factor

    def forward(self, x, training=False):
        return x * self.factor

    def backward(self, dy):
        return dy * self.factor


class Cubed(tinynet.activations.ActivationFunction):
    def forward(self, z):
        return z**3

    def backward(self, z, a, da):
        return da * 3 * z * z


def closeness(y_true, y_pred):
    return -np.abs(y_true - y_pred).mean(axis=-1)


OWN = {"Doubled": Doubled, "Cubed": Cubed, "closeness": closeness}


def with_own_parts():
    model = tinynet.Sequential([tinynet.Input((4,)), Doubled(np.float64(3.0)), layers.Dense(1, activation=Cubed())])
    model.compile("sgd", "mse", metrics=[closeness])
    return model


@pytest.mark.parametrize("how", ["argument", "scope", "everywhere"])
def test_ones_own_parts_come_back_by_their_names(how):
    model = with_own_parts()
    with pytest.raises(ValueError, match=r"Unknown layer: 'Doubled' of .*custom_objects="):
        models.model_from_json(model.to_json())
    if how == "argument":
        again = models.model_from_json(model.to_json(), custom_objects=OWN)
    elif how == "scope":
        with utils.custom_object_scope(OWN):
            again = models.model_from_json(model.to_json())
    else:
        utils.get_custom_objects().update(OWN)
        try:
            again = models.model_from_json(model.to_json())
            assert layers.Dense(1, activation="Cubed").activation.name == "cubed"
        finally:
            for name in OWN:  # other files have registered theirs
                del utils.get_custom_objects()[name]
    again.set_weights(model.get_weights())
    x, y = two_classes()
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert again.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)


def test_registered_classes_are_written_and_found_by_package_and_name():
    try:
        registered = utils.register_keras_serializable("mine", "Thrice")(Doubled)
        assert registered is Doubled
        assert utils.get_registered_name(Doubled) == "mine>Thrice"
        assert utils.get_registered_object("mine>Thrice") is Doubled
        config = layers.serialize(Doubled(name="d"))
        assert (config["class_name"], config["registered_name"]) == ("Doubled", "mine>Thrice")
        assert type(layers.deserialize(config)) is Doubled
    finally:
        utils.get_custom_objects().pop("mine>Thrice", None)
        tinynet._registry._names.pop(Doubled, None)
    with pytest.raises(ValueError, match=r"does not have a get_config"):
        utils.register_keras_serializable()(int)
    with pytest.raises(TypeError, match=r"custom_objects: expected a dict"):
        layers.deserialize({"class_name": "Dense", "config": {"units": 1}}, custom_objects=[Doubled])


def test_a_class_of_ones_own_is_never_taken_for_tinynets_of_the_same_name():
    class Dense(layers.Dense):
        pass

    written = layers.serialize(Dense(2))
    with pytest.raises(ValueError, match=r"Unknown layer: 'Dense' of"):
        layers.deserialize(written)
    assert type(layers.deserialize(written, {"Dense": Dense})) is Dense


def test_what_json_has_no_form_for_is_named():
    model = tinynet.Sequential([Doubled(object())])
    with pytest.raises(TypeError, match=r"A configuration holds <object.*leave it out of `get_config`"):
        model.to_json()
    constant = initializers.Constant(np.array([1.0, 2.0]))
    again = initializers.deserialize(json.loads(tinynet._serialization.as_json(initializers.serialize(constant))))
    np.testing.assert_array_equal(again((2,)), [1.0, 2.0])


# ---- clones ---------------------------------------------------------------------------------------------------------


def test_a_clone_has_the_same_layers_and_weights_of_its_own():
    model = with_own_parts()
    twin = models.clone_model(model)
    assert twin.name == model.name
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    assert (twin.get_weights()[0] != model.get_weights()[0]).any()
    twin.set_weights(model.get_weights())
    x, _ = two_classes()
    np.testing.assert_array_equal(twin.predict(x, verbose=0), model.predict(x, verbose=0))
    widened = models.clone_model(model, clone_function=lambda layer: layers.Dense(5, name=f"{layer.name}_wide"))
    assert widened.output_shape == (None, 5)
    assert not models.clone_model(tinynet.Sequential([layers.Dense(2)])).built


def test_compiling_from_a_configuration_is_compiling_or_nothing():
    model, other = with_own_parts(), with_own_parts()
    before = other.setup
    with pytest.raises(ValueError, match=r"Unknown loss: 'mmse'"):
        other.compile_from_config({**model.get_compile_config(), "loss": "mmse"})
    with pytest.raises(ValueError, match=r"expected arguments of compile.*colour"):
        other.compile_from_config({"colour": 1})
    assert other.setup is before
    other.compile_from_config(json.loads(json.dumps({**model.get_compile_config(), "metrics": [["mae"]]})))
    assert other.metrics_names == ["loss", "mae"]
    assert tinynet.Sequential([layers.Dense(1)]).get_compile_config() == {}
    assert metrics.serialize(metrics.Hinge())["module"] == "keras.metrics"


def test_a_clone_is_compiled_as_its_model_is():
    model = tinynet.Sequential([tinynet.Input((3,)), layers.Dense(1)])
    assert not models.clone_model(model).compiled
    model.compile(tinynet.optimizers.SGD(0.25), "mse", metrics=["mae"])
    twin = models.clone_model(model)
    assert twin.compiled
    assert twin.optimizer is not model.optimizer
    assert twin.get_compile_config() == model.get_compile_config()
