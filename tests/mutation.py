"""Change the formulas one place at a time; the tests must notice: ``python tests/mutation.py [--sample 100 --seed 0]``.

Every operator, comparison, condition and number of `tinynet/kernels/formulas.py` is replaced in memory, with the
compiler switched off, and `tests/test_formulas.py` is run against the result in a process of its own (a fork, which
saves the imports; so it needs Linux or macOS). A mutant that no test notices is a gap in the tests, unless it computes
the same: those stand in `EQUIVALENT` with the reason, and one that is listed but noticed is an error as well.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import signal
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
MODULE = "tinynet.kernels.formulas"
FORMULAS = ROOT / "tinynet" / "kernels" / "formulas.py"
SUITE = ROOT / "tests" / "test_formulas.py"
SECONDS = 20  # a mutant that takes longer counts as noticed
NOTICED_AT_LEAST = 0.97
SURVIVED = 0  # pytest's exit codes: all passed
NOTICED = (1, 2, 4)  # a test failed; or the mutant could not even be imported

# What is tuned and not derived stands in other modules, which are not mutated: a nearby number would be as right there,
# only slower or less accurate.
EXEMPT = {
    "_elementary": "polynomials' lengths, joints and limits; tests/test_elementary.py holds the results to 2 ulp",
    "_blocks, _register_blocks": "sizes of register blocks; tests/test_blocks.py holds the products for all remainders",
    "_codes, _maps": "numbers that only name things, and the dispatch over them",
}

# The mutants that compute the same, by their function and the changed statement.
SAME_LIMIT = "at the limit itself, the number and the limit are the same"
EQUIVALENT = {
    "amsgrad: return largest if largest >= v else v": SAME_LIMIT,
    "argmax: for k in range(0, p.size):": "the first entry is not greater than itself",
    "clip_factor: return limit / (norm if norm >= limit else limit)": SAME_LIMIT,
    "clip_value: return -limit if g < -limit else limit if g >= limit else g": SAME_LIMIT,
    "clip_value: return -limit if g <= -limit else limit if g > limit else g": SAME_LIMIT,
    "clipped: return low if p < low else high if p >= high else p": SAME_LIMIT,
    "clipped: return low if p <= low else high if p > high else p": SAME_LIMIT,
    "row_max: for k in range(0, z.size):": "the first entry takes its own place",
    "row_max: if not z[k] < largest:": "an equal entry takes the place of its equal",
    "sigmoid: return (e if z <= 0 else T(1.0)) / (T(1.0) + e)": "at 0, e is 1",
    "tanh: return (m if z <= 0 else -m) / (T(2.0) + m)": "at 0, m is 0, and nothing tells its sign",
}

ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.Sub),
    ast.Pow: (ast.Mult, ast.Add),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}


def changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a node that are to be changed, each with a value in its place."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op):
            for other in ARITHMETIC[type(op)]:
                yield "op", other()
        case ast.UnaryOp(op=ast.USub()):
            yield "op", ast.UAdd()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "operand", ast.UnaryOp(ast.Not(), operand)
        case ast.If() | ast.IfExp():
            for always in (True, False):
                yield "test", ast.Constant(always)
        case ast.BoolOp(op=op):
            yield "op", ast.And() if isinstance(op, ast.Or) else ast.Or()
        case ast.Compare(ops=[op]):
            for comparison in COMPARISONS[type(op)]:
                yield "ops", [comparison()]
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            for number in (2 * value, 0 * value) if value else (value + 1,):
                yield "value", number
            if isinstance(value, float) and value:
                yield "value", -value


def statements(node: ast.AST, function: str = "", statement: Any = None) -> Iterator[tuple[str, ast.stmt, ast.AST]]:
    """Yield every node inside the functions, with the function's name and the innermost statement around it."""
    if isinstance(node, ast.FunctionDef):
        function = node.name
    if isinstance(node, ast.stmt):
        statement = node
    if function:
        yield function, statement, node
    for child in ast.iter_child_nodes(node):
        yield from statements(child, function, statement)


def mutants(source: str) -> dict[str, str]:
    """Return the mutated sources, by names such as ``row_sum: for k in range(2, z.size):``."""
    tree, found = ast.parse(source), {}
    for function, statement, node in list(statements(tree)):
        for attribute, value in changes(node):
            kept = getattr(node, attribute)
            setattr(node, attribute, value)
            name = f"{function}: {ast.unparse(statement).splitlines()[0]}"
            if name in found:
                raise ValueError(f"two mutants have one name, {name!r}: write one of the statements differently")
            found[name] = ast.unparse(tree)
            setattr(node, attribute, kept)
    return found


def run_suite(source: str) -> int:
    """Run the suite in this process with another source for the formulas; return pytest's exit code."""
    import pytest

    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    exec(compile(source, "<mutant>", "exec"), module.__dict__)
    quick = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=no", "--assert=plain"]
    return int(pytest.main([*quick, "--rootdir", str(ROOT), str(SUITE)]))


def start(source: str) -> int:
    """Run the suite against a source in a process of its own; return the process's id."""
    process = os.fork()
    if process:
        return process
    signal.alarm(SECONDS)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    code = 2
    try:
        code = run_suite(source)
    finally:
        os._exit(code)


def exit_codes(sources: dict[str, str], processes: int) -> Iterator[tuple[str, int]]:
    """Run the suite against every source, some at a time; yield names and exit codes, negative for signals."""
    waiting, running = list(sources.items()), {}
    while waiting or running:
        while waiting and len(running) < processes:
            name, source = waiting.pop(0)
            running[start(source)] = name
        process, status = os.wait()
        yield running.pop(process), os.waitstatus_to_exitcode(status)


def prepare() -> None:
    """Import what all mutants share, with the compiler off; the formulas and what imports them come later."""
    os.environ |= {"TINYNET_JIT": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the formulas' tests need none, and they take longer to load
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    import pytest  # noqa: F401
    import scipy.special  # noqa: F401

    from tinynet.kernels import _blocks, _elementary  # noqa: F401

    assert MODULE not in sys.modules


def main(arguments: list[str] | None = None) -> int:
    """Run the mutants; return 0 if what is not noticed is exactly what is listed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, metavar="N", help="only N of the mutants, chosen by --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)

    prepare()
    source = FORMULAS.read_text(encoding="utf-8")
    every = mutants(source)
    chosen = every
    if options.sample is not None:
        names = random.Random(options.seed).sample(sorted(every), min(options.sample, len(every)))
        chosen = {name: every[name] for name in names}
    wrong = [f"listed, but no mutant: {name}" for name in EQUIVALENT if name not in every]
    if len(EQUIVALENT) > (1 - NOTICED_AT_LEAST) * len(every):
        wrong.append(f"{len(EQUIVALENT)} of {len(every)} mutants are listed as equivalent: too many")
    for _, code in exit_codes({"unchanged": source}, 1):
        if code != SURVIVED:
            print(f"the tests fail on the formulas as they are (exit code {code})")
            return 1

    survivors = 0
    for name, code in exit_codes(chosen, options.processes):
        survivors += code == SURVIVED
        if code == SURVIVED and name not in EQUIVALENT:
            wrong.append(f"not noticed: {name}")
        elif code != SURVIVED and name in EQUIVALENT:
            wrong.append(f"listed as equivalent, but noticed: {name}")
        elif code not in (SURVIVED, *NOTICED, -signal.SIGALRM):
            wrong.append(f"neither passed nor failed (exit code {code}): {name}")
    share = 1 - survivors / len(chosen)
    print(f"{len(chosen)} of {len(every)} mutants, {len(chosen) - survivors} noticed ({share:.1%})")
    print(*sorted(wrong), sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
