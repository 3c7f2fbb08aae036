"""A plain function of (y_true, y_pred) as a loss: its gradient, by a tape or by differences, is the one of JAX."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinynet
from tests.support.parity import precision
from tinynet import losses
from tinynet.layers import Dense

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(11, 4)), (RNG.normal(size=(11, 3)) > 0).astype(np.float64)
P = RNG.uniform(0.001, 0.999, (11, 3))

#: Functions of a module of arrays, the targets and the predictions.
FUNCTIONS = {
    "each output": lambda n, y, p: n.square(y - p),
    "each row": lambda n, y, p: n.mean(n.square(y - p), axis=-1),
    "one number": lambda n, y, p: n.mean(n.square(y - p)),
    "a sum": lambda n, y, p: n.sum(n.abs(y - p)),
    "a root of a mean": lambda n, y, p: n.sqrt(n.mean(n.square(y - p))),
    "logarithms": lambda n, y, p: -n.mean(y * n.log(p) + (1 - y) * n.log(1 - p), axis=-1),
    "two cases": lambda n, y, p: n.where(n.abs(y - p) < 0.5, n.square(y - p), n.abs(y - p) - 0.25).mean(axis=-1),
    "rows that depend on others": lambda n, y, p: n.mean(n.square(y - p), axis=-1) + 0.3 * n.mean(p) ** 2,
    "a product along the row": lambda n, y, p: -n.sum(y * p, axis=-1) / n.sqrt(n.sum(p * p, axis=-1)),
}
#: Where the step of a difference is no longer small beside the distance to a pole.
ROUGHLY = {"logarithms": 1e-5}


def mean_of_squares(y, p):
    return np.mean(np.square(y - p), axis=-1)


def beyond_tapes(function):
    """Return a function that computes the same in a way that no tape can follow, so that it takes differences."""

    def computed(y, p):
        return function(y, np.array(p))

    computed.__name__ = function.__name__
    return computed


def trained(loss, compiled=True, **weights):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([tinynet.Input((4,)), Dense(3)])
    model.compile(tinynet.optimizers.SGD(0.1), loss, compiled=compiled)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Loss '.*': a plain function")
        history = model.fit(X, Y, epochs=2, batch_size=4, shuffle=False, verbose=0, **weights)
    return history.history["loss"], model


@pytest.mark.filterwarnings("ignore:Loss '.*a plain function")
@pytest.mark.parametrize("differences", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_gradient_of_a_function_is_the_one_that_jax_finds(name, differences):
    import jax

    function = FUNCTIONS[name]
    ours = beyond_tapes(lambda y, p: function(np, y, p)) if differences else lambda y, p: function(np, y, p)
    with precision("float64"):
        expected = jax.grad(lambda p: jax.numpy.mean(function(jax.numpy, Y, p)))(P)
        found = losses.loss_of(ours).row_gradients(Y, P) / len(P)
    rtol, atol = (ROUGHLY.get(name, 1e-6), 1e-9) if differences else (1e-12, 1e-15)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


def test_what_a_tape_follows_is_not_warned_of():
    model = tinynet.Sequential([Dense(3)])
    model.compile("sgd", mean_of_squares)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, Y, epochs=2, verbose=0)


@pytest.mark.filterwarnings("ignore:Loss '.*a plain function")
def test_a_function_that_computes_in_float32_is_given_a_wider_step():
    rough = losses.loss_of(beyond_tapes(lambda y, p: np.square(y - p.astype(np.float32)).mean(axis=-1)))
    np.testing.assert_allclose(rough.row_gradients(Y, P), 2 * (P - Y) / 3, atol=1e-3)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_function_trains_as_the_loss_of_the_same_formula(compiled):
    expected, model = trained("mse", compiled)
    found, own = trained(mean_of_squares, compiled)
    assert found == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(own.get_weights()[0], model.get_weights()[0], rtol=1e-5)
    weights = np.linspace(0.5, 2, 11)
    assert trained(mean_of_squares, sample_weight=weights)[0] == pytest.approx(
        trained("mse", sample_weight=weights)[0], rel=1e-6
    )


def test_differences_are_said_once():
    model = tinynet.Sequential([Dense(3)])
    model.compile("sgd", beyond_tapes(mean_of_squares))
    with pytest.warns(UserWarning, match=r"Loss 'mean_of_squares': a plain function .* by central differences"):
        model.fit(X, Y, epochs=2, verbose=0)
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("name", ["one number", "rows that depend on others"])
def test_weights_are_refused_where_rows_have_no_losses_of_their_own(name):
    loss = losses.loss_of(lambda y, p: FUNCTIONS[name](np, y, p))
    with pytest.raises(ValueError, match="weights cannot be applied"):
        trained(loss, sample_weight=np.linspace(0.5, 2, 11))


def test_a_function_that_gives_neither_rows_nor_a_number_is_told_what_is_expected():
    with pytest.raises(ValueError, match=r"a loss for each of the 4 rows, shape \(4,\)"):
        trained(lambda y, p: np.square(y - p).mean(axis=0))
    with pytest.raises(ValueError, match="None"):
        trained(lambda y, p: None)


def test_a_function_is_written_down_as_itself_or_by_the_name_that_it_is_registered_under():
    assert losses.serialize(mean_of_squares) is mean_of_squares
    with tinynet.utils.CustomObjectScope({"mean_of_squares": mean_of_squares}):
        assert losses.loss_of("mean_of_squares").function is mean_of_squares


def test_what_cannot_be_called_with_targets_and_predictions_is_no_loss():
    for wrong in (lambda y: y, dict, lambda: 0):
        with pytest.raises(TypeError, match=r"loss: expected a name.*must take \(y_true, y_pred\)"):
            losses.loss_of(wrong)
