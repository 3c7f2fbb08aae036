"""Mutants of whole rooms, beyond the formulas: loops and blocks of kernels, training, data, callbacks and metrics.

Here every function is changed, methods and inner functions too. A mutant is imported in place of its file, in a fork
that has not imported tinynet yet: what is computed while a file is imported is changed as well, and kernels are
compiled of the changed source. Left out are the texts of errors, assertions, and what the mutation of the formulas
covers.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import os
import sys
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.mutants import changes, statements

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tinynet"


class Room(NamedTuple):
    """Files of the package, and the tests that are to notice what changes there, the quickest first."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    own: tuple[str, ...] = ()  # slower ones, for the files that they are called like
    formulas: bool = True  # whether what has a formula's decorator belongs to it


#: Seconds of the processor's time; a mutant that takes more counts as noticed.
SECONDS = 240
#: Tests that take long, and notice what others notice.
SLOW = (
    "machine_code",
    "any_network",
    "every_activation",
    "same_bits",
    "every_option",
    "two_gigabytes",
    "is_killed",
    "threads_bits",
    "kerass",
    "keras_result",
)
_TRAINING = (
    "tests/training/test_training.py",
    "tests/training/test_tables.py",
    "tests/training/test_predicting.py",
    "tests/training/test_validation.py",
)

#: room → its files and its tests
ROOMS = {
    "kernels": Room(
        (
            *(f"kernels/{name}.py" for name in ("dense", "loop", "maps", "penalties", "products", "samples", "sparse")),
            *(f"kernels/{name}.py" for name in ("tables", "team")),
            *(f"kernels/machine/{name}_blocks.py" for name in ("register", "row", "sparse")),
        ),
        (
            "tests/kernels/test_blocks.py",
            "tests/data/test_compression.py",
            *_TRAINING,
            "tests/training/test_loops_agree.py",
        ),
        ("tests/training/test_threads.py",),
    ),
    "training": Room(
        ("training/*.py",),
        (
            *_TRAINING,
            "tests/training/test_errors.py",
            "tests/training/test_one_trainer.py",
            "tests/training/test_pace.py",
            "tests/training/test_progress.py",
            "tests/training/test_reported.py",
            "tests/training/test_sources_of_batches.py",
            "tests/training/test_inputs.py",
            "tests/training/test_whose_optimizer.py",
            "tests/callbacks/test_reported.py",
        ),
        ("tests/training/*.py", "tests/parts/test_advice.py", "tests/models/test_functional.py"),
    ),
    "data": Room(
        ("data/*.py",),
        ("tests/data/*.py", "tests/training/test_inputs.py", "tests/training/test_errors.py"),
    ),
    "callbacks": Room(("callbacks/*.py",), ("tests/callbacks/*.py",)),
    "metrics": Room(
        ("metrics/*.py",),
        ("tests/metrics/*.py", "tests/parts/test_metrics.py", "tests/formulas/test_metrics.py"),
        formulas=False,
    ),
}


class Change(NamedTuple):
    """One change of one file: the number among those of the file."""

    room: str
    file: str
    number: int


def files_of(room: str) -> list[str]:
    """Return the files of a room, relative to the package."""
    found = {path for pattern in ROOMS[room].files for path in PACKAGE.glob(pattern)}
    return sorted(path.relative_to(PACKAGE).as_posix() for path in found)


def tests_of(room: str, file: str) -> list[str]:
    """Return a room's tests; first those whose names share a word with the file's."""

    def found(patterns: tuple[str, ...]) -> list[Path]:
        return [path for one in patterns for path in sorted(ROOT.glob(one)) if path.name.startswith("test_")]

    words = [word for word in Path(file).stem.split("_") if len(word) > 3]
    own = [path for path in found(ROOMS[room].tests + ROOMS[room].own) if any(word in path.stem for word in words)]
    return [str(path) for path in dict.fromkeys((*own, *found(ROOMS[room].tests)))]


def _changed(tree: ast.Module, skipped: frozenset[str]) -> Any:
    """Yield the function and the statement of each change, while it is made in the tree."""
    for function, statement, node in list(statements(tree)):
        if isinstance(statement, (ast.Raise, ast.Assert)) or function in skipped:
            continue
        for attribute, value in changes(node):
            kept = getattr(node, attribute)
            setattr(node, attribute, value)
            yield function, statement
            setattr(node, attribute, kept)


@cache
def _parsed(room: str, file: str) -> tuple[ast.Module, frozenset[str]]:
    """Return a file's tree, and the functions that are left out."""
    from tests.mutation import is_formula

    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    left_out = () if ROOMS[room].formulas else (node.name for node in tree.body if is_formula(node))  # type: ignore[attr-defined]
    return tree, frozenset(left_out)


def changes_of(room: str, file: str) -> dict[str, Change]:
    """Return the changes of a file, by names such as ``data/split.py, split: if n > 1:``."""
    found: dict[str, Change] = {}
    seen: dict[str, int] = {}
    for number, (function, statement) in enumerate(_changed(*_parsed(room, file))):
        name = f"{file}, {function}: {ast.unparse(statement).splitlines()[0]}"
        seen[name] = seen.get(name, 0) + 1
        found[name if seen[name] == 1 else f"{name}  # {seen[name]}"] = Change(room, file, number)
    return found


def every_change() -> dict[str, Change]:
    """Return the changes of all rooms."""
    found: dict[str, Change] = {}
    for room in ROOMS:
        for file in files_of(room):
            found |= changes_of(room, file)
    return found


def sample(names: Any, size: int, seed: int) -> list[str]:
    """Return so many names: the first ones of a larger sample, of which most stay when code is changed elsewhere."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())[:size]


def source_of(change: Change) -> str:
    """Return the changed source."""
    tree, left_out = _parsed(change.room, change.file)
    for number, _ in enumerate(_changed(tree, left_out)):
        if number == change.number:
            return ast.unparse(tree)
    raise LookupError(change)


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
    """Import what the tests need but for tinynet, once for all forks."""
    for library in ("pytest", "hypothesis", "numba", "numba.extending", "llvmlite.ir", "scipy.sparse", "tqdm"):
        importlib.import_module(library)


def run(change: Change, changed: bool = True) -> int:
    """Run a room's tests in this process, with a changed file or as it is; return pytest's exit code."""
    import pytest

    if changed:
        name = f"tinynet.{change.file.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")
        sys.meta_path.insert(0, Instead(name, source_of(change)))
    os.chdir(ROOT)
    quick = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=no", "--assert=plain"]
    quick += ["-k", " and ".join(f"not {name}" for name in SLOW)]
    return int(pytest.main([*quick, "--rootdir", str(ROOT), *tests_of(change.room, change.file)]))
