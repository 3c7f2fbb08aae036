"""Wrong arguments of parts and of `compile`: refused with a message that says what to do."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import classifier, unchanged
from tinynet.layers import Activation, Dense, Flatten, Input, Layer
from tinynet.losses import BinaryCrossentropy
from tinynet.models import Sequential


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "binary_crosentropy"}, "Unknown loss: 'binary_crosentropy'. Did you mean 'binary_crossentropy'"),
        ({"optimizer": "rmsprob"}, "Unknown optimizer: 'rmsprob'. Did you mean 'rmsprop'"),
        ({"optimizer": "adamq"}, "Unknown optimizer: 'adamq'. Did you mean 'adam'"),
        ({"metrics": ["acuracy"]}, "Unknown metric: 'acuracy'. Did you mean 'accuracy'"),
        ({"weighted_metrics": ["mes"]}, "Unknown metric: 'mes'. Did you mean 'mse'"),
        ({"metrics": 3}, r"metrics: expected a list, such as metrics=\['accuracy'\]"),
        ({"metrics": ["mae", None]}, "metrics: expected metrics, received None"),
        ({"loss": lambda y: 0}, r"loss: expected a name.*A function must take \(y_true, y_pred\)"),
        ({"loss": 3}, "loss: expected a name"),
        ({"optimizer": 3}, "optimizer: expected a name"),
        ({"metrics": [3]}, "metrics: expected a name"),
    ],
)
def test_compile_refuses_and_suggests(arguments, message):
    model = classifier()
    with unchanged(model), pytest.raises((ValueError, TypeError), match=message):
        model.compile(**{"optimizer": "sgd", "loss": "mse", **arguments})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(0), "invalid value for `units`, expected a positive integer. Received: units=0"),
        (lambda: Dense(2.5), "units=2.5"),
        (lambda: Dense("8"), "units='8'"),
        (lambda: Dense(2, activation="relo"), "Unknown activation function: 'relo'. Did you mean 'relu'"),
        (lambda: Dense(2, activation=lambda: 0), "A plain function must take one array"),
        (lambda: Activation("softmaxx"), "Did you mean 'softmax'"),
        (lambda: Dense(2, kernel_initializer="he_norm"), "Unknown initializer: 'he_norm'. Did you mean 'he_normal'"),
        (lambda: Dense(2, input_dim=3, input_shape=(3,)), "either `input_dim` or `input_shape`"),
        (lambda: Dense(2, input_shape=3), r"shape of one sample as a tuple. Received: 3. Write \(3,\)"),
        (lambda: Input((0,)), r"positive whole numbers. Received: \(0,\)"),
        (lambda: Input((2.5,)), "positive whole numbers"),
        (lambda: Dense(2, input_dim="4"), "positive whole numbers"),
        (lambda: Input(), "Input: pass a `shape` argument"),
        (lambda: tinynet.optimizers.SGD("fast"), "`learning_rate` must be a number. Received: 'fast'"),
        (lambda: tinynet.optimizers.SGD(-1), "`learning_rate` must be a number of at least 0"),
        (lambda: tinynet.optimizers.SGD(float("nan")), "`learning_rate` must be a number of at least 0"),
        (lambda: tinynet.optimizers.SGD(momentum=1.5), r"`momentum` must be a float between \[0, 1\]"),
        (lambda: tinynet.optimizers.Adam(beta_1=1.0), "`beta_1` must be below 1"),
        (lambda: tinynet.optimizers.Adam(clipnorm=1, clipvalue=1), "Only one of `clipnorm`, `clipvalue` and"),
        (lambda: tinynet.optimizers.Adam(clipnorm=-1), "`clipnorm` must be a number of at least 0"),
        (lambda: BinaryCrossentropy(label_smoothing=2), "`label_smoothing` must be between 0 and 1"),
        (lambda: tinynet.backend.set_floatx("float16"), "expected 'float32' or 'float64'. Received: 'float16'"),
        (lambda: tinynet.set_random_seed("a"), "expected `seed` to be an integer"),
        (lambda: tinynet.set_random_seed(-1), "`seed` to be between 0 and"),
        (
            lambda: setattr(tinynet.optimizers.SGD(), "momentum", 0.9),
            r"fixed when it is made.*SGD\(momentum=0.9\)",
        ),
        (lambda: setattr(tinynet.optimizers.RMSprop(), "centered", True), r"RMSprop\(centered=True\)"),
        (lambda: setattr(tinynet.optimizers.Adam(amsgrad=True), "amsgrad", False), r"Adam\(amsgrad=False\)"),
        (lambda: setattr(tinynet.optimizers.Adam(), "beta_2", 1), "`beta_2` must be below 1"),
        (lambda: BinaryCrossentropy(reduction="total"), "Invalid value for argument `reduction`.*reduction='total'"),
        (lambda: BinaryCrossentropy(axes=1), "unexpected keyword argument 'axes'. It takes: from_logits"),
        (lambda: BinaryCrossentropy(axis=True), "`axis` must be of type `int`"),
        (lambda: tinynet.metrics.BinaryAccuracy(limit=1), "unexpected keyword argument 'limit'. It takes: name, dtype"),
        (lambda: Dense(1)(Dense(3)), r"was called with <Dense.*what Input and other layers give"),
        (lambda: Sequential(Dense(3)), r"expected the layers as one list.*Write Sequential\(\["),
        (lambda: tinynet.Model(inputs=Input((3,)), outputs=Dense(1)), "All `outputs` values must be KerasTensors"),
        (lambda: _WithCall(), "_WithCall defines `call`, and a Sequential calls its layers.*Derive it from Model"),
        (lambda: Sequential([Dense(1)], layer=2), "unexpected keyword argument 'layer'. It takes: layers"),
        (
            lambda: Sequential([Dense(1)]).compile("sgd", "mse", [1.0, 2.0]),
            "loss_weights are for models of several outputs",
        ),
    ],
)
def test_parts_refuse_what_means_nothing(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_layers_check_what_comes_in():
    with pytest.raises(ValueError, match=r"at least 2 dimensions, \(samples, features\).*x.reshape\(-1, 1\)"):
        Sequential([Dense(1)]).predict(np.ones(3), verbose=0)
    with pytest.raises(ValueError, match="last axis of the input must be known"):
        Sequential([Input((None, 3)), Flatten(), Dense(1)])


def test_a_rank_that_only_a_later_layer_refuses_builds_nothing():
    model = Sequential([Flatten(), Dense(2), _OnlyThree(), Dense(1)])
    with unchanged(model), pytest.raises(ValueError, match="wants 3"):
        model.predict(np.ones((60, 4)), verbose=0)


class _WithCall(Sequential):
    def call(self, x):
        return x


class _OnlyThree(Layer):
    def compute_output_shape(self, input_shape):
        if input_shape[-1] != 3:
            raise ValueError("wants 3")
        return input_shape


def test_a_metric_may_not_take_the_name_of_the_loss():
    model = tinynet.Sequential([tinynet.layers.Dense(1)])
    with pytest.raises(ValueError, match="'loss' is the name"):
        model.compile("sgd", "mse", metrics=[tinynet.metrics.MeanAbsoluteError(name="loss")])


@pytest.mark.parametrize("part", [tinynet.metrics.MeanSquaredError, tinynet.losses.MeanSquaredError])
def test_weights_for_some_rows_only_are_refused(part):
    with pytest.raises(ValueError, match="a sample_weight for each of"):
        part()(np.ones((4, 1)), np.ones((4, 1)), sample_weight=[1.0, 1.0, 1.0])


def test_a_layer_knows_two_float_types():
    with pytest.raises(ValueError, match="'float32' or 'float64'"):
        tinynet.layers.Dense(1, dtype="float16")
