"""An optimizer's numbers and Keras's forms: what they may be, when they count, and what programs may ask for."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes, unchanged
from tinynet import optimizers
from tinynet.callbacks import LambdaCallback
from tinynet.memory import Parameter
from tinynet.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

X, Y = two_classes(100)

NUMBERS = {
    SGD: ("learning_rate", "momentum", "clipnorm", "clipvalue", "global_clipnorm", "weight_decay"),
    RMSprop: ("learning_rate", "rho", "momentum", "epsilon", "global_clipnorm"),
    Adam: ("learning_rate", "beta_1", "beta_2", "epsilon", "clipnorm"),
    AdamW: ("weight_decay",),
    Adagrad: ("learning_rate", "initial_accumulator_value", "epsilon"),
}
NO_NUMBERS = ["a", "0.1", b"1", [0.1], np.array([0.1]), np.array([0.1, 0.2]), {}, True, 1j]
OUT_OF_RANGE = [float("nan"), float("inf"), -1.0, 10**400]
EACH = [(cls, name) for cls, names in NUMBERS.items() for name in names]


@pytest.mark.parametrize(("cls", "name"), EACH, ids=lambda v: getattr(v, "__name__", v))
@pytest.mark.parametrize("value", [*NO_NUMBERS, *OUT_OF_RANGE], ids=lambda v: f"{v!r:.12}")
def test_a_number_that_is_none_is_refused_by_name_when_given_and_when_set(cls, name, value):
    kind = ValueError if any(value is v for v in OUT_OF_RANGE) else TypeError
    with pytest.raises(kind, match=rf": `{name}` "):
        cls(**{name: value})
    optimizer = cls(momentum=0.5) if name == "momentum" else cls()
    before = optimizer.numbers.copy()
    with pytest.raises(kind, match=rf": `{name}` "):
        setattr(optimizer, name, value)
    np.testing.assert_array_equal(optimizer.numbers, before)


@pytest.mark.parametrize(("cls", "name"), [(SGD, "nesterov"), (RMSprop, "centered"), (Adam, "amsgrad")])
def test_a_flag_is_true_or_false(cls, name):
    for value in ("yes", np.array([True, False]), [1], None, 2, float("nan")):
        with pytest.raises(TypeError, match=f"`{name}` must be True or False"):
            cls(**{name: value})
    assert getattr(cls(**{name: np.bool_(True)}), name) is True


def test_numbers_of_every_kind_that_is_one_are_taken():
    for value in (0.25, np.float32(0.25), np.float64(0.25), np.array(0.25)):
        assert SGD(value).learning_rate == 0.25
    assert SGD(np.int64(1)).learning_rate == 1.0
    assert str(SGD(-0.0).learning_rate) == "0.0"


def test_where_programs_look_for_keras_words_they_find_them():
    for wrong, words in (
        (lambda: SGD(momentum=2.0), r"`momentum` must be a float between \[0, 1\]\."),
        (lambda: SGD(clipnorm=1, clipvalue=1), "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set"),
        (lambda: AdamW(weight_decay=None), "Argument `weight_decay` must be a float"),
        (lambda: SGD().apply_gradients([]), "No gradients provided for any variable."),
        (
            lambda: SGD().set_weights([1, 2, 3]),
            r"You are calling `set_weights\(\)` on an optimizer that has not yet been",
        ),
    ):
        with pytest.raises(ValueError, match=words):
            wrong()


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(0.5, momentum=0.06, nesterov=True, weight_decay=0.004),
        RMSprop(0.5, rho=0.8, momentum=0.05, epsilon=1e-6, centered=True, clipnorm=2.0),
        Adam(0.5, beta_1=0.5, beta_2=0.67, epsilon=1e-5, amsgrad=True, global_clipnorm=1.0, name="mine"),
        AdamW(0.5, weight_decay=0.0),
        Adagrad(0.5, initial_accumulator_value=0.2, epsilon=1e-5, clipvalue=3.0),
    ],
    ids=lambda o: type(o).__name__,
)
def test_configurations_go_round_as_in_keras(optimizer):
    config = optimizer.get_config()
    assert json.loads(json.dumps(config)) == config
    assert config["use_ema"] is False
    for again in (
        type(optimizer).from_config(config),
        optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(optimizer)))),
        optimizers.get(optimizers.serialize(optimizer)),
        pickle.loads(pickle.dumps(optimizer)),
        copy.deepcopy(optimizer),
    ):
        assert type(again) is type(optimizer)
        assert again.get_config() == config


def test_a_users_class_is_deserialized_from_custom_objects():
    class Mine(SGD):
        pass

    again = optimizers.deserialize(optimizers.serialize(Mine(0.5)), custom_objects={"Mine": Mine})
    assert type(again) is Mine
    assert again.learning_rate == 0.5
    assert optimizers.get(None) is None


def test_the_learning_rate_and_the_count_have_the_methods_of_a_variable():
    model = classifier(optimizer=SGD(0.5))
    model.fit(X, Y, verbose=0)
    optimizer = model.optimizer
    assert (optimizer.iterations, optimizer.iterations.numpy(), optimizer.iterations + 1) == (4, 4, 5)
    optimizer.learning_rate.assign(optimizer.learning_rate * 0.5)
    assert optimizer.learning_rate.numpy() == optimizer.lr == 0.25
    assert f"{optimizer.learning_rate:.3f} {optimizer.iterations:d}" == "0.250 4"
    optimizer.iterations.assign(0)
    assert optimizer.iterations == 0
    for value in (-1, 1.5, True):
        with pytest.raises(ValueError, match="`iterations` must be a whole number"):
            optimizer.iterations.assign(value)
    with pytest.raises(ValueError, match="`learning_rate` must be a number of at least 0"):
        optimizer.learning_rate.assign(-1)
    assert type(pickle.loads(pickle.dumps(optimizer.learning_rate))) is float


def test_its_variables_are_keras_own_in_keras_order():
    w, b = Parameter("w", np.ones((2, 2))), Parameter("b", np.ones(2))
    adam = Adam(0.5)
    assert len(adam.variables) == 2
    adam.build([w, b])
    names = ["iteration", "learning_rate", "w_momentum", "w_velocity", "b_momentum", "b_velocity"]
    assert [v.name for v in adam.variables] == [f"adam/{name}" for name in names]
    adam.apply_gradients([([[1, 1], [1, 1]], w), ([1, 1], b)])
    assert [float(v) for v in adam.variables[:2]] == [1, 0.5]
    np.testing.assert_allclose(adam.variables[2], np.full((2, 2), 0.1))
    others, again = [Parameter("w", np.ones((2, 2))), Parameter("b", np.ones(2))], Adam()
    again.build(others)
    again.set_weights(adam.variables)
    assert again.iterations == 1
    assert again.learning_rate == 0.5
    with pytest.raises(ValueError, match="expected weights of the shapes"):
        again.set_weights(adam.variables[:3])


def test_a_step_from_gradients_of_ones_own_is_a_training_step():
    one, other = classifier(optimizer=Adam(0.1)), classifier(optimizer=Adam(0.1))
    one.train_on_batch(X, Y)
    gradients = [p.gradient.copy() for p in one.trainable_variables]
    other.optimizer.apply_gradients(zip(gradients, other.trainable_variables, strict=True))
    assert_same_weights(one, other)
    assert other.optimizer.iterations == 1


def test_gradients_are_clipped_as_a_step_would():
    given = [np.array([100.0, 100.0]), np.array([[3, 4]])]
    for optimizer, clipped in (
        (SGD(clipnorm=1), [[0.5**0.5] * 2, [[0.6, 0.8]]]),
        (SGD(clipvalue=1), [[1, 1], [[1, 1]]]),
        (SGD(global_clipnorm=10), [[1000 / 20025**0.5] * 2, [[30 / 20025**0.5, 40 / 20025**0.5]]]),
        (SGD(), given),
    ):
        for one, other in zip(optimizer.clip_gradients(given), clipped, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)
    assert given[0].tolist() == [100.0, 100.0]
    with pytest.raises(TypeError, match="gradients must be an array of real numbers"):
        SGD().clip_gradients([None])


def test_gradients_that_do_not_fit_are_refused_and_change_nothing():
    model = classifier(optimizer=SGD(0.1))
    w, *others = model.trainable_variables
    for pairs, error, words in (
        ([(np.ones(3), w)], ValueError, "must have the parameter's shape"),
        ([(None, w)], ValueError, "No gradients provided"),
        ([(np.ones(w.shape), w.value)], TypeError, "expected parameters, such as model.trainable_variables"),
        ([w], TypeError, "expected pairs"),
        ([(1, w, 3)], TypeError, "expected pairs"),
    ):
        with unchanged(model), pytest.raises(error, match=words):
            model.optimizer.apply_gradients(pairs)
    with pytest.warns(UserWarning, match="Gradients do not exist for variables"):
        model.optimizer.apply_gradients([(np.ones(w.shape), w), (None, others[0])])


# ---- set during a fit -----------------------------------------------------------------------------------------------

SETTINGS = [
    (SGD(0.1), "learning_rate", 0.5),
    (SGD(0.1), "lr", 0.0),
    (SGD(0.1, momentum=0.5), "momentum", 0.9),
    (SGD(0.1, momentum=0.5), "nesterov", True),
    (SGD(0.1), "clipnorm", 0.01),
    (SGD(0.1, clipvalue=0.01), "clipvalue", None),
    (SGD(0.1), "global_clipnorm", 0.01),
    (SGD(0.1), "weight_decay", 0.5),
    (AdamW(0.1), "weight_decay", None),
    (RMSprop(0.1), "rho", 0.1),
    (RMSprop(0.1), "epsilon", 1.0),
    (Adam(0.1), "beta_1", 0.1),
    (Adam(0.1), "beta_2", 0.1),
]


@both_loops
@pytest.mark.parametrize(("optimizer", "name", "value"), SETTINGS, ids=lambda v: str(getattr(v, "name", v)))
def test_a_number_set_in_a_callback_counts_from_the_next_batch_on(optimizer, name, value, compiled):
    def trained(sets: bool) -> tinynet.Sequential:
        model = classifier(compiled, optimizer=copy.deepcopy(optimizer))

        def on_batch_end(batch, logs):
            if batch == 1:
                setattr(model.optimizer, name, value)

        if sets:
            model.fit(
                X, Y, batch_size=25, shuffle=False, verbose=0, callbacks=[LambdaCallback(on_batch_end=on_batch_end)]
            )
        else:
            model.fit(X[:50], Y[:50], batch_size=25, shuffle=False, verbose=0)
            setattr(model.optimizer, name, value)
            model.fit(X[50:], Y[50:], batch_size=25, shuffle=False, verbose=0)
        return model

    assert_same_weights(trained(True), trained(False), exactly=False)


def test_a_users_number_is_taken_as_it_is():
    class Mine(Optimizer):
        def update(self, w, dw, slots, step):
            w -= self.learning_rate * dw

    assert Mine(0.1).get_config()["learning_rate"] == 0.1
    assert Mine.from_config(Mine(0.1).get_config()).learning_rate == 0.1
