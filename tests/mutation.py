"""Change the formulas one place at a time; the tests must notice: ``python tests/mutation.py [--sample 100 --seed 0]``.

``--rooms`` changes what is no formula: kernels' loops, training, data, callbacks and metrics (`support.mutated_rooms`),
or rooms by name; with ``--slips`` it leaves things out or exchanges them (`support.slips`).

Every operator, comparison, condition and number of the formulas is replaced in memory, with the compiler switched off,
and the tests in `tests/formulas` are run against the result in a process of their own (a fork, which saves the imports;
so it needs Linux or macOS). The formulas are found in the files of the parts, those of a new part too. A mutant that no
test notices is a gap in the tests, unless it computes the same: those are in `COMPUTE_THE_SAME` with the reason, and
one that is listed but noticed is an error as well.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import os
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # and not this folder, in which some are called like packages: keras

from tests.support import mutated_rooms  # noqa: E402
from tests.support.covering import LONGEST, Covering, folder, missing, record  # noqa: E402
from tests.support.mutants import Mutant, changes, statements  # noqa: E402
from tests.support.mutants_alike import EQUIVALENT, IN_ROOMS  # noqa: E402

PACKAGE = ROOT / "tinynet"
SUITE = ROOT / "tests" / "formulas"
SECONDS = 20  # of the processor's time; a mutant that takes more counts as noticed
MEMORY = 8 << 30  # bytes that a mutant may ask for
NOTICED_AT_LEAST = 0.97
SURVIVED = 0  # pytest's exit codes: all passed
NOTHING_RUN = 5
NOTICED = (1, 2, 4)  # a test failed; or the mutant could not even be imported

#: Whose files are the parts'.
PARTS = ("activations", "losses", "metrics", "optimizers", "regularizers", "layers")
#: What the parts share, in files of `kernels`, and the tests that notice a change there first.
SHARED = {"clipping": "optimizers", "fusions": "dense", "probabilities": "losses", "rows": "losses"}
#: Layers whose formulas are tested with others that do alike, and the tests' name.
TOGETHER = {
    **dict.fromkeys(("alpha_dropout", "drawing", "gaussian_dropout", "gaussian_noise"), "noise"),
    **dict.fromkeys(("global_average_pooling1d", "global_max_pooling1d"), "pooling"),
    **dict.fromkeys(("layer_normalization", "unit_normalization"), "row_normalizations"),
    "batch_moments": "batch_normalization",
    "category_encoding": "embedding",
    **dict.fromkeys(("discretization", "integer_lookup"), "encoding"),
    **dict.fromkeys(("concordance_correlation", "correlation", "pearson_correlation"), "correlations"),
}
#: A function is a formula or a loop by its decorator.
DECORATORS = {"formula", "exact", "inner", "view", "kernel"}
#: And here all functions are: the dense layer's, in NumPy.
IN_NUMPY = "layers/dense.py"

# What is tuned and not derived is in other modules, which are not mutated: a nearby number would be as right there,
# only slower or less accurate.
EXEMPT = {
    "kernels/elementary.py": "polynomials' lengths, joints and limits; test_elementary.py allows results 2 ulp",
    "kernels/random.py": "a generator's constants; test_random.py checks what comes of them",
    "kernels/machine": "sizes of register blocks; test_blocks.py checks the products for all remainders",
    "kernels/dense.py, loop.py, maps.py, sparse.py, team.py": "loops and places in memory, with no mathematics: a room",
}


def files() -> list[str]:
    """Return the files that hold formulas, relative to the package."""
    parts = [path for part in PARTS for path in sorted((PACKAGE / part).glob("*.py"))]
    shared = [PACKAGE / "kernels" / f"{name}.py" for name in SHARED]
    return [path.relative_to(PACKAGE).as_posix() for path in (*parts, *shared)]


def is_formula(node: ast.AST, everything: bool = False) -> bool:
    """Return whether a statement is a function to be mutated, or holds one."""
    if not isinstance(node, ast.FunctionDef):
        return False
    decorators = {ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list}
    return everything or bool(DECORATORS & decorators) or any(map(is_formula, node.body))


def mutants(source: str, file: str = "") -> dict[str, Mutant]:
    """Return the mutants of a file, by names such as ``kernels/rows.py, argmax: for k in range(2, p.size):``."""
    tree, found = ast.parse(source), dict[str, Mutant]()
    for outer in (node for node in tree.body if is_formula(node, everything=file == IN_NUMPY)):
        assert isinstance(outer, ast.FunctionDef)
        for function, statement, node in list(statements(outer)):
            for attribute, value in changes(node):
                kept = getattr(node, attribute)
                setattr(node, attribute, value)
                name = f"{file}, {function}: {ast.unparse(statement).splitlines()[0]}"
                alike = sum(known.partition("  #")[0] == name for known in found)
                found[f"{name}  # {alike + 1}" if alike else name] = Mutant(file, outer.name, ast.unparse(tree))
                setattr(node, attribute, kept)
    return found


def every_mutant() -> dict[str, Mutant]:
    """Return the mutants of all files."""
    found: dict[str, Mutant] = {}
    for file in files():
        found |= mutants((PACKAGE / file).read_text(encoding="utf-8"), file)
    return found


def suites_for(file: str) -> list[list[str]]:
    """Return the tests to run: those that should notice, and all others."""
    path, every = Path(file), sorted(SUITE.glob("test_*.py"))
    about = {path.stem, path.parent.name, SHARED.get(path.stem), TOGETHER.get(path.stem)}
    own = [test for test in every if test.stem.removeprefix("test_") in about]
    return [[str(test) for test in tests] for tests in (own, [test for test in every if test not in own])]


def apply(mutant: Mutant) -> None:
    """Change the function in this process: everybody who holds it calls the changed code."""
    module = importlib.import_module(f"tinynet.{mutant.file.removesuffix('.py').replace('/', '.')}")
    code = compile(mutant.source, f"<mutant of {mutant.file}>", "exec")
    changed = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == mutant.function)
    function = inspect.unwrap(getattr(module, mutant.function))
    function.__code__ = changed.replace(co_freevars=function.__code__.co_freevars)


def run_suite(mutant: Mutant | None) -> int:
    """Run the suite in this process, with a changed function or as everything is; return pytest's exit code."""
    import pytest

    if mutant is not None:
        apply(mutant)
    quick = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=no", "--assert=plain"]
    code = SURVIVED
    for tests in suites_for(mutant.file if mutant else ""):
        if tests and code == SURVIVED:
            code = int(pytest.main([*quick, "--rootdir", str(ROOT), *tests]))
    return code


def start(suite: Callable[[], int], seconds: int = SECONDS) -> int:
    """Run tests in a process of its own; return the process's id."""
    process = os.fork()
    if process:
        return process
    signal.setitimer(signal.ITIMER_PROF, seconds)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    code = 2
    try:
        code = suite()
    finally:
        os._exit(code)


def exit_codes(chosen: dict[str, Any], processes: int, starter: Callable[[Any], int]) -> Iterator[tuple[str, int]]:
    """Run the suite against every mutant, some at a time; yield names and exit codes, negative for signals."""
    waiting, running = list(chosen.items()), dict[int, str]()
    while waiting or running:
        while waiting and len(running) < processes:
            name, mutant = waiting.pop(0)
            running[starter(mutant)] = name
        process, status = os.wait()
        yield running.pop(process), os.waitstatus_to_exitcode(status)


def start_formulas(mutant: Mutant | None) -> int:
    """Run the formulas' tests against a mutant, or as everything is."""
    return start(lambda: run_suite(mutant))


def start_room(change: mutated_rooms.Change, suites: list[mutated_rooms.Suite], note: Callable[[str], None]) -> int:
    """Run tests against a change, until one notices."""

    def run() -> int:
        for suite in suites:
            tests = start(partial(mutated_rooms.run, change, suite, note), mutated_rooms.SECONDS)
            code = os.waitstatus_to_exitcode(os.waitpid(tests, 0)[1])
            if code not in (SURVIVED, NOTHING_RUN):
                return code if code > 0 else 1  # compiled code may well leave its arrays
        return SURVIVED

    return start(run)


def prepare() -> None:
    """Import what all mutants share, with the compiler off: pytest, the package and the tests."""
    os.environ |= {"TINYNET_JIT": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the formulas' tests need none, and they take longer to load
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    import pytest  # noqa: F401

    importlib.import_module("tests.conftest")
    for path in sorted(SUITE.glob("test_*.py")):
        importlib.import_module(f"tests.formulas.{path.stem}")


def main(arguments: list[str] | None = None) -> int:
    """Run the mutants; return 0 if what is not noticed is exactly what is listed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, metavar="N", help="only N of the mutants, chosen by --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--rooms", nargs="*", metavar="ROOM", help="change what is no formula, in these rooms or the five"
    )
    parser.add_argument("--slips", action="store_true", help="of the rooms leave out and exchange things instead")
    parser.add_argument("--known", action="store_true", help="of the rooms what is known to be noticed, and by what")
    parser.add_argument("--keep", action="store_true", help="write down which tests notice what in the rooms")
    options = parser.parse_args(arguments)
    return (of_formulas if options.rooms is None else of_rooms)(options)


def of_formulas(options: argparse.Namespace) -> int:
    """Change the formulas."""
    prepare()
    every = every_mutant()
    chosen = every
    if options.sample is not None:
        names = random.Random(options.seed).sample(sorted(every), min(options.sample, len(every)))
        chosen = {name: every[name] for name in names}
    wrong = [f"listed, but no mutant: {name}" for name in EQUIVALENT if name not in every]
    if len(EQUIVALENT) > (1 - NOTICED_AT_LEAST) * len(every):
        wrong.append(f"{len(EQUIVALENT)} of {len(every)} mutants are listed as equivalent: too many")
    for _, code in exit_codes({"unchanged": None}, 1, start_formulas):
        if code != SURVIVED:
            print(f"the tests fail on the formulas as they are (exit code {code})")
            return 1
    codes = exit_codes(chosen, options.processes, start_formulas)
    return judged(dict(codes), len(every), EQUIVALENT, wrong, (*NOTICED, -signal.SIGPROF))


def of_rooms(options: argparse.Namespace) -> int:
    """Change the rooms."""
    mutated_rooms.import_libraries()
    every = mutated_rooms.every_change(options.rooms or mutated_rooms.ROOMS, options.slips)
    known = mutated_rooms.known()
    names = [name for name in every if name in known] if options.known else every
    chosen = mutated_rooms.sample(names, len(every) if options.sample is None else options.sample, options.seed)
    covering = Covering([]) if options.known else recorded(options.processes)
    log = folder() / f"noticed-{os.getpid()}.txt"
    log.parent.mkdir(exist_ok=True)

    def start_one(name: str) -> int:
        def note(test: str) -> None:
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{name}\t{test}\n")

        suites = [known[name]] if options.known else mutated_rooms.suites_for(every[name], covering)
        return start_room(every[name], suites, note)

    codes = {}
    for name, code in exit_codes({name: name for name in chosen}, options.processes, start_one):
        codes[name] = code
        if code == SURVIVED and name not in IN_ROOMS:
            print(f"{len(codes)}: not noticed: {name}", flush=True)
    if options.keep:
        mutated_rooms.keep(dict(line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()))
    return judged(codes, len(every), IN_ROOMS, [], NOTICED)


def recorded(processes: int) -> Covering:
    """Record what the tests run through, if that is not done, and return it."""
    todo = missing()
    waiting = {f"{file}{'' if compiled else mutated_rooms.INTERPRETED}": (file, compiled) for file, compiled in todo}
    for name, code in exit_codes(waiting, processes, lambda one: start(partial(record, *one), LONGEST)):
        print(f"{'recorded' if code == SURVIVED else 'not recorded'}: {name}", flush=True)
    return Covering()


def judged(codes: dict[str, int], every: int, same: dict[str, str], wrong: list[str], noticed: tuple[int, ...]) -> int:
    """Print how many mutants were noticed, and what is wrong; return 1 if anything is."""
    survivors = 0
    for name, code in codes.items():
        survivors += code == SURVIVED
        if code == SURVIVED and name not in same:
            wrong.append(f"not noticed: {name}")
        elif code != SURVIVED and name in same:
            wrong.append(f"listed as equivalent, but noticed: {name}")
        elif code not in (SURVIVED, *noticed):
            wrong.append(f"neither passed nor failed (exit code {code}): {name}")
    share = 1 - survivors / len(codes)
    print(f"{len(codes)} of {every} mutants, {len(codes) - survivors} noticed ({share:.1%})")
    print(*sorted(wrong), sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
