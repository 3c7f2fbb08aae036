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
            patch.setattr("tinynet.training.requests.cores", lambda: 2)
            patch.setattr("tinynet.plan.SHARED_PRODUCT", 1)
            patch.setattr("tinynet.training.compiled_loop.Load", Given)
            model.fit(x, y, epochs=3, batch_size=64, verbose=0)
        weights.append([w.tobytes() for w in model.get_weights()])
    assert weights[0] == weights[1] == weights[2]
