"""Dropout: how much is left out, that it is the same in every run and in both loops, and what it is in prediction."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, two_classes
from tinynet.layers import Dense, Dropout, Flatten, Input

X, Y = two_classes(100)


def model_of(compiled: bool = True, seed: int | None = None, rate: float = 0.4, start: int = 0) -> tinynet.Sequential:
    tinynet.set_random_seed(start)
    model = tinynet.Sequential(
        [Input((4,)), Dropout(0.1, seed=seed), Dense(16, "relu"), Dropout(rate, seed=seed), Dense(1, "sigmoid")]
    )
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"], compiled=compiled)
    model.shuffle_state()
    return model


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_as_many_numbers_are_left_out_as_the_rate_says_and_their_sum_stays(rate, dtype):
    n = 40_000
    y = Dropout(rate, seed=3, dtype=dtype)(np.ones((n // 50, 50)), training=True)
    kept = (y != 0).mean()
    bound = 4 * np.sqrt(rate * (1 - rate) / n)
    assert abs(kept - (1 - rate)) < bound
    np.testing.assert_allclose(y[y != 0], 1 / (1 - rate), rtol=1e-6)
    assert abs(y.mean() - 1) < bound / (1 - rate)
    for share in ((y != 0).mean(axis=0), (y != 0).mean(axis=1)):  # no column and no row is preferred
        assert share.std() < 2 * np.sqrt(rate * (1 - rate) / min(y.shape))


def test_neighbours_rows_and_steps_are_left_out_independently():
    layer = Dropout(0.5, seed=0)
    first, second = (layer(np.ones((500, 40)), training=True).reshape(-1) != 0 for _ in range(2))
    for a, b in ((first, second), (first[:-1], first[1:]), (first[:-40], first[40:])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.03


def test_two_layers_of_one_model_leave_out_other_numbers():
    tinynet.set_random_seed(0)
    masks = [Dropout(0.5)(np.ones((100, 40)), training=True).reshape(-1) != 0 for _ in range(2)]
    assert abs(np.corrcoef(*masks)[0, 1]) < 0.06


def test_outside_training_it_does_nothing():
    model = model_of()
    model.fit(X, Y, verbose=0)
    bare = tinynet.Sequential([layer for layer in model.layers if not isinstance(layer, Dropout)])
    np.testing.assert_array_equal(model.predict(X, verbose=0), bare.predict(X, verbose=0))
    np.testing.assert_array_equal(model(X), bare(X))
    bare.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    assert model.evaluate(X, Y, verbose=0) == bare.evaluate(X, Y, verbose=0)


@both_loops
@pytest.mark.parametrize("seed", [None, 7])
def test_runs_repeat_to_the_bit_and_other_seeds_leave_out_others(compiled, seed):
    runs = []
    for start in (0, 0, 1):
        model = model_of(compiled, seed, start=start)
        history = model.fit(X, Y, epochs=3, verbose=0).history
        runs.append((model.get_weights(), history["loss"]))
    assert_same_weights(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert runs[0][1] != runs[2][1]


@both_loops
def test_what_is_left_out_does_not_depend_on_calls_before_the_training(compiled):
    runs = []
    for before in (lambda model: None, lambda model: model.predict(X, verbose=0), lambda model: model_of(start=1)):
        tinynet.set_random_seed(0)
        layers = [Input((4,)), Dense(8, "relu"), Dropout(0.5), Dense(1, "sigmoid")]
        model = tinynet.Sequential(layers)
        model.compile("sgd", "binary_crossentropy", compiled=compiled)
        before(model)
        model.fit(X, Y, epochs=2, shuffle=False, verbose=0)
        runs.append(model.get_weights())
    assert_same_weights(runs[0], runs[1])
    assert_same_weights(runs[0], runs[2])


@both_loops
def test_a_training_that_is_split_up_leaves_out_the_same_as_one_in_one_go(compiled):
    """What is left out belongs to the number of the step, not to the call."""
    whole, parts = (model_of(compiled, seed=1) for _ in range(2))
    whole.fit(X, Y, epochs=4, shuffle=False, verbose=0)
    for _ in range(4):
        parts.fit(X, Y, epochs=1, shuffle=False, verbose=0)
    assert_same_weights(whole, parts)


def masks_of(compiled: bool, rows: tuple[int, ...] = (), seed: int | None = 5) -> np.ndarray:
    """Return which inputs were left out in each of 5 steps: those whose weight did not move."""
    tinynet.set_random_seed(0)
    n = int(np.prod(rows, dtype=int)) * 30
    layers = [*([Flatten()] if rows else []), Dense(1, use_bias=False, kernel_initializer="zeros")]
    model = tinynet.Sequential([Input((*rows, 30)), Dropout(0.5, seed=seed), *layers])
    model.compile(tinynet.optimizers.SGD(0.1), "mse", compiled=compiled)
    seen = []
    for _ in range(5):
        before = model.get_weights()[0].copy()
        model.fit(np.ones((1, *rows, 30)), np.full(1, 1e6), shuffle=False, verbose=0)
        seen.append((model.get_weights()[0] != before).reshape(n))
    return np.stack(seen)


@pytest.mark.parametrize("rows", [(), (3,), (2, 2)], ids=str)
@pytest.mark.parametrize("seed", [None, 5])
def test_both_loops_leave_out_the_same_to_the_bit(rows, seed):
    compiled, layers = (masks_of(loop, rows, seed) for loop in (True, False))
    np.testing.assert_array_equal(compiled, layers)
    assert 0.3 < compiled.mean() < 0.7
    assert len({mask.tobytes() for mask in compiled}) == 5, "every step leaves out others"


@both_loops
def test_a_rate_of_0_and_one_of_1(compiled):
    one, without = model_of(compiled, rate=0.0), model_of(compiled, rate=0.0)
    one.fit(X, Y, epochs=2, verbose=0)
    without.fit(X, Y, epochs=2, verbose=0)
    assert_same_weights(one, without)
    all_out = model_of(compiled, rate=1.0)
    before = all_out.get_weights()
    all_out.fit(X, Y, epochs=2, verbose=0)
    changed = [bool((a != b).any()) for a, b in zip(before, all_out.get_weights(), strict=True)]
    assert changed == [False, False, False, True], "only the last bias sees anything"


@both_loops
def test_the_rate_may_change_between_fits(compiled):
    model = model_of(compiled, seed=1)
    model.fit(X, Y, verbose=0)
    model.layers[2].rate = 1.0
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


def test_wrong_arguments_are_refused_as_in_keras():
    for rate in (-0.1, 1.1, "half", True):
        with pytest.raises(ValueError, match=r"`rate`\. Expected a float value between 0 and 1"):
            Dropout(rate)
    with pytest.raises(ValueError, match=r"`seed`\. Expected an integer"):
        Dropout(0.5, seed=1.5)


def test_its_configuration_makes_the_same_layer():
    layer = Dropout.from_config(Dropout(0.25, seed=9, name="d").get_config())
    assert (layer.rate, layer.seed, layer.name) == (0.25, 9, "d")
