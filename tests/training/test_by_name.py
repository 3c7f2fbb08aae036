"""Samples, targets and weights by the names of a model's input and output."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import unchanged
from tinynet.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from tinynet.layers import Concatenate, Dense, Input

X, Y, W = np.arange(12.0).reshape(4, 3) / 12, np.ones((4, 2)), np.arange(4.0)


def model_of(built=True):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([*([Input((3,), name="in")] if built else []), Dense(2, name="out")])
    model.compile("sgd", "mse")
    return model


def branched(second=2):
    tinynet.set_random_seed(0)
    a, b = Input((1,), name="a"), Input((second,), name="b")
    joined = Concatenate()([a, b])
    model = tinynet.Model([a, b], [Dense(2, name="out")(joined), Dense(1, name="more")(joined)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("built", [True, False])
def test_a_dict_of_one_is_what_it_holds(built):
    expected = model_of().fit(X, Y, sample_weight=W, epochs=2, verbose=0).history
    model = model_of(built)
    found = model.fit({"in": X}, {"out": Y}, sample_weight={"out": W}, epochs=2, verbose=0).history
    assert found == expected
    assert model.evaluate({"in": X}, {"out": Y}, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert model.predict({"in": X}, verbose=0).tolist() == model.predict(X, verbose=0).tolist()


def test_a_model_that_is_not_built_takes_any_name_of_its_one_input():
    expected = model_of().fit(X, Y, verbose=0).history
    assert model_of(built=False).fit({"whatever": X}, Y, verbose=0).history == expected


@pytest.mark.parametrize(
    ("built", "x", "y", "words"),
    [
        (True, {"other": X}, Y, "x: the model's input is 'in'. Received a dict of ['other'] (a list). "),
        (True, {}, Y, "x: the model's input is 'in'. Received a dict of [] (a list). "),
        (
            False,
            {"a": X, "b": X},
            Y,
            "x: the model's input is not built yet, and has one. Received a dict of ['a', 'b']",
        ),
        (False, {}, Y, "x: the model's input is not built yet, and has one. Received a dict of [] (a list). "),
        (True, X, {"in": Y}, "y: the model's output is 'out'. Received a dict of ['in'] (a list). "),
        (False, X, {"in": Y}, "y: the model's output is 'out'. Received a dict of ['in'] (a list). "),
    ],
)
def test_another_name_is_refused_with_the_right_one(built, x, y, words):
    model = model_of(built)
    with pytest.raises(ValueError) as caught, unchanged(model):  # noqa: PT011 - its beginning is compared
        model.fit(x, y, verbose=0)
    assert str(caught.value).startswith(words)


def test_several_are_put_side_by_side_by_name_or_place():
    parts = {"a": X[:, 0], "b": X[:, 1:]}
    answers = []
    for x in (parts, [*parts.values()], dict(reversed(parts.items())), [X[:, :1], X[:, 1:, None]]):
        for y in ({"out": Y, "more": W}, [Y, W[:, None]]):
            answers.append(branched().fit(x, y, epochs=2, verbose=0).history)
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ({"a": X[:, :1], "b": X[:3, 1:]}, [Y, W], "x['a'] has 4 samples, and x['b'] has 3: they belong to each other."),
        ([X[:, :1], X[:, 1:]], [Y[:3], W], "x has 4 samples, and y['out'] has 3: they belong to each other."),
        ([X[:, :1], X[:, 1:]], [Y, W[:2]], "x has 4 samples, and y['more'] has 2: they belong to each other."),
        ({"a": X}, [Y, W], "x: the model has the inputs ['a', 'b']; there is nothing for ['b']. Received: ['a']"),
        (
            [X],
            [Y, W],
            "x: the model expects 2 inputs, ['a', 'b']: pass a list of as many arrays, or a dict by these names.",
        ),
        (
            [X[:, :1], X[:, 1:]],
            {"out": Y},
            "y: the model has the outputs ['out', 'more']; there is nothing for ['more'].",
        ),
    ],
)
def test_several_that_do_not_fit_each_other_are_refused_by_name(x, y, words):
    model = branched()
    with pytest.raises(ValueError) as caught, unchanged(model):  # noqa: PT011 - its beginning is compared
        model.fit(x, y, verbose=0)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("given", [None, 1, 0.25, np.float32(0.25), [0.25], (0.25,), {"out": 0.25}, [None]])
def test_the_loss_of_one_output_has_a_weight_alone_in_a_list_or_by_name(given):
    model, plain = model_of(), model_of()
    model.compile("sgd", "mse", loss_weights=given)
    weight = 1.0 if given in (None, 1, [None]) else 0.25
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(weight * plain.evaluate(X, Y, verbose=0), rel=1e-6)


def test_weights_of_the_samples_of_several_outputs_are_given_by_place_by_name_or_once_for_all():
    x, y, ones = [X[:, :1], X[:, 1:]], [Y, W], np.ones(4)
    model = branched()
    model.compile("sgd", "mse", weighted_metrics=[["mae"], ["mae"]])

    def found(weights):
        return model.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)

    both, first, last = found([W, W[::-1]]), found([W, ones]), found([ones, W])
    for same, forms in (
        (
            both,
            [(W, W[::-1]), {"out": W, "more": W[::-1]}, {"more": W[::-1], "out": W}, [W[:, None], W[::-1].tolist()]],
        ),
        (first, [[W, None], {"out": W}, {"out": W, "more": None}]),
        (last, [[None, W], {"more": W}]),
        (found([W, W]), [W, W[:, None], [*W]]),
        (found(None), [[None, None], {}, [ones, ones]]),
    ):
        assert [found(form) for form in forms] == [same] * len(forms)
    assert both["more_loss"] != first["more_loss"] == found(None)["more_loss"]
    assert both["out_loss"] == first["out_loss"] != last["out_loss"] == found(None)["out_loss"]
    assert last["more_mae"] == found([W, W])["more_mae"] != both["more_mae"]


@pytest.mark.parametrize(
    "loss",
    [
        *("mae", ["mae"], ("mae",), {"out": "mae"}, tinynet.losses.MeanAbsoluteError()),
        *([tinynet.losses.MeanAbsoluteError()], {"out": tinynet.losses.MeanAbsoluteError()}),
        tinynet.losses.serialize(tinynet.losses.MeanAbsoluteError()),
        {"out": tinynet.losses.serialize(tinynet.losses.MeanAbsoluteError())},
    ],
)
def test_the_loss_of_one_output_is_given_alone_in_a_list_by_name_or_as_it_is_written(loss):
    model = model_of()
    model.compile("sgd", loss)
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(np.abs(model.predict(X, verbose=0) - Y).mean(), rel=1e-6)


@pytest.mark.parametrize("given", [[2.0, 0.5], {"more": 0.5, "out": 2.0}, [2.0, None], {"out": 2.0}])
def test_the_losses_of_several_outputs_are_weighed_by_place_or_name(given):
    model = branched()
    model.compile("sgd", "mse", loss_weights=given)
    found = model.evaluate([X[:, :1], X[:, 1:]], [Y, W], verbose=0, return_dict=True)
    more = 0.5 if 0.5 in (given.values() if isinstance(given, dict) else given) else 1.0
    assert found["loss"] == pytest.approx(2.0 * found["out_loss"] + more * found["more_loss"], rel=1e-6)


def test_whether_more_is_better_is_known_of_each_output_by_its_whole_name():
    inputs = Input((3,), name="in")
    ends = [Dense(2, name="out")(inputs), Dense(2, activation="sigmoid", name="out_b")(inputs)]
    model = tinynet.Model(inputs, ends)
    model.compile("sgd", "mse", metrics={"out": ["mae"], "out_b": ["binary_accuracy", "r2_score"]})
    better = {
        "out_b_binary_accuracy": "up",
        "out_b_r2_score": "up",
        "mae": None,
        "binary_accuracy": None,
        "b_mae": None,
    }
    better |= dict.fromkeys(("loss", "out_loss", "out_b_loss", "out_mae"), "down")
    assert {*model.metrics_names} < {*better}
    assert {name: model.setup.direction(name) for name in better} == better


@pytest.mark.parametrize("monitor", ["loss", "val_loss", "out_loss", "val_more_loss"])
def test_callbacks_watch_the_losses_of_several_outputs_and_of_all(monitor, tmp_path):
    x, y = [X[:, :1], X[:, 1:]], [Y, W]
    watching = [
        EarlyStopping(monitor, patience=0, min_delta=9.0),
        ReduceLROnPlateau(monitor, patience=0, min_delta=9.0, factor=0.5),
        ModelCheckpoint(tmp_path / "best.npz", monitor, save_best_only=True),
    ]
    model = branched()
    history = model.fit(x, y, validation_data=(x, y), epochs=5, verbose=0, callbacks=watching)
    assert history.epoch == [0, 1]
    assert float(model.optimizer.learning_rate) == pytest.approx(0.005)
    assert (tmp_path / "best.npz").exists()


@pytest.mark.parametrize("given", [True, np.nan, np.inf, [1.0, 2.0], {}, [[1.0]]])
def test_what_is_no_weight_of_a_loss_is_refused(given):
    with pytest.raises(
        ValueError, match="loss_weights are for models of several outputs; one output has one, a number"
    ):
        model_of().compile("sgd", "mse", loss_weights=given)
    if given not in ([1.0, 2.0], {}):
        with pytest.raises(ValueError, match="loss_weights of output 'more': expected a finite number, or nothing"):
            branched().compile("sgd", "mse", loss_weights={"more": given})


def test_none_is_no_input_and_what_no_input_takes_is_told():
    a, b = tinynet.Input((2,), name="a"), tinynet.Input((2,), name="b")
    two, one = tinynet.Model([a, b], tinynet.layers.Add()([a, b])), tinynet.Model({"a": a}, tinynet.layers.ReLU()(a))
    x = np.ones((3, 2))
    for model in (two, one):
        model.compile("sgd", "mse")
    for model, given in ((two, [x, None]), (two, {"a": None, "b": x}), (one, [None])):
        with pytest.raises(ValueError, match="is not optional, but None was passed"):
            model.fit(given, x, verbose=0)
    for model, given in ((two, {"a": x, "b": x, "c": x}), (one, {"a": x, "c": x})):
        with pytest.warns(UserWarning, match=r"The structure of `inputs` doesn't match.*'c'"):
            model.predict(given, verbose=0)
    with pytest.raises(ValueError, match=r"expects 2 named input\(s\) with keys \['a', 'b'\]: pass a dict"):
        tinynet.Model({"a": a, "b": b}, tinynet.layers.Add()([a, b])).predict(x, verbose=0)
    assert tinynet.Input((2,), optional=False).shape == (None, 2)
    with pytest.raises(ValueError, match="no `optional` inputs"):
        tinynet.Input((2,), optional=True)
