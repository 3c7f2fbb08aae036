"""Which tests run through which lines of the package: recorded once, by coverage.py, outside of the project.

Compiled code leaves no trace, so the tests that also run with the compiler off (`.ci/subsets`) are recorded both ways.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tinynet"
#: Folders of tests that run what is changed in rooms, often enough to notice.
FOLDERS = (
    *("data", "training", "callbacks", "metrics", "kernels", "network", "models", "parts", "losses", "optimizers"),
    *("estimators", "hostile", "formulas"),
)
#: Seconds of the processor's time: files of tests that take longer are left out.
LONGEST = 600
#: Seconds for each file of tests that is run.
IMPORT = 1.0

#: test → seconds, and file of the package → lines
Lines = dict[str, tuple[float, dict[str, list[int]]]]


def folder() -> Path:
    """Return the folder in which the records of the package as it is now are kept."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    base = os.environ.get("TINYNET_COVERING_DIR", tempfile.gettempdir())
    return Path(base) / f"tinynet-covering-{digest.hexdigest()[:16]}"


@cache
def interpreted() -> frozenset[str]:
    """Return the files of tests that also run with the compiler off."""
    text = (ROOT / ".ci" / "subsets").read_text(encoding="utf-8")
    listed = dict(re.findall(r'^(\w+)="([^"]*)"', text, re.MULTILINE))
    names = [*listed["_both"].split(), *listed["interpreted"].split()]
    found = [ROOT / name for name in names if not name.startswith("$")]
    files = [file for path in found for file in (path.glob("test_*.py") if path.is_dir() else [path])]
    return frozenset(file.relative_to(ROOT).as_posix() for file in files)


def files_of_tests() -> list[tuple[str, bool]]:
    """Return the files of tests, relative to the project, and whether they run with the compiler."""
    found = [path for name in FOLDERS for path in sorted((ROOT / "tests" / name).rglob("test_*.py"))]
    files = [path.relative_to(ROOT).as_posix() for path in found]
    return [(file, True) for file in files] + [(file, False) for file in sorted(interpreted())]


def record_of(file: str, compiled: bool) -> Path:
    """Return the file of a record: another one for other tests."""
    digest = hashlib.sha256((ROOT / file).read_bytes()).hexdigest()[:8]
    name = file.removesuffix(".py").replace("/", "-")
    return folder() / f"{name}-{'compiled' if compiled else 'interpreted'}-{digest}.json"


class _Watched:
    """Notes of each test how long it takes and what it runs through."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = {}
        self.passed: set[str] = set()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Keep the tests apart."""
        self.coverage.switch_context(item.nodeid)
        begun = sum(os.times()[:4])
        yield
        self.seconds[item.nodeid] = round(sum(os.times()[:4]) - begun, 3)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Only what passes can notice anything."""
        if report.when == "call" and report.passed:
            self.passed.add(report.nodeid)


def record(file: str, compiled: bool) -> int:
    """Run a file of tests in this process and keep which lines each test runs through."""
    import coverage

    os.environ |= {} if compiled else {"TINYNET_JIT": "0"}
    os.environ["NUMBA_JIT_COVERAGE"] = "0"  # Numba would count what it compiles as run
    os.chdir(ROOT)
    watch = coverage.Coverage(data_file=None, config_file=False, source=[str(PACKAGE)])
    watched = _Watched(watch)
    watch.start()
    quick = ["-q", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=no", "--assert=plain", "--rootdir", str(ROOT)]
    code = int(pytest.main([*quick, file], plugins=[watched]))
    watch.stop()
    data = watch.get_data()
    found: Lines = {test: (watched.seconds[test], {}) for test in watched.passed}
    for path in sorted(data.measured_files()):
        name = Path(path).relative_to(PACKAGE).as_posix()
        for line, tests in data.contexts_by_lineno(path).items():
            for test in found.keys() & set(tests):
                found[test][1].setdefault(name, []).append(line)
    target = record_of(file, compiled)
    target.parent.mkdir(exist_ok=True)
    target.with_suffix(".new").write_text(json.dumps(found))
    target.with_suffix(".new").replace(target)
    return code


def missing() -> list[tuple[str, bool]]:
    """Return the files of tests of which there is no record."""
    return [one for one in files_of_tests() if not record_of(*one).exists()]


class Covering:
    """All records, by the package's lines."""

    def __init__(self, files: Iterable[tuple[str, bool]] | None = None) -> None:
        self.seconds: dict[tuple[str, bool], float] = {}
        self._through: dict[tuple[str, bool], dict[int, list[str]]] = {}
        for one in files_of_tests() if files is None else files:
            path = record_of(*one)
            for test, (seconds, lines) in json.loads(path.read_text()).items() if path.exists() else ():
                self.seconds[test, one[1]] = seconds
                for file, numbers in lines.items():
                    known = self._through.setdefault((file, one[1]), {})
                    for number in numbers:
                        known.setdefault(number, []).append(test)

    def tests(self, file: str, lines: Iterable[int], compiled: bool) -> set[str]:
        """Return the tests that run through any of some lines."""
        known = self._through.get((file, compiled), {})
        return {test for line in lines for test in known.get(line, ())}

    def chosen(self, file: str, lines: Iterable[int], compiled: bool, together: float) -> list[str]:
        """Return those of them to run: those about the file first, and of every function of tests the quickest.

        What they take together is limited, those about the file to half of it; importing a file takes time too. One is
        returned in any case.
        """
        words = [word for word in re.split(r"[_/.]", file.removesuffix(".py")) if len(word) > 3]
        by_function: dict[str, list[str]] = {}
        for test in sorted(self.tests(file, lines, compiled), key=lambda test: (self.seconds[test, compiled], test)):
            by_function.setdefault(test.partition("[")[0], []).append(test)
        turns = [(turn, test) for tests in by_function.values() for turn, test in enumerate(tests)]
        in_turn = [
            test for turn, test in sorted(turns, key=lambda one: (one[0], self.seconds[one[1], compiled], one[1]))
        ]
        about = [test for test in in_turn if any(word in Path(test.partition("::")[0]).stem for word in words)]
        found: dict[str, None] = {}
        files: set[str] = set()
        spent = 0.0
        for tests, limit in ((about, together / 2), (in_turn, together)):
            for test in tests:
                takes = self.seconds[test, compiled] + IMPORT * (test.partition("::")[0] not in files)
                if test not in found and (not found or spent + takes <= limit):
                    found[test] = None
                    files.add(test.partition("::")[0])
                    spent += takes
        return [*found]
