"""Mutants of whole rooms, beyond the formulas: loops and blocks of kernels, training, data, callbacks and metrics.

Here every function is changed, methods and inner functions too. A mutant is imported in place of its file, in a fork
that has not imported tinynet yet: what is computed while a file is imported is changed as well, and kernels are
compiled of the changed source. Left out are the texts of errors, assertions, and what the mutation of the formulas
covers. With `slips` it is no operator or number that is changed: something is left out or exchanged.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.covering import Covering
from tests.support.mutants import changes, statements
from tests.support.slips import slips

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tinynet"


class Room(NamedTuple):
    """Files of the package, and the tests of what leaves no trace when it runs: of compiled code."""

    files: tuple[str, ...]
    tests: tuple[str, ...] = ()
    formulas: bool = True  # whether what has a formula's decorator belongs to it


#: Seconds of the processor's time; a mutant that takes more counts as noticed.
SECONDS = 90
#: Seconds that a mutant's tests take together on the package as it is.
TOGETHER = 40.0
#: Which test notices which change, as `--keep` writes it down: for a sample that takes a minute.
NOTICED_BY = ROOT / "tests" / "support" / "noticed_by.txt"
INTERPRETED = " (interpreted)"
#: Files of tests that are run first, in a process that imports no others.
SOON = 3
#: Tests that take long, and notice what others notice.
SLOW = ("machine_code", "any_network", "every_activation", "same_bits", "every_option", "two_gigabytes")
_LOOPS = ("dense", "loop", "maps", "penalties", "products", "samples", "sparse", "tables", "team")

#: room → its files; of these the package promises how much is noticed.
ROOMS = {
    "kernels": Room(
        (
            *(f"kernels/{name}.py" for name in _LOOPS),
            *(f"kernels/machine/{name}_blocks.py" for name in ("register", "row", "sparse")),
        ),
        (
            "tests/kernels/test_blocks.py",
            "tests/kernels/test_sparse_blocks.py",
            "tests/data/test_compression.py",
            "tests/training/test_training.py",
            "tests/training/test_tables.py",
            "tests/training/test_predicting.py",
            "tests/training/test_threads.py",
            "tests/training/test_loops_agree.py",
        ),
    ),
    "training": Room(("training/*.py",)),
    "data": Room(("data/*.py",)),
    "callbacks": Room(("callbacks/*.py",)),
    "metrics": Room(("metrics/*.py",), formulas=False),
}
#: The others, to be changed by name.
OTHERS = {
    **{
        name: Room((f"{name}/*.py",))
        for name in ("sklearn", "saving", "interop", "preprocessing", "datasets", "models")
    },
    **{name: Room((f"{name}/*.py",), formulas=False) for name in ("layers", "losses", "optimizers", "constraints")},
}


class Change(NamedTuple):
    """One change of one file: the number among those of the file, and whether it is a slip."""

    room: str
    file: str
    number: int
    slip: bool = False


def room_of(name: str) -> Room:
    """Return a room by its name."""
    return (ROOMS | OTHERS)[name]


def files_of(room: str) -> list[str]:
    """Return the files of a room, relative to the package."""
    found = {path for pattern in room_of(room).files for path in PACKAGE.glob(pattern)}
    return sorted(path.relative_to(PACKAGE).as_posix() for path in found)


def _changed(tree: ast.Module, skipped: frozenset[str], slip: bool) -> Any:
    """Yield the function, the statement, the node and the text of each change, while it is made in the tree."""
    for function, statement, node in list(statements(tree)):
        if isinstance(statement, (ast.Raise, ast.Assert)) or function in skipped:
            continue
        for attribute, value in (slips if slip else changes)(node):
            kept, before = getattr(node, attribute), ast.unparse(statement).splitlines()[0]
            setattr(node, attribute, value)
            try:
                left_out = attribute == "__class__"
                text = f"without {before}" if left_out else ast.unparse(statement).splitlines()[0]
                yield function, statement, node, text
            finally:  # also if nobody asks for the next
                setattr(node, attribute, kept)


@cache
def _parsed(room: str, file: str) -> tuple[ast.Module, frozenset[str]]:
    """Return a file's tree, and the functions that are left out."""
    from tests.mutation import is_formula

    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    left_out = () if room_of(room).formulas else (node.name for node in tree.body if is_formula(node))  # type: ignore[attr-defined]
    return tree, frozenset(left_out)


def changes_of(room: str, file: str, slip: bool = False) -> dict[str, Change]:
    """Return the changes of a file, by names such as ``data/split.py, split: if n > 1:``."""
    found: dict[str, Change] = {}
    seen: dict[str, int] = {}
    for number, (function, _, _, text) in enumerate(_changed(*_parsed(room, file), slip)):
        name = f"{file}, {function}: {text}"
        seen[name] = seen.get(name, 0) + 1
        found[name if seen[name] == 1 else f"{name}  # {seen[name]}"] = Change(room, file, number, slip)
    return found


def every_change(rooms: Any = ROOMS, slip: bool = False) -> dict[str, Change]:
    """Return the changes of some rooms."""
    found: dict[str, Change] = {}
    for room in rooms:
        for file in files_of(room):
            found |= changes_of(room, file, slip)
    return found


def sample(names: Any, size: int, seed: int) -> list[str]:
    """Return so many names: the first ones of a larger sample, of which most stay when code is changed elsewhere."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())[:size]


def source_of(change: Change) -> str:
    """Return the changed source."""
    tree, left_out = _parsed(change.room, change.file)
    for number, _ in enumerate(_changed(tree, left_out, change.slip)):
        if number == change.number:
            return ast.unparse(tree)
    raise LookupError(change)


def lines_of(change: Change) -> Iterator[set[int]]:
    """Yield the lines in which a change is: its own, those of its statement, those of the functions around it."""
    tree, left_out = _parsed(change.room, change.file)
    every = enumerate(_changed(tree, left_out, change.slip))
    _, statement, node, _ = next(one for n, one in every if n == change.number)
    for inner in (node, statement):
        if hasattr(inner, "lineno"):
            yield set(range(inner.lineno, (statement.lineno if inner is statement else inner.end_lineno) + 1))
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    around = [one for one in functions if one.lineno <= statement.lineno <= (one.end_lineno or 0)]
    for one in sorted(around, key=lambda one: -one.lineno):
        yield set(range(one.body[0].lineno, (one.end_lineno or 0) + 1))
    yield set(range(1, 1000))


class _Changed(SourceFileLoader):
    """Loads one file as if another source stood in it."""

    source = b""

    def get_data(self, path: str) -> bytes:
        return self.source if path == self.path else super().get_data(path)

    def path_stats(self, path: str) -> Any:
        raise OSError("what is kept is of the file as it is")


class Instead:
    """Finds a module in its file, with another source."""

    def __init__(self, module: str, source: str) -> None:
        self.module, self.source = module, source.encode()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of the module, and none of others."""
        spec = PathFinder.find_spec(name, path) if name == self.module else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Changed(name, spec.origin)
            spec.loader.source = self.source
        return spec


def import_libraries() -> None:
    """Import what the tests need but for tinynet, once for all forks; Keras on JAX, as tests/conftest.py has it."""
    os.environ["KERAS_BACKEND"] = "jax"
    needed = ("pytest", "hypothesis", "numba", "numba.extending", "llvmlite.ir", "scipy.sparse", "tqdm")
    for library in (*needed, "keras", "pandas", "polars", "sklearn.linear_model", "h5py"):
        importlib.import_module(library)


class Suite(NamedTuple):
    """Tests that are run in one process: all of some files, or those that are named."""

    files: tuple[str, ...]
    names: frozenset[str] | None
    compiled: bool


def suites_for(change: Change, covering: Covering) -> list[Suite]:
    """Return the tests that are to notice a change, the quickest first: the file's own examples."""
    own = PACKAGE / change.file
    examples = Suite((own.relative_to(ROOT).as_posix(),), None, compiled=True)
    suites = [examples] if ">>> " in own.read_text(encoding="utf-8") else []
    for compiled in (False, True) if change.file.startswith("kernels/") else (True,):
        lines = next((one for one in lines_of(change) if covering.tests(change.file, one, compiled)), set())
        names = covering.chosen(change.file, lines, compiled, TOGETHER)
        files = list(dict.fromkeys(name.partition("::")[0] for name in names))
        for some in (files[:SOON], files[SOON:]):
            if some:
                suites.append(Suite(tuple(some), frozenset(names), compiled))
    if tests := room_of(change.room).tests:
        suites.append(Suite(tests, None, compiled=True))
    return suites


def known() -> dict[str, Suite]:
    """Return the one test, or one file of tests, that is known to notice a change, by the change's name."""
    pairs = (line.split("\t") for line in NOTICED_BY.read_text(encoding="utf-8").splitlines())
    return {name: _alone(test) for name, test in pairs}


def _alone(test: str) -> Suite:
    name = test.removesuffix(INTERPRETED)
    names = frozenset([name]) if "::" in name else None
    return Suite((name.partition("::")[0],), names, compiled=name == test)


def keep(noticed: dict[str, str]) -> None:
    """Write down which tests notice which changes."""
    lines = [f"{name}\t{test}\n" for name, test in sorted(noticed.items())]
    NOTICED_BY.write_text("".join(lines), encoding="utf-8")


class _Chosen:
    """Leaves out the tests that are not named, and keeps the name of the first that fails."""

    def __init__(self, suite: Suite) -> None:
        self.suite, self.failed = suite, ""

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        """Keep those that are named."""
        if self.suite.names is not None:
            items[:] = [item for item in items if item.nodeid in self.suite.names]
        else:
            items[:] = [item for item in items if not any(name in item.nodeid for name in SLOW)]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note what fails."""
        if report.failed:
            self.failed = self.failed or report.nodeid


def run(change: Change | None, suite: Suite, note: Callable[[str], None] = str) -> int:
    """Run tests in this process, with a changed file or as it is; return pytest's exit code."""
    import pytest

    if not suite.compiled:
        os.environ["TINYNET_JIT"] = "0"
    if change is not None:
        name = f"tinynet.{change.file.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")
        sys.meta_path.insert(0, Instead(name, source_of(change)))
    os.chdir(ROOT)
    quick = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=--doctest-modules", "--tb=no", "--assert=plain"]
    if suite.files[0].startswith("tinynet/"):  # of a module of the package its examples, and no class called `Tests`
        quick += ["-o", "python_classes=Nobody", "-o", "python_functions=nobody"]
    chosen = _Chosen(suite)
    code = int(pytest.main([*quick, "--rootdir", str(ROOT), *suite.files], plugins=[chosen]))
    if code not in (0, 5):
        note(f"{chosen.failed or suite.files[0]}{'' if suite.compiled else INTERPRETED}")
    return code
