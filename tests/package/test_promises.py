"""The page of promises: every test that it names is there, and its figures are of attacks that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.battery import ATTACKS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "tinynet" / "README.md").read_text(encoding="utf-8")
PROMISES = next(part for part in re.split(r"^## ", PAGE, flags=re.M) if part.startswith("Promises"))
NAMED = sorted({*re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", PROMISES)})


@pytest.mark.parametrize("name", NAMED)
def test_what_keeps_a_promise_is_there(name):
    file, _, function = name.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not function or function in functions


def test_every_promise_names_what_keeps_it():
    rows = [line for line in PROMISES.splitlines() if (line.startswith("| ") and "::" in line) or ".py`" in line]
    table = PROMISES.split("| --- | --- |")[1].split("\n\n")[0].strip().splitlines()
    assert len(table) > 15
    assert all(row in rows for row in table)


def test_the_figures_are_those_of_the_attacks_and_none_failed():
    figures = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \| (\d+) \|", PROMISES, flags=re.M)
    assert {name for name, *_ in figures} <= {*ATTACKS}
    assert all(int(failures) == 0 for *_, failures in figures)
