"""Learning rates that follow a schedule or a function: the same in both loops, at every step."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes
from tinynet import optimizers
from tinynet.callbacks import LambdaCallback, LearningRateScheduler
from tinynet.memory import Parameter
from tinynet.optimizers import SGD, Adam, Optimizer, RMSprop, schedules
from tinynet.optimizers.schedules import ExponentialDecay, LearningRateSchedule
from tinynet.training import compiled_loop

X, Y = two_classes(100)


class Harmonic(LearningRateSchedule):
    """A schedule as users of Keras write them."""

    def __init__(self, first):
        self.first = first

    def __call__(self, step):
        assert isinstance(step, int)
        return self.first / (step + 1)


class Plain(Optimizer):
    """Gradient descent in plain Python, which notes its rates."""

    def update(self, w, dw, slots, step):
        self.seen = [*getattr(self, "seen", []), float(self.learning_rate)]
        w -= self.learning_rate * dw


@both_loops
@pytest.mark.parametrize(
    ("schedule", "rate"),
    [
        (ExponentialDecay(0.5, 2, 0.5), lambda step: 0.5 * 0.5 ** (step / 2)),
        (Harmonic(0.5), Harmonic(0.5)),
        (Harmonic(0.5).__call__, Harmonic(0.5)),
        (lambda: 0.25, lambda step: 0.25),
    ],
    ids=["tinynet's", "by __call__", "function of the step", "function"],
)
@pytest.mark.parametrize("ahead", [1024, 3], ids=["all at once", "by three"])
def test_each_step_is_made_with_the_rate_of_its_number(schedule, rate, ahead, compiled, monkeypatch):
    monkeypatch.setattr(compiled_loop, "AHEAD", ahead)
    model, by_hand = classifier(compiled, optimizer=SGD(schedule)), classifier(compiled, optimizer=SGD(1.0))
    for fit in range(2):
        model.fit(X, Y, epochs=2, shuffle=False, verbose=0)
        for step in range(8 * fit, 8 * fit + 8):
            by_hand.optimizer.learning_rate = float(rate(step))
            first = 32 * (step % 4)
            by_hand.train_on_batch(X[first : first + 32], Y[first : first + 32])
    assert_same_weights(model, by_hand, exactly=False, tolerance=1e-6)


@both_loops
def test_a_schedule_goes_on_where_it_was_after_a_break(compiled):
    once, twice = (classifier(compiled, optimizer=Adam(ExponentialDecay(0.1, 5, 0.5))) for _ in range(2))
    once.fit(X, Y, epochs=4, shuffle=False, verbose=0)
    for _ in range(2):
        twice.fit(X, Y, epochs=2, shuffle=False, verbose=0)
        twice = pickle.loads(pickle.dumps(twice))
    assert_same_weights(once, twice)


def test_a_users_update_sees_the_rate_of_its_own_step():
    model = classifier(optimizer=Plain(Harmonic(0.5)))
    model.fit(X, Y, verbose=0)
    assert model.optimizer.seen == [0.5 / (step + 1) for step in range(4) for _ in range(4)]
    assert model.optimizer.learning_rate == 0.5 / 5


def test_the_learning_rate_is_that_of_the_next_step():
    model = classifier(optimizer=SGD(Harmonic(0.5)))
    assert model.optimizer.learning_rate == 0.5
    seen = []
    look = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(float(model.optimizer.learning_rate)))
    model.fit(X, Y, verbose=0, callbacks=[look])
    assert seen == [0.25, 0.5 / 3, 0.125, 0.1]
    assert [v.name for v in model.optimizer.variables][:1] == [f"{model.optimizer.name}/iteration"]
    assert len(SGD(Harmonic(0.5)).variables) == len(SGD(0.5).variables) - 1


@both_loops
def test_a_schedule_given_during_a_fit_counts_from_the_next_batch(compiled):
    model = classifier(compiled, optimizer=SGD(1.0))

    def change(batch, logs):
        if batch == 1:
            model.optimizer.learning_rate = lambda: 0.0

    weights = []
    look = LambdaCallback(on_train_batch_end=lambda batch, logs: weights.append(model.get_weights()[0]))
    model.fit(X, Y, verbose=0, callbacks=[look, LambdaCallback(on_train_batch_end=change)])
    assert not np.array_equal(weights[0], weights[1])
    assert np.array_equal(weights[1], weights[3])


@both_loops
@pytest.mark.parametrize("answer", [None, -1.0, float("nan"), "0.1", [0.1, 0.2]], ids=repr)
def test_an_answer_that_is_no_rate_stops_the_training_before_the_step(answer, compiled):
    class Wrong(LearningRateSchedule):
        def __call__(self, step):
            return answer if step == 2 else 0.1

    model = classifier(compiled, optimizer=RMSprop(Wrong()))
    for _ in range(2):
        model.train_on_batch(X, Y)
    before = model.get_weights()
    with pytest.raises(
        (ValueError, TypeError), match=r"expected .*Wrong.* to return a number of at least 0 for step 2"
    ):
        model.train_on_batch(X, Y)
    assert_same_weights(model.get_weights(), before)


def test_a_rate_that_follows_a_schedule_cannot_be_set_to_a_number():
    model = classifier(optimizer=SGD(Harmonic(0.5)))
    for change in (
        lambda: setattr(model.optimizer, "learning_rate", 0.1),
        lambda: model.optimizer.learning_rate.assign(0.1),
        lambda: model.fit(X, Y, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 0.1)]),
    ):
        with pytest.raises(TypeError, match="hence its learning rate is not settable"):
            change()
    model.optimizer.learning_rate = ExponentialDecay(0.25, 10, 0.5)
    assert model.optimizer.learning_rate == 0.25


def test_an_optimizer_and_its_schedule_are_made_again_from_their_configuration():
    optimizer = Adam(ExponentialDecay(0.5, 10, 0.5, name="mine"))
    for again in (
        Adam.from_config(json.loads(json.dumps(optimizer.get_config()))),
        optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(optimizer)))),
        pickle.loads(pickle.dumps(optimizer)),
        copy.deepcopy(optimizer),
    ):
        assert again.get_config() == optimizer.get_config()
        assert again.learning_rate == 0.5
    own = optimizers.serialize(SGD(Harmonic(0.5)))
    assert optimizers.deserialize(own, {"Harmonic": Harmonic}).learning_rate == 0.5
    with pytest.raises(ValueError, match="Harmonic"):
        optimizers.deserialize(own)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: ExponentialDecay(0.1, 0, 0.5), "Argument `decay_steps` must be > 0"),
        (lambda: schedules.CosineDecayRestarts(0.1, -1), "Argument `first_decay_steps` must be > 0"),
        (lambda: schedules.PiecewiseConstantDecay([1], [0.1]), "boundaries should be 1 less than the length of values"),
        (lambda: schedules.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]), "boundaries must rise"),
        (lambda: schedules.deserialize({"class_name": "Nothing", "config": {}}), "Nothing"),
        (lambda: schedules.deserialize(3), "schedule"),
    ],
)
def test_what_a_schedule_cannot_be_made_of_is_said(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()


def test_a_schedule_without_rates_says_what_it_must_define():
    with pytest.raises(NotImplementedError, match=r"must override `__call__\(self, step\)`"):
        SGD(LearningRateSchedule()).apply_gradients([([1.0], Parameter("w", np.ones(1)))])
