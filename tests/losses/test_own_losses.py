"""A user's own loss: what its methods give back is the right number in every form that is plain, and else an error."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.layers import Dense
from tinynet.learn.gradients import gradient_check
from tinynet.learn.one_step import trace
from tinynet.losses import Loss, MeanSquaredError

RNG = np.random.default_rng(0)
X, Y, WEIGHTS = RNG.normal(size=(12, 4)), RNG.normal(size=(12, 3)), RNG.uniform(0.2, 2, 12)


def squares(y, p):
    return (p - y) ** 2


def slope(y, p):
    return 2 * (p - y) / p.shape[-1]


#: What `forward` may return for a mean squared error of 3 outputs.
PLAIN = {
    "(N,)": lambda y, p: squares(y, p).mean(axis=-1),
    "(N, 1)": lambda y, p: squares(y, p).mean(axis=-1, keepdims=True),
    "(N, columns)": squares,
    "list": lambda y, p: squares(y, p).mean(axis=-1).tolist(),
    "float16": lambda y, p: squares(y, p).mean(axis=-1).astype("f2"),
    "one mean": lambda y, p: squares(y, p).mean(),
    "float": lambda y, p: float(squares(y, p).mean()),
}
#: What it may not, and what is said of it.
WRONG = {
    "nothing": (lambda y, p: None, "None: is its `return` missing"),
    "wrong axis": (lambda y, p: squares(y, p).mean(axis=0), r"shape \(3,\)"),
    "some rows": (lambda y, p: squares(y, p).mean(axis=-1)[:2], r"shape \(2,\)"),
    "transposed": (lambda y, p: squares(y, p).T, r"shape \(3, 4\)"),
    "no row": (lambda y, p: np.empty((0, 3)), r"shape \(0, 3\)"),
    "words": (lambda y, p: "loss", "'loss', of type str"),
    "objects": (lambda y, p: [None] * len(p), "of type list"),
    "complex": (lambda y, p: squares(y, p) * 1j, "of type ndarray"),
    "ragged": (lambda y, p: [[1.0], [1.0, 2.0]], "of type list"),
}
WRONG_SLOPES = {
    "nothing": (lambda y, p: None, "None: is its `return` missing"),
    "one row": (lambda y, p: slope(y, p)[0], r"shape \(3,\)"),
    "transposed": (lambda y, p: slope(y, p).T, r"shape \(3, 4\)"),
    "mean": (lambda y, p: slope(y, p).mean(axis=1, keepdims=True), r"shape \(4, 1\)"),
    "one number": (lambda y, p: slope(y, p).mean(), r"shape \(\)"),
    "words": (lambda y, p: "slope", "of type str"),
}


def own(forward=PLAIN["(N,)"], backward=slope, method="forward"):
    methods = {method: lambda self, y, p: forward(y, p), "backward": lambda self, y, p: backward(y, p)}
    return type("Own", (Loss,), methods)()


def network(loss, compiled=True):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([tinynet.Input((4,)), Dense(3)])
    model.compile(tinynet.optimizers.SGD(0.1), loss, compiled=compiled)
    return model


@pytest.mark.parametrize("method", ["forward", "call"])
@pytest.mark.parametrize("form", PLAIN)
def test_every_plain_form_of_a_loss_trains_as_the_built_in_one(form, method):
    models = [network(loss) for loss in (own(PLAIN[form], method=method), MeanSquaredError())]
    for weights in (None, None if "one" in form or form == "float" else WEIGHTS):
        evaluated = [m.evaluate(X, Y, sample_weight=weights, batch_size=5, verbose=0) for m in models]
        assert evaluated[0] == pytest.approx(evaluated[1], rel=1e-3 if form == "float16" else 1e-6)
        fitted = [m.fit(X, Y, sample_weight=weights, batch_size=5, shuffle=False, verbose=0) for m in models]
        assert fitted[0].history["loss"] == pytest.approx(fitted[1].history["loss"], rel=1e-3)
        np.testing.assert_allclose(models[0].get_weights()[0], models[1].get_weights()[0], rtol=1e-5)
    assert gradient_check(models[0], X[:5], Y[:5]).ok or form == "float16"
    assert trace(models[0], X[:5], Y[:5]).loss == pytest.approx(trace(models[1], X[:5], Y[:5]).loss, rel=1e-3)


@pytest.mark.parametrize("method", ["forward", "call"])
@pytest.mark.parametrize("form", WRONG)
def test_any_other_form_is_an_error_that_names_loss_method_and_shapes(form, method):
    returned, message = WRONG[form]
    loss = own(returned, method=method)
    model = network(loss)
    expected = rf"(?s)Loss 'own' \(Own\): `{method}` must return a loss for each of the 4 rows, shape \(4,\).*{message}"
    for use in (
        lambda: model.evaluate(X, Y, batch_size=4, verbose=0),
        lambda: model.fit(X, Y, batch_size=4, verbose=0),
        lambda: model.train_on_batch(X[:4], Y[:4]),
        lambda: trace(model, X[:4], Y[:4]),
        lambda: loss.row_losses(Y[:4], Y[:4]),
        *([lambda: loss(Y[:4], Y[:4])] if method == "forward" else []),
    ):
        with pytest.raises((ValueError, TypeError), match=expected):
            use()


@pytest.mark.parametrize("form", WRONG_SLOPES)
def test_a_gradient_of_another_shape_is_an_error_that_names_it(form):
    returned, message = WRONG_SLOPES[form]
    loss = own(backward=returned)
    model = network(loss)
    before = model.get_weights()
    for use in (
        lambda: model.fit(X, Y, batch_size=4, verbose=0),
        lambda: model.train_on_batch(X[:4], Y[:4]),
        lambda: trace(model, X[:4], Y[:4]),
        lambda: loss.row_gradients(Y[:4], Y[:4]),
    ):
        with pytest.raises(
            (ValueError, TypeError), match=rf"`backward` must return an array of shape \(4, 3\).*{message}"
        ):
            use()
    assert message.replace("\\", "") in gradient_check(model, X[:4], Y[:4]).problems[0]
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_a_gradient_of_one_output_may_leave_out_the_last_axis():
    models = []
    for loss in (own(backward=lambda y, p: slope(y, p)[:, 0]), MeanSquaredError()):
        tinynet.set_random_seed(0)
        models.append(tinynet.Sequential([tinynet.Input((4,)), Dense(1)]))
        models[-1].compile("sgd", loss)
        models[-1].fit(X, Y[:, 0], verbose=0)
    np.testing.assert_allclose(models[0].get_weights()[0], models[1].get_weights()[0], rtol=1e-6)


@pytest.mark.parametrize("method", ["forward", "call"])
def test_one_mean_cannot_be_weighted_any_more(method):
    loss = own(PLAIN["one mean"], method=method)
    for use in (
        lambda: network(loss).fit(X, Y, sample_weight=WEIGHTS, verbose=0),
        lambda: network(loss).evaluate(X, Y, sample_weight=WEIGHTS, verbose=0),
        lambda: loss(X, X, sample_weight=WEIGHTS),
    ):
        with pytest.raises(ValueError, match="sample weights cannot be applied"):
            use()
    assert loss(X, X + 1, sample_weight=2.0) == pytest.approx(2.0)


class Absolute(Loss):
    """Keras's way to write a loss."""

    def call(self, y_true, y_pred):
        return np.abs(y_true - y_pred)


def test_a_loss_with_keras_s_call_is_given_arrays_in_their_own_shapes():
    y, p, weights = np.array([1.0, 0, 1, 0]), np.array([0.5, 0.25, 0.5, 0.5]), np.array([1.0, 2, 0, 0])
    for reduction, expected in {"sum": 1.75, "mean": 1.75 / 4, "mean_with_sample_weight": 1.75 / 4}.items():
        assert Absolute(reduction=reduction)(y, p) == expected
    assert Absolute(reduction=None)(y, p).tolist() == [0.5, 0.25, 0.5, 0.5]
    assert Absolute(reduction="none")(y[:, None], p[:, None], weights).tolist() == [[0.5], [0.5], [0], [0]]
    assert Absolute()(y, p, weights[:, None]) == 0.25
    assert Absolute(reduction="mean_with_sample_weight")(y, p, weights) == pytest.approx(1 / 3)
    assert Absolute().forward(Y, Y + 1).shape == Y.shape
    with pytest.raises(ValueError, match=r"`call` must return the losses.*None"):
        own(lambda y, p: None, method="call")(y, p)


def test_a_loss_without_a_gradient_evaluates_and_is_refused_before_anything_is_trained():
    loss = type("Forward", (Loss,), {"forward": lambda self, y, p: np.abs(y - p).mean(axis=-1)})()
    model = tinynet.Sequential([Dense(3, kernel_initializer="zeros")])
    model.compile("sgd", loss)
    for train in (model.fit, model.train_on_batch):
        with pytest.raises(TypeError, match=r"has no gradient.*give it `backward\(self, y, p\)`"):
            train(X, Y)
    assert not model.built
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(np.abs(Y).mean(), rel=1e-6)
    with pytest.raises(TypeError, match="has no gradient"):
        loss.backward(Y, Y)


def test_a_call_is_differentiated_and_trains():
    histories = []
    for loss in (Absolute(), "mae"):
        tinynet.set_random_seed(0)
        model = tinynet.Sequential([Dense(3)])
        model.compile("sgd", loss)
        histories.append(model.fit(X, Y, epochs=3, verbose=0).history["loss"])
        model.gradient_check(X[:4], Y[:4]).require()
    np.testing.assert_allclose(*histories, rtol=1e-6)
    with pytest.raises(TypeError, match=r"has no gradient.*np.sort cannot be followed"):
        type("Sorted", (Loss,), {"call": lambda self, y, p: np.sort(y - p)})().backward(Y, Y)
