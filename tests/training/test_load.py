"""The number of threads follows the load: trials are short and rare, and the quickest number wins."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.layers import Dense
from tinynet.training import load
from tinynet.training.load import Load


class Computer:
    """Runs batches by a clock of its own: `seconds` says what one takes with each number of threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.now, self.load, self.spent = 0.0, Load(most), dict.fromkeys((1, 2, 4), 0.0)
        monkeypatch.setattr(load, "perf_counter", lambda: self.now)

    def run(self, until: float, seconds: dict[int, float]) -> None:
        while self.now < until:
            threads, batches = self.load.choose(1000)
            assert 1 <= batches <= 1000
            took = batches * seconds[threads]
            self.now += took
            self.spent[threads] += took
            self.load.measured(threads, batches, took)


def test_one_thread_is_never_asked_for_trials(monkeypatch):
    assert Load(1).choose(70) == (1, 70)


@pytest.mark.parametrize(("seconds", "best"), [({1: 1e-4, 2: 6e-5}, 2), ({1: 6e-5, 2: 1.8e-4}, 1)])
def test_the_quickest_number_gets_nearly_all_of_the_time(monkeypatch, seconds, best):
    computer = Computer(monkeypatch, 2)
    computer.run(5.0, seconds)
    assert computer.spent[best] > 0.95 * computer.now
    assert computer.spent[3 - best] > 0, "the other number is tried"


def test_the_number_changes_when_a_neighbour_comes_and_goes(monkeypatch):
    computer, free, busy = Computer(monkeypatch, 2), {1: 1e-4, 2: 6e-5}, {1: 1e-4, 2: 3e-4}
    for seconds, best in ((free, 2), (busy, 1), (free, 2)):
        begun = computer.now
        computer.run(begun + 1.0, seconds)
        computer.spent = dict.fromkeys((1, 2), 0.0)
        computer.run(begun + 4.0, seconds)
        assert computer.spent[best] > 0.9 * 3.0


def test_trials_that_take_long_are_rare(monkeypatch):
    computer = Computer(monkeypatch, 2)
    computer.run(20.0, {1: 1e-4, 2: 0.05})
    assert computer.spent[2] < 0.05 * computer.now


def test_more_cores_are_halved_down_to_one(monkeypatch):
    assert Load(6).choices == [6, 3, 1]
    computer = Computer(monkeypatch, 4)
    computer.run(5.0, {1: 3e-4, 2: 1e-4, 4: 2e-4})
    assert computer.spent[2] > 0.9 * computer.now


def test_how_many_batches_a_trial_and_a_turn_take(monkeypatch):
    now = 100.0
    monkeypatch.setattr(load, "perf_counter", lambda: now)
    chooser = Load(4)
    asked = []
    for seconds in (1e-4, 0.01, 2.0):  # of one batch, with 4, 2 and 1 threads
        threads, batches = chooser.choose(1000)
        asked.append((threads, batches))
        chooser.measured(threads, batches, batches * seconds)
    # The first trial is of one batch; the others are as long as the quickest until then allows.
    assert asked == [(4, 1), (2, 30), (1, 30)]
    assert chooser.seconds == pytest.approx({4: 1e-4, 2: 0.01, 1: 2.0})
    trials = [chooser.choose(1000) for _ in range(3)]
    assert trials == [(1, 1), (2, 1), (1, 1)]  # the others take turns, a batch each where one takes longer than a trial
    chooser.measured(1, 1, 2.0)  # and none of them for forty times as long
    assert [chooser.choose(n) for n in (5000, 10)] == [(4, 1200), (4, 10)]
    now += 79.9
    assert chooser.choose(5000)[0] == 4
    now += 0.2
    assert chooser.choose(5000) == (2, 1)
    chooser.seconds = {4: 0.5, 2: 1.0, 1: 1.0}
    chooser.measured(2, 0, 9.9)  # of nothing nothing is learnt
    assert chooser.seconds == {4: 0.5, 2: 1.0, 1: 1.0}
    chooser.measured(2, 1, 1.0)
    assert chooser.choose(5000) == (4, 1)


def test_calls_note_how_long_they_took(monkeypatch):
    noted = []

    class Noted(Load):
        def measured(self, threads: int, batches: int, seconds: float) -> None:
            noted.append((threads, batches, seconds))
            super().measured(threads, batches, seconds)

    clock = iter(range(1000, 10**6, 2))
    monkeypatch.setattr("tinynet.training.compiled_loop.Load", Noted)
    monkeypatch.setattr("tinynet.training.compiled_loop.perf_counter", lambda: float(next(clock)))
    model = tinynet.Sequential([tinynet.layers.Input((3,)), Dense(2)])
    model.compile("sgd", "mse")
    model.evaluate(np.ones((7, 3)), np.ones((7, 2)), batch_size=2, verbose=0)
    assert noted == [(1, 4, 2.0)]


def test_changing_the_number_changes_no_bit():
    x, y = np.random.default_rng(0).random((600, 40)).astype("float32"), np.arange(600) % 5
    weights = []
    for numbers in ([2], [1], [2, 1, 2, 1, 1, 2]):
        tinynet.set_random_seed(3)
        model = tinynet.Sequential([Dense(150, activation="relu"), Dense(5, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        turns = iter(numbers * 1000)

        class Given(Load):
            def choose(self, batches: int, turns=turns) -> tuple[int, int]:
                return next(turns), min(batches, 3)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tinynet.plan.cores", lambda: 2)
            patch.setattr("tinynet.training.calls.cores", lambda: 2)
            patch.setattr("tinynet.plan.SHARED_PRODUCT", 1)
            patch.setattr("tinynet.training.compiled_loop.Load", Given)
            model.fit(x, y, epochs=3, batch_size=64, verbose=0)
        weights.append([w.tobytes() for w in model.get_weights()])
    assert weights[0] == weights[1] == weights[2]
