"""The script that mutates the formulas: what it changes, and that it tells a noticed mutant from one that is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mutation import EQUIVALENT, FORMULAS, NOTICED_AT_LEAST, mutants

SCRIPT = Path(__file__).parent / "mutation.py"
RELU = "def relu(z):\n    'z > 0'\n    return 0.0 if z <= 0 else z * 3"


def test_every_operator_comparison_condition_and_number_is_changed_by_itself():
    changed = {name.removeprefix("relu: return ") for name in mutants(RELU)}
    assert changed == {
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


def test_what_is_listed_as_equivalent_are_mutants_and_few():
    every = mutants(FORMULAS.read_text(encoding="utf-8"))
    assert set(EQUIVALENT) <= set(every)
    assert len(EQUIVALENT) <= (1 - NOTICED_AT_LEAST) * len(every)


@pytest.mark.skipif(sys.platform == "win32", reason="the script forks")
def test_a_mutant_that_lives_unlisted_and_one_listed_that_does_not_are_errors(tmp_path):
    program = f"""
import sys
sys.path.insert(0, {str(SCRIPT.parent)!r})
import mutation
every = mutation.mutants(mutation.FORMULAS.read_text(encoding="utf-8"))
same, wrong = "argmax: for k in range(0, p.size):", "sgd: return w + learning_rate * g"
mutation.mutants = lambda source: {{name: every[name] for name in (same, wrong)}}
mutation.NOTICED_AT_LEAST = 0.0
mutation.EQUIVALENT = {{same: "equal"}}
assert mutation.main([]) == 0
mutation.EQUIVALENT = {{wrong: "a lie"}}
assert mutation.main([]) == 1
"""
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    assert printed.count("2 of 2 mutants, 1 noticed (50.0%)") == 2
    assert "not noticed: argmax: for k in range(0, p.size):" in printed
    assert "listed as equivalent, but noticed: sgd: return w + learning_rate * g" in printed
