"""Lambda: functions of NumPy arrays as layers, trained through by a derivative or by differences."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.nets import assert_same_weights
from tests.support.parity import assert_parity, keras
from tinynet.layers import Dense, Lambda

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(12, 3))
Y = np.random.default_rng(1).normal(size=(12, 2))
said = pytest.mark.filterwarnings("ignore:Layer '.*' .Lambda.. the derivative of its function")


def network(function, below=True, **options):
    layers = [Dense(4, "tanh")] if below else []
    model = tinynet.Sequential([tinynet.Input((3,)), *layers, Lambda(function, **options), Dense(2)])
    model.compile("sgd", "mse")
    return model


FUNCTIONS = {
    "of numbers": lambda x: x**2 + x,
    "of numbers, with constants": lambda x: x * np.arange(1, 5),
    "of a part": lambda x: x[:, 1:],
    "in another order": lambda x: x[:, ::-1],
    "of rows": lambda x: x / np.sqrt((x**2).sum(axis=1, keepdims=True)),
    "another axis": lambda x: np.repeat(x[:, :, None], 2, axis=2).reshape(len(x), -1),
    "to one number": lambda x: x.mean(axis=-1, keepdims=True),
}


def beyond_tapes(function):
    """Return a function that computes the same in a way that no tape can follow, so that it takes differences."""
    return lambda x: function(np.array(x))


@said
@pytest.mark.parametrize("differences", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_those_of_the_function(name, differences):
    tinynet.backend.set_floatx("float64")
    model = network(beyond_tapes(FUNCTIONS[name]) if differences else FUNCTIONS[name])
    model.fit(X, Y, verbose=0)
    model.gradient_check(X[:4], Y[:4]).require()


@said
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (beyond_tapes(lambda x: x * np.abs(x)), lambda x: x * abs(x)),
        (beyond_tapes(lambda x: x[:, :2]), lambda x: x[:, :2]),
    ],
)
def test_every_step_is_as_in_keras(ours, theirs):
    def build(k):
        chosen = ours if k is tinynet else theirs
        model = k.Sequential([k.layers.Dense(4, activation="tanh"), k.layers.Lambda(chosen), k.layers.Dense(2)])
        model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
        return model

    assert_parity(build, X, Y, batch_size=4, epochs=2, tolerance=1e-8)  # differences have that many digits


def test_a_given_derivative_is_used_and_nothing_is_said():
    tinynet.backend.set_floatx("float64")
    model = network(lambda x, k: k * x**2, arguments={"k": 3.0}, derivative=lambda x, dy, k: 2 * k * x * dy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, Y, verbose=0)
    model.gradient_check(X, Y).require()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda x: x * np.abs(x), lambda x: x * abs(x)),
        (lambda x: x - x.mean(axis=0), lambda x: x - x.mean(axis=0)),  # of the whole batch
    ],
)
def test_what_a_tape_follows_is_exactly_as_in_keras_and_nothing_is_said(ours, theirs):
    def build(k):
        chosen = ours if k is tinynet else theirs
        model = k.Sequential([k.layers.Dense(4, activation="tanh"), k.layers.Lambda(chosen), k.layers.Dense(2)])
        model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
        return model

    assert_parity(build, X, Y, batch_size=4, epochs=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network(ours).fit(X, Y, verbose=0)


def test_differences_are_said_once():
    model = network(beyond_tapes(lambda x: x**2))
    with pytest.warns(UserWarning, match=r"central differences. Give its derivative: Lambda\(function, deriv") as found:
        model.fit(X, Y, epochs=3, verbose=0)
    assert len(found) == 1


@said
@pytest.mark.parametrize(
    "function",
    [
        beyond_tapes(lambda x: x - x.mean(axis=0)),
        beyond_tapes(lambda x: x * np.random.default_rng().random()),
    ],
)
def test_samples_that_depend_on_each_other_are_refused_only_where_weights_lie_in_front(function):
    network(function, below=False).fit(X, Y, verbose=0)
    model = network(function)
    weights = model.get_weights()
    with pytest.raises(ValueError, match=r"cannot be trained through.*derivative=lambda x, dy"):
        model.fit(X, Y, verbose=0)
    assert_same_weights(model.get_weights(), weights)


def test_shapes_are_found_out_or_said():
    assert Lambda(lambda x: x[:, None]).compute_output_shape((None, 3)) == (None, 1, 3)
    assert Lambda(lambda x: 2 * x).compute_output_shape((None, None, 3)) == (None, None, 3)
    assert Lambda(lambda x: x, output_shape=(3,)).compute_output_shape((None, 3)) == (None, 3)
    assert Lambda(lambda x: x, output_shape=lambda s: (s[0], 7)).compute_output_shape((None, 3)) == (None, 7)
    assert network(lambda x: x.sum(axis=1, keepdims=True)).layers[1].output_shape == (None, 1)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: None, "must return an array.*None: is its `return` missing"),
        (lambda x: x.sum(), r"must return an entry for each sample.*it made \(\)"),
        (lambda x, y: x, "missing 1 required positional argument"),
        (lambda x: x @ np.ones((9, 2)), "cannot compute a batch of ones of shape"),
    ],
)
def test_functions_that_cannot_serve_are_refused_when_the_model_is_made(function, message):
    with pytest.raises(ValueError, match=message):
        network(function)


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="`function` must be a function of arrays"):
        Lambda(3)


def test_the_function_may_ask_for_training_and_write_to_its_argument():
    layer = Lambda(lambda x, training=False: np.add(x, 10.0 * training, out=x))
    x = np.zeros((1, 2), np.float32)
    np.testing.assert_array_equal(layer(x), [[0, 0]])
    np.testing.assert_array_equal(layer(x, training=True), [[10, 10]])
    assert not x.any()


def double(x):
    return x * 2


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_files_name_the_function_and_never_hold_its_code(ending, tmp_path):
    path = tmp_path / f"m{ending}"
    for function, name in ((double, "double"), (lambda x: x * 2, "twice")):
        model = network(function, name="twice")
        model.save(path)
        with pytest.raises(ValueError, match="custom_objects="):
            tinynet.models.load_model(path)
        again = tinynet.models.load_model(path, custom_objects={name: double})
        np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_files_go_both_ways(ending, tmp_path):
    path = tmp_path / f"m{ending}"
    with without_compiling():
        k = keras()
        for one, other in ((tinynet, k), (k, tinynet)):
            for function in (double, lambda x: x * 2):
                model = one.Sequential(
                    [one.Input((3,)), one.layers.Lambda(function, name="double"), one.layers.Dense(2)]
                )
                model.save(path)
                if other is k and function is not double:
                    continue  # Keras reads code, which is not written
                if other is tinynet and function is not double:
                    with pytest.raises(ValueError, match="never run"):
                        other.models.load_model(path, safe_mode=False)
                again = other.models.load_model(path, custom_objects={"double": double})
                expected, got = (np.asarray(m.predict_on_batch(X.astype("float32"))) for m in (model, again))
                np.testing.assert_allclose(got, expected, atol=1e-6)


def distance(pair):
    return np.sqrt(np.maximum(np.sum(np.square(pair[0] - pair[1]), axis=1, keepdims=True), 1e-7))


def siamese(k, function, **options):
    one, other, base = k.Input((3,)), k.Input((3,)), k.layers.Dense(4, activation="tanh")
    apart = k.layers.Lambda(function, **options)([base(one), base(other)])
    model = k.Model([one, other], k.layers.Dense(1)(apart))
    model.compile(k.optimizers.SGD(0.05), "mse", run_eagerly=True)
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def test_a_function_of_several_tensors_takes_a_list_and_trains_as_in_keras():
    ops = keras().ops
    theirs = siamese(
        keras(), lambda p: ops.sqrt(ops.maximum(ops.sum(ops.square(p[0] - p[1]), axis=1, keepdims=True), 1e-7))
    )
    ours = siamese(tinynet, distance)
    for model in (ours, theirs):
        model.fit([X, X[::-1].copy()], Y[:, :1], epochs=2, batch_size=5, shuffle=False, verbose=0)
    assert_same_weights(ours.get_weights(), theirs.get_weights(), exactly=False, tolerance=1e-5)
    ours.gradient_check([X, X[::-1].copy()], Y[:, :1]).require()


@pytest.mark.parametrize("ending", [".npz", ".keras", ".h5"])
def test_a_function_of_several_tensors_is_written_as_the_lambda_that_it_is(ending, tmp_path):
    model = siamese(tinynet, distance, name="apart")
    model.save(tmp_path / f"m{ending}")
    again = tinynet.models.load_model(tmp_path / f"m{ending}", custom_objects={"distance": distance})
    pair = [X, X[::-1].copy()]
    np.testing.assert_array_equal(again.predict(pair, verbose=0), model.predict(pair, verbose=0))
    assert again.fit(pair, Y[:, :1], verbose=0).history == model.fit(pair, Y[:, :1], verbose=0).history


def test_what_no_tape_follows_cannot_be_trained_through_with_several_tensors():
    model = siamese(tinynet, lambda pair: np.sort(pair[0] - pair[1])[:, :1])
    assert model.predict([X, X], verbose=0).shape == (12, 1)
    with pytest.raises(TypeError, match=r"Layer 'lambda.*' \(Lambda\) cannot be trained through: np.sort"):
        model.fit([X, X], Y[:, :1], verbose=0)
    with pytest.raises(ValueError, match="must return an entry for each sample"):
        siamese(tinynet, lambda pair: (pair[0] - pair[1]).sum())


def test_a_layer_of_ones_own_may_draw_between_several_tensors():
    class Sampling(tinynet.layers.Layer):
        def call(self, inputs):
            mean, log_variance = inputs
            return mean + np.exp(0.5 * log_variance) * np.random.default_rng(7).normal(size=np.shape(mean))

    inputs = tinynet.Input((3,))
    model = tinynet.Model(inputs, Dense(2)(Sampling()([Dense(2)(inputs), Dense(2)(inputs)])))
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.gradient_check(X, Y).require()


def test_keras_s_safe_mode_is_taken_and_changes_nothing():
    for safe in (None, True, False):
        layer = Lambda.from_config(Lambda(np.negative).get_config(), safe_mode=safe)
        assert layer([[1.0]]) == -1.0
    with pytest.raises(ValueError, match="safe_mode"):
        Lambda.from_config(Lambda(np.negative).get_config(), safe_mode="no")
