"""CONTRIBUTING taken at its word: each part on the page is saved under the name above it, and works in every corner."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.package.test_readme import blocks, section
from tests.support.own_parts import PARTS, cases
from tests.support.processes import ROOT, copy_of_the_package, finished, start

PAGE = ROOT / ".github" / "CONTRIBUTING.md"
TEXT = PAGE.read_text(encoding="utf-8")
#: The parts' files, by their names.
FILES = dict(re.findall(r"^\*\*`(tinynet/\S+\.py)`\*\*\n\n```python\n(.*?)^```$", TEXT, flags=re.M | re.S))
#: The program with a part of one's own.
SCRIPT = re.search(r"^```python\n(from isru import .*?)^```$", TEXT, flags=re.M | re.S)[1]
FIT = """
import numpy
model.fit(numpy.eye(4), numpy.ones((4, 1)), verbose=0)
print(model.explain_plan().splitlines()[0])
"""
#: Where the parts are, and what they are compiled with.
PLACES = ("package", "package, compiler off", "modules")


def with_parts(folder):
    """Copy the package, and save each block of the page into it."""
    copy_of_the_package(folder)
    for name, code in FILES.items():
        assert not (folder / name).exists(), f"tinynet has {name}: the page describes parts that it lacks"
        (folder / name).write_text(code, encoding="utf-8")
    return folder


def as_modules(folder):
    """Save the blocks as a user's modules, outside the package."""
    for name, code in FILES.items():
        (folder / Path(name).name).write_text(code, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Return what each program said that tries the parts; kernels are compiled into a folder that they share."""
    package, modules = with_parts(tmp_path_factory.mktemp("package")), as_modules(tmp_path_factory.mktemp("modules"))
    cache = tmp_path_factory.mktemp("kernels")
    tries = "from tests.support import own_parts\nown_parts.main()"

    def started(folder, *code, **variables):
        path = f"{folder}{os.pathsep}{ROOT}"
        return start(*code, folder=folder, PYTHONPATH=path, NUMBA_CACHE_DIR=cache, **variables)

    inside = started(package, tries)
    interpreted = started(package, tries, NUMBA_DISABLE_JIT=1)
    found = {"package": finished(inside)}  # by now most kernels are there
    own_file = FILES["tinynet/activations/isru.py"] + SCRIPT.replace("from isru import ISRU\n", "")
    rest = {
        "modules": started(modules, tries),
        "package, compiler off": interpreted,
        "script": started(modules, SCRIPT, FIT),
        "one file": started(modules, own_file, FIT),
    }
    return found | {name: finished(process) for name, process in rest.items()}


@pytest.fixture(scope="module")
def failures(said):
    """Return what went wrong, for each place by kind and check."""
    return {place: json.loads(said[place].splitlines()[-1]) for place in PLACES}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("kind", "check"), cases())
def test_a_part_that_is_written_as_the_page_says_works(failures, place, kind, check):
    failure = failures[place].get(f"{kind}-{check}")
    assert not failure, failure


@pytest.mark.parametrize("place", ["script", "one file"])
def test_the_program_with_a_part_of_ones_own_runs_in_the_compiled_loop(said, place):
    assert said[place] == "loop:    compiled"


def test_there_is_a_complete_part_of_each_kind():
    """Seven kinds, and every block of Python is one of them, or the program."""
    assert sorted(FILES) == sorted(f"tinynet/{folder}/{file}.py" for folder, file, *_ in PARTS.values())
    assert TEXT.count("```python") == len(FILES) + 1
    assert all(code.count("\n") <= 70 for code in FILES.values())


@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="ruff is in the extra 'dev'")
def test_the_linter_has_nothing_to_say_of_the_parts(tmp_path):
    with_parts(tmp_path)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    for command in (["check"], ["format", "--check"]):
        line = [sys.executable, "-m", "ruff", *command, "--no-cache", *FILES]
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_the_commands_are_those_of_the_readme():
    said = [block for block in blocks(TEXT) if block.startswith("sh\n")]
    assert said[:2] == [blocks(section(heading))[0] for heading in ("Run it", "Test it")]
    assert "pre-commit install" in said[2]


def test_what_the_page_names_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert links
    for link in links:
        assert (PAGE.parent / link).exists(), link
    for command in re.findall(r"`([^`\n]+)`", TEXT):
        for word in command.split():
            if re.match(r"(tests|\.ci|\.github)/", word):
                assert (ROOT / word).exists(), word
    for module in re.findall(r"python -m (benchmarks\.\w+)", TEXT):
        assert importlib.util.find_spec(module), module
