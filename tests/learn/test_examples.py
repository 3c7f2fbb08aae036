"""The example scripts that teach backprop run, and print the numbers they speak of."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

import tinynet

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def run(monkeypatch, capsys):
    def running(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return running


def test_own_parts_pass_the_check_and_the_mistake_is_found(run):
    out = run("10_your_own_parts.py")
    right, wrong = out.split("With a mistake planted:")
    assert "WRONG" not in right
    assert "10 times too small" in " ".join(wrong.split())
    before, after = out.splitlines()[-1].removeprefix("loss: ").split(" -> ")
    assert float(after) < 0.25 * float(before)


def test_the_textbook_step_is_told_to_nine_digits(run, tmp_path):
    out = run("11_one_training_step.py", tmp_path / "step.html")
    for digits in ("0.593269992", "0.75136507", "0.298371109", "0.149780716", "0.35891648", "0.561370121"):
        assert digits in out
    assert "the same weights: True" in out
    assert (tmp_path / "step.html").stat().st_size > 10_000
    assert tinynet.config.floatx() == "float32"


def test_the_exercise_starts_empty_and_can_be_solved(run):
    assert "0 of 8." in run("12_backprop_yourself.py")
    solved = run("12_backprop_yourself.py", "--solve")
    assert solved.count("exact.") == 8
    assert "8 of 8. That is all of backprop." in solved
