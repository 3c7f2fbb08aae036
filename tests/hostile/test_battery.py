"""A sample of the battery, which takes hours in full (``python -m tests.battery``), and what it would notice."""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import pytest

from tests.battery import ATTACKS, arrays, atomic, environments, files, guided
from tests.battery.tally import Tally, in_child

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks, and limits memory by Linux's means"),
    pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning", "ignore:.*fork:DeprecationWarning"),
]


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.sample])
def test_an_attack_finds_nothing(name):
    attack = ATTACKS[name]
    tally = attack.run(attack.sample, 0)
    assert tally.failures == []
    assert tally.inputs


def test_in_odd_environments_the_bits_are_those_of_a_plain_one():
    assert environments.odd(environments.IN_CI) == Tally(len(environments.IN_CI))


def test_a_child_that_takes_too_much_memory_hangs_or_dies_is_told():
    assert in_child(lambda: 3) == (3, "")
    assert in_child(lambda: len(bytearray(1 << 30)), memory=1 << 26) == (None, "ended with 1")
    assert in_child(lambda: time.sleep(60), patience=0.2)[1] == "hung for 0.2 s"


def test_a_file_that_runs_code_or_kills_its_reader_would_be_noticed(tmp_path, monkeypatch):
    def reads(act):
        monkeypatch.setattr(files, "readers", lambda: {"model": lambda model, path: act()})
        return in_child(lambda: files.read_all("model .npz", bytes(200), range(1), tmp_path).failures)[0][0]

    assert 'what no file may do: ["os.system' in reads(lambda: os.system("true"))
    assert "IndexError" in reads(lambda: [][1])
    assert "does not name the file" in reads(lambda: int("a"))


def test_without_the_fuzzer_the_table_says_so(monkeypatch):
    monkeypatch.setattr(guided, "find_spec", lambda name: None)
    assert guided.damaged(8) == Tally(note="needs `pip install atheris`")


def test_a_slot_that_is_out_of_step_a_lost_epoch_and_an_odd_answer_would_be_noticed(monkeypatch):
    real = atomic._stands_at
    monkeypatch.setattr(atomic, "_stands_at", lambda model: (real(model)[0], [s + 1 for s in real(model)[1]]))
    states = atomic._undisturbed(atomic.compiled)
    monkeypatch.setattr(atomic, "_stands_at", real)
    model = atomic._new(atomic.compiled)
    whole = dict(atomic._arrays(model).history)
    model.history.epoch.pop()
    model.history.epoch.pop()
    model.history.epoch.append(7)
    assert [problem.split()[1] for problem in atomic._problems(model, states, whole)][:2] == ["slots", "history"]
    assert not arrays._same("stack", [np.ones(2)], [np.array([1.0, 1.0 + 1e-7])])
