"""What the mutation script changes in whole rooms: where, and that a change is what the tests run against."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import covering as covering_
from tests.support import mutated_rooms
from tests.support.covering import files_of_tests
from tests.support.mutants_alike import IN_ROOMS
from tests.support.mutated_rooms import OTHERS, ROOMS, Suite, every_change, files_of, sample, source_of
from tests.support.slips import slips

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def every():
    return every_change()


@pytest.mark.parametrize("room", ROOMS | OTHERS)
def test_a_room_has_files_and_tests_which_are_there(room):
    assert files_of(room)
    for test in (*mutated_rooms.room_of(room).tests, *(file for file, _ in files_of_tests())):
        assert (ROOT / test).is_file()


LINES = {
    "tests/data/test_checks.py::test_slow": (50.0, {"data/checks.py": [3, 4]}),
    "tests/data/test_checks.py::test_quick[a]": (0.2, {"data/checks.py": [3, 9]}),
    "tests/data/test_checks.py::test_quick[b]": (0.1, {"data/checks.py": [3]}),
    "tests/models/test_models.py::test_other": (0.1, {"data/checks.py": [3], "data/seen.py": [1]}),
}


@pytest.fixture
def covering(tmp_path, monkeypatch):
    monkeypatch.setattr(covering_, "folder", lambda: tmp_path)
    one = ("tests/data/test_checks.py", True)
    covering_.record_of(*one).write_text(json.dumps(LINES))
    return covering_.Covering([one, ("tests/data/test_features.py", True)])


def test_the_tests_of_a_line_are_those_about_the_file_first_and_of_each_function_the_quickest(covering):
    slow, quick, quicker, other = LINES
    assert covering.chosen("data/checks.py", {3}, True, 100.0) == [quicker, quick, other, slow]
    assert covering.chosen("data/checks.py", {3}, True, 2.3) == [quicker, other]
    assert covering.chosen("data/checks.py", {4, 9}, True, 100.0) == [quick, slow]
    assert covering.chosen("data/checks.py", {4}, True, 1.0) == [slow]  # one in any case
    assert covering.chosen("data/checks.py", {5}, True, 1.0) == covering.chosen("data/checks.py", {3}, False, 1.0) == []


def test_a_change_on_a_line_that_no_test_runs_through_has_the_tests_of_its_function(every, covering, monkeypatch):
    change = every["data/checks.py, check_lengths: if False:"]
    own, *around = mutated_rooms.lines_of(change)
    assert len(own) == 1
    assert own < around[-2] < around[-1]
    monkeypatch.setitem(covering._through, ("data/checks.py", True), {max(around[-2]): ["a.py::test"]})
    monkeypatch.setitem(covering.seconds, ("a.py::test", True), 1.0)
    examples, tests = mutated_rooms.suites_for(change, covering)
    assert examples == Suite(("tinynet/data/checks.py",), None, True)
    assert tests == Suite(("a.py",), frozenset(["a.py::test"]), True)


def test_compiled_code_has_tests_that_run_it_as_python_too_and_those_of_its_room(every, covering, monkeypatch):
    change = every[next(name for name in every if "team.py" in name)]
    monkeypatch.setitem(covering._through, ("kernels/team.py", False), {line: ["a.py::test"] for line in range(200)})
    monkeypatch.setitem(covering.seconds, ("a.py::test", False), 1.0)
    interpreted, compiled = mutated_rooms.suites_for(change, covering)
    assert interpreted == Suite(("a.py",), frozenset(["a.py::test"]), False)
    assert compiled == Suite(ROOMS["kernels"].tests, None, True)


def test_what_a_test_runs_through_is_recorded_with_and_without_the_compiler(tmp_path):
    pytest.importorskip("coverage")
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.support import covering
one = "tests/kernels/test_random.py", sys.argv[2] == "1"
assert covering.record(*one) == 0
found = covering.Covering([one])
tests = found.tests("kernels/random.py", range(1, 200), one[1])
assert (len(tests) > 3) == (not one[1]), tests  # compiled code leaves no trace
"""
    for compiled in ("0", "1"):
        run = subprocess.run(
            [sys.executable, "-c", program, str(ROOT), compiled],
            env=os.environ | {"TINYNET_COVERING_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr


def test_what_is_known_to_be_noticed_is_read_as_it_was_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(mutated_rooms, "NOTICED_BY", tmp_path / "noticed_by.txt")
    mutated_rooms.keep({"b: x": "a.py::test[1]", "a: x": "a.py::test (interpreted)", "c: x": "c.py"})
    assert mutated_rooms.known() == {
        "a: x": Suite(("a.py",), frozenset(["a.py::test"]), False),
        "b: x": Suite(("a.py",), frozenset(["a.py::test[1]"]), True),
        "c: x": Suite(("c.py",), None, True),
    }


def test_a_change_is_one_and_methods_and_inner_functions_are_changed_too(every):
    name = "callbacks/early_stopping.py, on_epoch_end: self.wait += 1"
    changed = source_of(every[name.replace("+=", "-=")])
    assert "self.wait -= 1" in changed
    assert changed.count("self.wait += 1") == 0
    assert not any("raise " in name.partition(": ")[2][:6] for name in every)
    assert any(name.startswith("kernels/sparse.py, run: ") for name in every)  # a loop in a function


def test_a_slip_leaves_one_thing_out_or_exchanges_it():
    tree = ast.parse(
        "for i in range(n):\n    self.sum += f(x[a:b], y.copy(), axis=1, most=True)\n    if a and b: break"
    )
    found = []
    for node in ast.walk(tree):
        for attribute, value in slips(node):
            kept = getattr(node, attribute)
            setattr(node, attribute, value)
            found.append(ast.unparse(tree).replace("\n    ", "; "))
            setattr(node, attribute, kept)
    end, call = "; if a and b:;     break", "self.sum += f(x[a:b], y.copy(), axis=1, most=True)"
    assert sorted(found) == sorted(
        [
            *(f"for i in range({given}):; {call}{end}" for given in ("n - 1", "1, n")),
            f"for i in range(n):; pass{end}",
            *(
                f"for i in range(n):; self.sum += f({given}){end}"
                for given in (
                    "y.copy(), x[a:b], axis=1, most=True",
                    "x[a:b], y.copy(), most=True",
                    "x[a:b], y.copy(), axis=1",
                    "x[a:b], (lambda: y)(), axis=1, most=True",
                    "x[:b], y.copy(), axis=1, most=True",
                    "x[a:], y.copy(), axis=1, most=True",
                    "x[a:b], y.copy(), axis=1, most=False",
                )
            ),
            *(f"for i in range(n):; {call}; if {given}:;     break" for given in ("a and a", "b and b")),
            f"for i in range(n):; {call}; if a and b:;     pass",
        ]
    )


def test_slips_are_changes_of_their_own_and_compile():
    for room in ("callbacks", "metrics"):
        found = every_change([room], slip=True)
        for name in sample(found, 20, 0):
            assert found[name].slip
            compile(source_of(found[name]), name, "exec")
            assert next(mutated_rooms.lines_of(found[name]))


def test_a_smaller_sample_is_within_a_larger_one(every):
    assert sample(every, 10, 0) == sample(every, 300, 0)[:10]
    assert sample(every, 10, 0) != sample(every, 10, 1)


def test_what_is_listed_as_equivalent_are_changes(every):
    assert set(IN_ROOMS) <= {*every, *every_change(slip=True)}


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
