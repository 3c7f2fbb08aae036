"""Constraints: what weights become, in Keras and here, at every door that takes one."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tinynet
from tests.support.parity import assert_parity, keras, precision
from tests.support.parts import describe, every
from tinynet import constraints, models
from tinynet.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import BatchNormalization, Dense, Layer
from tinynet.utils import register_keras_serializable

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 3)), RNG.normal(size=24)
CONSTRAINTS = every(constraints.CLASSES)
AXES = (0, 1, -1, [0, 1])


def model_of(*layers):
    model = tinynet.Sequential([tinynet.Input((3,)), *layers])
    model.compile(tinynet.optimizers.SGD(0.1), "mse")
    return model


@pytest.fixture(autouse=True)
def float64():
    tinynet.backend.set_floatx("float64")
    yield
    tinynet.backend.set_floatx("float32")


@pytest.mark.parametrize(("cls", "options"), CONSTRAINTS, ids=describe)
def test_each_makes_of_weights_what_keras_makes_of_them(cls, options):
    weights = [RNG.normal(size=(4, 5)), np.zeros((4, 5)), np.array([[np.inf, np.nan], [1e200, -3.0]])]
    given = [{**options, "axis": axis} for axis in AXES] if cls is not NonNeg else [options]
    for taken in given:
        theirs = {**taken, **({"axis": (0, 1)} if isinstance(taken.get("axis"), list) else {})}
        for w in weights:
            with precision("float64"):
                expected = np.asarray(getattr(keras().constraints, cls.__name__)(**theirs)(w))
            np.testing.assert_allclose(cls(**taken)(w), expected, rtol=1e-14)


@pytest.mark.parametrize(("cls", "options"), CONSTRAINTS, ids=describe)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_a_network_is_trained_as_by_keras_step_by_step(cls, options, optimizer):
    def build(k):
        limit = getattr(k.constraints, cls.__name__)(**options)
        model = k.Sequential(
            [
                k.layers.Dense(4, activation="tanh", kernel_constraint=limit, bias_constraint=limit),
                k.layers.BatchNormalization(beta_constraint=limit, gamma_constraint=limit),
                k.layers.Dense(2, bias_constraint=limit),
            ]
        )
        model.compile(getattr(k.optimizers, optimizer)(0.1), "mse")
        return model

    assert_parity(build, X, RNG.normal(size=(24, 2)), batch_size=8, epochs=2)


def test_constraints_follow_the_means_of_weights_and_batches_that_make_no_update():
    def build(k):
        limit = k.constraints.MaxNorm(0.3)
        model = k.Sequential([k.layers.Dense(4, kernel_constraint=limit), k.layers.Dense(1, bias_constraint="non_neg")])
        model.compile(k.optimizers.SGD(0.1, gradient_accumulation_steps=2, use_ema=True), "mse")
        return model

    assert_parity(build, X, Y[:, None], batch_size=8, epochs=2)


def test_the_plan_says_why_python_does_it_and_a_frozen_layer_is_left_alone():
    model = model_of(Dense(4, kernel_constraint="non_neg", trainable=False), Dense(1, name="out"))
    before = model.get_weights()[0]
    model.fit(X, Y, verbose=0)
    assert "constraint" not in model.explain_plan()
    np.testing.assert_array_equal(model.get_weights()[0], before)
    model = model_of(Dense(1, kernel_constraint="non_neg", name="out"))
    if COMPILED:  # without the compiler the plan has another reason
        assert "parameter 'out/kernel' has a constraint, which is computed in Python" in model.explain_plan()


def test_weights_are_left_as_they_start_until_the_first_update():
    model = model_of(Dense(4, kernel_initializer="ones", kernel_constraint=MaxNorm(0.5)), Dense(1))
    assert (model.layers[0].kernel == 1.0).all()
    model.train_on_batch(X, Y)
    assert np.linalg.norm(model.layers[0].kernel, axis=0).max() <= 0.5


@register_keras_serializable("tests")
class AtMost(Constraint):
    def __init__(self, most=0.25):
        self.most = most

    def __call__(self, w):
        return np.clip(w, -self.most, self.most)


class Scale(Layer):
    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", constraint=AtMost(0.5))

    def forward(self, x, training=False):
        self.x = x
        return x * self.scale

    def backward(self, dy):
        self.dscale = (dy * self.x).sum(axis=0)
        return dy * self.scale


def test_ones_own_may_be_a_class_or_a_function_and_is_for_ones_own_layers_too():
    model = model_of(Scale(), Dense(4, kernel_constraint=AtMost, bias_constraint=lambda w: np.minimum(w, 0)), Dense(1))
    model.fit(X, Y, verbose=0)
    scale, kernel, bias = model.get_weights()[:3]
    assert np.abs(scale).max() <= 0.5
    assert np.abs(kernel).max() <= 0.25
    assert bias.max() <= 0


@pytest.mark.parametrize("ending", [".npz", ".keras", ".h5"])
def test_constraints_come_back_from_a_file_and_train_on(ending, tmp_path):
    model = model_of(
        Dense(4, kernel_constraint=MinMaxNorm(0.1, 0.7, 0.5, axis=1), bias_constraint=AtMost(0.01)),
        BatchNormalization(beta_constraint="unit_norm", gamma_constraint="non_neg"),
        Dense(1, kernel_constraint=UnitNorm(axis=[0, 1])),
    )
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"model{ending}")
    again = models.load_model(tmp_path / f"model{ending}")
    assert again.to_json() == model.to_json()
    for each in (model, again):
        each.fit(X, Y, shuffle=False, verbose=0)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_names_old_and_new_configurations_and_objects_stand_for_the_same():
    for name in ("max_norm", "MaxNorm", "maxnorm"):
        assert constraints.get(name).get_config() == {"max_value": 2, "axis": 0}
    assert constraints.maxnorm(m=3).max_value == constraints.max_norm(3).max_value == 3
    for limit in (MinMaxNorm(0.5, 2, 0.25, [0, 1]), AtMost(0.5), NonNeg()):
        written = json.loads(json.dumps(constraints.serialize(limit)))
        assert constraints.serialize(constraints.deserialize(written)) == written
    assert constraints.get(None) is None
    assert Dense(1, W_constraint="nonneg").kernel_constraint.why == NonNeg.why


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: MaxNorm(-1), ValueError, "MaxNorm: `max_value` must be a number of at least 0"),
        (lambda: MaxNorm("2"), ValueError, "MaxNorm: `max_value` must be a number of at least 0"),
        (lambda: MinMaxNorm(rate=2), ValueError, "MinMaxNorm: `rate` must be a number between 0 and 1"),
        (lambda: UnitNorm(axis=0.5), ValueError, "UnitNorm: `axis` must be"),
        (lambda: UnitNorm(axis=1)([1.0, 2.0]), ValueError, r"Received: axis=1 for weights of shape \(2,\)"),
        (lambda: NonNeg()(["a"]), TypeError, "NonNeg: w"),
        (lambda: Dense(2, kernel_constraint="nonnegg"), ValueError, "Did you mean 'nonneg'"),
        (lambda: Dense(2, kernel_constraint=3), TypeError, r"constraint: expected a name.*Received: 3"),
    ],
)
def test_what_is_no_constraint_is_said_at_the_door(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("limit", "error", "words"),
    [
        (lambda w: None, ValueError, "must return an array of shape .*None: is its `return` missing"),
        (lambda w: w[:1], ValueError, r"must return an array of shape \(3, 1\), that of the weights"),
        (lambda w: "no", TypeError, "must return an array"),
        (lambda: 1, TypeError, "takes 0 positional arguments"),
        (MaxNorm(axis=2), ValueError, "`axis` must name axes of the weights"),
    ],
)
def test_a_constraint_that_fails_names_its_parameter_and_leaves_the_model_as_it_was(limit, error, words):
    model = model_of(Dense(1, kernel_constraint=limit, name="out"))
    before = model.get_weights()
    with pytest.raises(error, match=words):
        model.train_on_batch(X, Y)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert model.optimizer.iterations == 0


def test_a_constraint_is_given_a_copy():
    def spoil(w):
        w[...] = 7.0
        return np.zeros_like(w)

    model = model_of(Dense(1, kernel_constraint=spoil))
    model.train_on_batch(X, Y)
    assert (model.layers[0].kernel == 0.0).all()


def test_the_trace_tells_the_step_and_then_the_constraint():
    model = model_of(Dense(2, kernel_constraint=MaxNorm(0.1)), Dense(1, bias_constraint=lambda w: w / 2))
    told = tinynet.trace(model, X, Y)
    names = [step.name for step in told.steps]
    assert names[-6:] == ["W1_stepped", "W1_new", "b1_new", "W2_new", "b2_stepped", "b2_new"]
    np.testing.assert_allclose(told["W1_new"], MaxNorm(0.1)(told["W1_stepped"]), rtol=1e-14)
    np.testing.assert_allclose(told["b2_new"], told["b2_stepped"] / 2, rtol=1e-14)
    assert "W1_new = MaxNorm(W1_stepped)" in str(told)
    assert MaxNorm.why in str(told)
    assert "exact" in str(told.check("W1_new", told["W1_new"]))
    assert "exact" not in str(told.check("W1_new", told["W1_stepped"]))
    assert model.layers[0].weights[0].constraint.max_value == 0.1
