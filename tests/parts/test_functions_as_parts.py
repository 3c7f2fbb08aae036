"""Plain functions as activations and regularizers: what they compute is trained through, as in Keras."""

from __future__ import annotations

import copy
import math
import pickle
import warnings

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras as import_keras
from tinynet import activations, regularizers
from tinynet.layers import Activation, Dense, Input

RNG = np.random.default_rng(2)
X = np.random.default_rng(0).normal(size=(12, 3))
Y = np.random.default_rng(1).normal(size=(12, 2))
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*a plain function is differentiated:UserWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's, from NumPy 2
]


def squashed(z):
    return np.tanh(z)


def shares(z):
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def in_place(z):
    z *= z
    return z


def large(w):
    return 0.1 * (w**2).sum()


def unfollowed(z):
    return np.array([math.tanh(each) for each in np.ravel(z)]).reshape(np.shape(z))


def unfollowed_penalty(w):
    return 0.1 * math.fsum(np.square(np.asarray(w)).ravel())


def trained(activation, regularizer=None):
    tinynet.backend.set_floatx("float64")
    tinynet.set_random_seed(1)
    model = tinynet.Sequential([Input((3,)), Dense(4, activation, kernel_regularizer=regularizer), Dense(2)])
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=3, verbose=0)
    return model


@pytest.mark.parametrize(
    ("plain", "known"),
    [
        (squashed, "tanh"),
        (np.tanh, "tanh"),
        (unfollowed, "tanh"),
        (shares, "softmax"),
        (lambda z: z, "linear"),
        (in_place, lambda z: np.square(z)),
    ],
)
@pytest.mark.parametrize("penalty", [large, unfollowed_penalty])
def test_a_function_trains_as_the_part_that_computes_the_same(plain, known, penalty):
    one, other = trained(plain, penalty), trained(known, regularizers.L2(0.1))
    for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)
    assert one.history.history["loss"] == pytest.approx(other.history.history["loss"], rel=1e-7)


class Own(regularizers.Regularizer):
    """A class as programs for Keras write one: what it computes is all that they give."""

    def __init__(self, factor=0.1):
        self.factor = factor

    def __call__(self, w):
        return self.factor * large(w) / 0.1

    def get_config(self):
        return {"factor": self.factor}


class Unfollowed(regularizers.Regularizer):
    def __call__(self, w):
        return unfollowed_penalty(w)


@pytest.mark.parametrize("part", [Own, Unfollowed])
def test_a_class_of_ones_own_needs_no_gradient(part):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        one = trained("tanh", part())
    assert [str(each.message)[:60] for each in warned] == (
        ["Regularizer Unfollowed: a `__call__` without `gradient` is d"] if part is Unfollowed else []
    )
    for ours, theirs in zip(one.get_weights(), trained("tanh", regularizers.L2(0.1)).get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


def test_a_class_without_a_gradient_is_made_again():
    part = Own(0.3)
    assert part.gradient(np.ones(2)) == pytest.approx(0.6)  # with something kept, which is not sent
    for again in (pickle.loads(pickle.dumps(part)), Own.from_config(part.get_config()), copy.deepcopy(part)):
        np.testing.assert_allclose(again.gradient(np.ones(2)), 0.6, rtol=1e-6)


def test_what_a_class_makes_of_a_known_penalty_counts():
    class Doubled(regularizers.L2):
        def __call__(self, w):
            return 2 * super().__call__(w)

    with pytest.warns(UserWarning, match="Doubled: a `__call__` without `gradient` is differentiated by central"):
        one, other = trained("tanh", Doubled(0.1)), trained("tanh", regularizers.L2(0.2))
    for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


def aliased(z):
    s = z
    s *= 2
    return s * z


def test_what_a_function_does_in_place_is_the_same_in_training_and_outside():
    model = functions(aliased, large)
    z = model.layers[0].kernel.T @ X[0].astype("f4")
    np.testing.assert_allclose(model.predict(X[:1], verbose=0)[0], 2 * z * z, rtol=1e-5)
    model.gradient_check(X[:2], Y[:2]).require()


def test_a_function_may_write_to_what_it_is_given():
    z = np.array([[1.0, -2.0]])
    np.testing.assert_array_equal(activations.get(in_place)(z), [[1.0, 4.0]])
    np.testing.assert_array_equal(z, [[1.0, -2.0]])


def functions(activation, penalty):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((3,)), Dense(2, activation=activation, kernel_regularizer=penalty)])
    model.compile("sgd", "mse")
    return model


def test_numpys_functions_are_differentiated_exactly():
    z, da = np.array([[1e-3, 2.0, -3.0]]), np.array([[1.0, -1.0, 0.5]])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        dz = da.copy()  # in which the gradient is written
        activation = activations.get(lambda z: z**3 / (1 + np.abs(z)))
        activation.backward(z, activation(z), dz)
        dw = regularizers.get(lambda w: np.sqrt((w**4).sum())).gradient(np.full(20_001, 2.0))
        functions(squashed, large).fit(X, Y, verbose=0)
    slopes = 3 * z**2 / (1 + abs(z)) - z**3 * np.sign(z) / (1 + abs(z)) ** 2
    np.testing.assert_allclose(dz, da * slopes, rtol=1e-13)
    np.testing.assert_allclose(dw, 2 * 2.0**3 / (np.sqrt(20_001) * 4), rtol=1e-12)


class NowAndThenError(Exception):
    pass


@pytest.mark.parametrize("kind", ["activation", "penalty", "loss", "lambda"])
def test_an_error_that_a_function_raises_once_reaches_the_caller(kind):
    calls = []

    def failing(*arrays):
        calls.append(kind)
        if isinstance(arrays[-1], tinynet.tape.Taped):
            raise NowAndThenError
        return arrays[-1] if kind in ("activation", "lambda") else np.mean(arrays[-1])

    layer = (
        tinynet.layers.Lambda(failing) if kind == "lambda" else Activation(failing if kind == "activation" else None)
    )
    penalty = failing if kind == "penalty" else None
    model = tinynet.Sequential([Input((3,)), Dense(2, kernel_regularizer=penalty), layer])
    model.compile("sgd", failing if kind == "loss" else "mse")
    before = model.get_weights()
    with pytest.raises(NowAndThenError):
        model.fit(X, Y, verbose=0)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_it_is_said_once_that_a_function_is_differentiated_by_differences():
    model = functions(unfollowed, unfollowed_penalty)
    with pytest.warns(UserWarning, match="a plain function is differentiated") as said:
        model.fit(X, Y, epochs=3, verbose=0)
    assert len(said) == 2
    model.gradient_check(X[:2], Y[:2]).require()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"activation": lambda z: z - unfollowed(z).mean(axis=0)},
            "cannot be trained through: what the function makes",
        ),
        ({"activation": lambda z: z[:, :1]}, r"Activation 'function': `function` must return an array of shape"),
        ({"activation": lambda z: z * RNG.random(z.shape)}, "the same numbers depends on chance"),
        ({"activation": lambda z: None}, "It returned None: is its `return` missing"),
        ({"kernel_regularizer": lambda w: w}, "Regularizer '<lambda>': `function` must return one number"),
    ],
)
def test_what_a_function_returns_is_looked_at(options, message):
    model = tinynet.Sequential([Input((3,)), Dense(2, **options)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y, verbose=0)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_function_of_too_many_weights_is_refused_as_a_penalty():
    with pytest.raises(ValueError, match="for at most 20000 of them"):
        regularizers.get(unfollowed_penalty).gradient(np.zeros(20001))


def test_what_is_no_function_of_one_array_is_refused():
    for given in (Dense(3), Dense, lambda: 0, lambda z, w: z, 3, tinynet.losses.MeanSquaredError()):
        with pytest.raises(TypeError, match="A plain function must take one array"):
            activations.get(given)
        with pytest.raises(TypeError, match="or a function of the weights"):
            regularizers.get(given)


def test_a_model_with_functions_is_copied_and_written_by_their_names(tmp_path):
    model = trained(squashed, large)
    expected = model.predict(X, verbose=0)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(other.predict(X, verbose=0), expected)
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="Unknown activation function: 'squashed'"):
        tinynet.models.load_model(tmp_path / "m.keras")
    read = tinynet.models.load_model(tmp_path / "m.keras", custom_objects={"squashed": squashed, "large": large})
    np.testing.assert_array_equal(read.predict(X, verbose=0), expected)
    assert activations.serialize(squashed) is squashed
    assert regularizers.serialize(regularizers.get(large)) is large


def test_an_activation_layer_takes_a_function_as_keras_does():
    keras = import_keras()
    np.testing.assert_array_equal(Activation(abs)(X), keras.layers.Activation(abs)(X.astype("f4")))


@pytest.mark.parametrize("weight", [0.5, [2.0], {"out": 0.1}, [1.0]])
def test_the_loss_of_a_single_output_is_weighted_as_in_keras(weight):
    keras, found = import_keras(), []
    for k in (tinynet, keras):
        out = k.layers.Dense(1, activation="sigmoid", name="out", kernel_initializer="ones", kernel_regularizer="l2")
        model = k.Sequential([k.Input((3,)), out])
        model.compile("sgd", "bce", loss_weights=weight, metrics=["mse"])
        y = (X.sum(axis=1, keepdims=True) > 0).astype("f4")
        rows = np.arange(12.0)
        losses = model.fit(X, y, epochs=2, verbose=0, shuffle=False, sample_weight=rows).history["loss"]
        found.append([*losses, *model.evaluate(X, y, verbose=0), *np.ravel(model.get_weights()[0])])
    np.testing.assert_allclose(*found, rtol=2e-6)


@pytest.mark.parametrize("weight", [[1.0, 2.0], "2", np.nan, {"a": 1.0, "b": 2.0}, True])
def test_other_weights_of_a_single_loss_are_refused(weight):
    model = tinynet.Sequential([Input((3,)), Dense(1)])
    with pytest.raises(ValueError, match="loss_weights are for models of several outputs"):
        model.compile("sgd", "mse", loss_weights=weight, metrics=[])
    assert not model.compiled


@pytest.mark.parametrize("weight", [float("nan"), True, "x"])
def test_weights_of_several_losses_are_finite_numbers(weight):
    x = tinynet.Input((2,))
    model = tinynet.Model(x, [Dense(1, name="a")(x), Dense(1, name="b")(x)])
    with pytest.raises(ValueError, match="loss_weights of output 'b': expected a finite number"):
        model.compile("sgd", "mse", loss_weights=[1.0, weight])
