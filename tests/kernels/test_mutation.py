"""The script that mutates the formulas: what it changes, and that it tells a noticed mutant from one that is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation import DECORATORS, EQUIVALENT, NOTICED_AT_LEAST, Mutant, every_mutant, files, mutants, suites_for
from tinynet.parts import formulas_of
from tinynet.rooms import modules_of

#: A formula that only hands on what it is given, or is its own derivative.
NOTHING_TO_CHANGE = {"linear", "linear_backward", "exponential", "in_top_k"}
ROOT = Path(__file__).parents[2]
RELU = "@formula\ndef relu(z):\n    'z > 0'\n    return 0.0 if z <= 0 else z * 3"


@pytest.fixture(scope="module")
def every() -> dict[str, Mutant]:
    return every_mutant()


def changed(source: str) -> set[str]:
    return {name.removeprefix("a.py, relu: return ") for name in mutants(source, "a.py")}


def test_every_operator_comparison_condition_and_number_is_changed_by_itself():
    assert changed(RELU) == {
        "1.0 if z <= 0 else z * 3",
        "0.0 if z < 0 else z * 3",
        "0.0 if z > 0 else z * 3",
        "0.0 if z <= 1 else z * 3",
        "0.0 if True else z * 3",
        "0.0 if False else z * 3",
        "0.0 if z <= 0 else z / 3",
        "0.0 if z <= 0 else z + 3",
        "0.0 if z <= 0 else z * 6",
        "0.0 if z <= 0 else z * 0",
    }


def test_only_formulas_and_loops_are_changed_those_inside_functions_too():
    assert mutants(RELU.removeprefix("@formula\n"), "a.py") == {}
    inside = "@cache\ndef made():\n    @kernel\n    def loop(z):\n        return z * 3"
    assert len(mutants(inside, "a.py")) == 4
    assert {mutant.function for mutant in mutants(inside, "a.py").values()} == {"made"}


def test_statements_that_are_alike_are_told_apart():
    twice = "@formula\ndef f(z):\n    z += 1\n    z += 1"
    names = list(mutants(twice, "a.py"))
    assert len(names) == len(set(names)) == 8
    assert "a.py, f: z -= 1" in names
    assert "a.py, f: z -= 1  # 2" in names


@pytest.mark.parametrize("package", ["activations", "losses", "metrics", "optimizers", "regularizers"])
def test_the_formulas_of_all_parts_are_mutated(package, every):
    """A part's file is found by being there: nothing is listed."""
    found = {(mutant.file, mutant.function) for mutant in every.values()}
    for module in modules_of(f"tinynet.{package}"):
        for formula in formulas_of(module):
            file, name = f"{module.__name__.partition('.')[2].replace('.', '/')}.py", formula.__name__
            assert file in files()
            has_nothing_to_change = name in NOTHING_TO_CHANGE
            assert (file, name) in found or has_nothing_to_change


def test_a_room_has_its_tests_which_are_run_first():
    for file in files():
        own, others = suites_for(file)
        assert own or not mutants((ROOT / "tinynet" / file).read_text("utf-8"), file), f"{file} has no tests of its own"
        assert len(own) + len(others) == len(list((ROOT / "tests" / "formulas").glob("test_*.py")))


def test_what_is_listed_as_equivalent_are_mutants_and_few(every):
    assert set(EQUIVALENT) <= set(every)
    assert len(EQUIVALENT) <= (1 - NOTICED_AT_LEAST) * len(every)
    assert {"formula", "kernel"} <= DECORATORS


@pytest.mark.skipif(sys.platform == "win32", reason="the script forks")
def test_a_mutant_that_lives_unlisted_and_one_listed_that_does_not_are_errors(tmp_path):
    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests import mutation
every = mutation.every_mutant()
same = "kernels/rows.py, argmax: for k in range(0, p.size):"
wrong = "optimizers/sgd.py, sgd: return w + learning_rate * g"
mutation.every_mutant = lambda: {{name: every[name] for name in (same, wrong)}}
suites = [*mutation.suites_for(every[same].file)[0], *mutation.suites_for(every[wrong].file)[0]]
mutation.suites_for = lambda file: [suites, []]  # all would take a minute
mutation.NOTICED_AT_LEAST = 0.0
mutation.EQUIVALENT = {{same: "equal"}}
assert mutation.main([]) == 0
mutation.EQUIVALENT = {{wrong: "a lie"}}
assert mutation.main([]) == 1
"""
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    assert printed.count("2 of 2 mutants, 1 noticed (50.0%)") == 2
    assert "not noticed: kernels/rows.py, argmax: for k in range(0, p.size):" in printed
    assert "listed as equivalent, but noticed: optimizers/sgd.py, sgd: return w + learning_rate * g" in printed
