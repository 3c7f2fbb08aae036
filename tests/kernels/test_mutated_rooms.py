"""What the mutation script changes in whole rooms: where, and that a change is what the tests run against."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import mutated_rooms
from tests.support.mutants_alike import IN_ROOMS
from tests.support.mutated_rooms import ROOMS, every_change, files_of, sample, source_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def every():
    return every_change()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_files_and_tests_which_are_there(room):
    files = files_of(room)
    assert files
    for file in files:
        tests = mutated_rooms.tests_of(room, file)
        assert len(tests) > 4
        assert all(Path(test).is_file() for test in tests)


def test_those_named_like_the_file_come_first():
    assert mutated_rooms.tests_of("callbacks", "callbacks/early_stopping.py")[0].endswith("test_early_stopping.py")
    assert mutated_rooms.tests_of("data", "data/sparse_rows.py")[0].endswith("test_sparse_checks.py")


def test_a_change_is_one_and_methods_and_inner_functions_are_changed_too(every):
    name = "callbacks/early_stopping.py, on_epoch_end: self.wait += 1"
    changed = source_of(every[name.replace("+=", "-=")])
    assert "self.wait -= 1" in changed
    assert changed.count("self.wait += 1") == 0
    assert not any("raise " in name.partition(": ")[2][:6] for name in every)
    assert any(name.startswith("kernels/sparse.py, run: ") for name in every)  # a loop in a function


def test_a_smaller_sample_is_within_a_larger_one(every):
    assert sample(every, 10, 0) == sample(every, 300, 0)[:10]
    assert sample(every, 10, 0) != sample(every, 10, 1)


def test_what_is_listed_as_equivalent_are_changes(every):
    assert set(IN_ROOMS) <= set(every)


def test_a_module_is_imported_with_the_changed_source():
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.support.mutated_rooms import Instead, changes_of, source_of
change = changes_of("data", "data/checks.py")
first = next(iter(change.values()))
sys.meta_path.insert(0, Instead("tinynet.data.checks", source_of(first) + "\\nCHANGED = 7\\n"))
import tinynet.data.checks
from tinynet.kernels.machine.fingerprint import _source
before = _source("tinynet.data.spots")
print(tinynet.data.checks.CHANGED, _source("tinynet.data.checks") != before, tinynet.data.checks.__file__[-9:])
"""
    run = subprocess.run([sys.executable, "-c", program, str(ROOT)], capture_output=True, text=True, check=False)
    assert run.stdout.split() == ["7", "True", "checks.py"], run.stderr
