"""Change the formulas one place at a time; the tests must notice: ``python tests/mutation.py [--sample 100 --seed 0]``.

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
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tinynet"
SUITE = ROOT / "tests" / "formulas"
SECONDS = 20  # of the processor's time; a mutant that takes more counts as noticed
NOTICED_AT_LEAST = 0.97
SURVIVED = 0  # pytest's exit codes: all passed
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
    "category_encoding": "embedding",
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
    "kernels/dense.py, loop.py, maps.py, sparse.py, team.py": "loops and places in memory, with no mathematics",
}

# The mutants that compute the same, by their file, and by their function and the changed statement.
SAME_LIMIT = "at the limit itself, the number and the limit are the same"
SAME_ZERO = "at 0 both are 0"
SAME_FACTOR = "a factor of 1 changes nothing"
SAME_SIGN = "of the first argument of copysign only the size counts"
NOTHING_LEFT = "of rate 1 nothing is left"
RARELY_THE_RATE = "one number in 2⁵³ is the rate itself"
MORE_THAN_READ = "a longer part of a vector, of which no more is read"
COMPUTE_THE_SAME = {
    "activations/elu.py": {"elu: return z if z >= 0 else alpha * expm1_below_0(z)": SAME_ZERO},
    "activations/hard_sigmoid.py": {
        "hard_sigmoid: return T(1.0) if z > 3 else (z + T(3.0)) / T(6.0)": SAME_LIMIT,
    },
    "activations/soft_shrink.py": {
        "soft_shrink: return z - threshold if z >= threshold else z + threshold": "the limit has been answered before",
    },
    "activations/sparse_plus.py": {
        "sparse_plus: return z if z > 1 else (z + T(1.0)) * (z + T(1.0)) * T(0.25)": SAME_LIMIT,
    },
    "activations/leaky_relu.py": {"leaky_relu: return z if z > 0 else negative_slope * z": SAME_ZERO},
    "activations/selu.py": {"selu: return T(SCALE) * (z if z >= 0 else T(ALPHA) * expm1_below_0(z))": SAME_ZERO},
    "activations/sigmoid.py": {"sigmoid: return (e if z <= 0 else T(1.0)) / (T(1.0) + e)": "at 0, e is 1"},
    "activations/tanh.py": {
        "tanh: return (m if z <= 0 else T(0.0) - m) / (T(2.0) + m)": "at 0, m is 0, of whichever sign"
    },
    "kernels/clipping.py": {
        "clip_factor: return 1.0 if norm < limit else limit / norm": SAME_LIMIT,
        "clip_value: return -limit if g < -limit else limit if g >= limit else g": SAME_LIMIT,
        "clip_value: return -limit if g <= -limit else limit if g > limit else g": SAME_LIMIT,
        "_shorten: if True:  # 2": SAME_FACTOR,
        "_shorten: if factor != -1.0:": SAME_FACTOR,
        "_shorten: if factor != 2.0:": SAME_FACTOR,
        "_shorten: scale = 2.0": "of a norm and its limit, whatever scales both",
    },
    "kernels/probabilities.py": {
        "clipped: return low if p < low else high if p >= high else p": SAME_LIMIT,
        "clipped: return low if p <= low else high if p > high else p": SAME_LIMIT,
    },
    "kernels/rows.py": {
        "argmax: for k in range(0, p.size):": "the first entry is not greater than itself",
        "is_above: return a == 0 and math.copysign(-1.0, a) > math.copysign(1.0, b)": SAME_SIGN,
        "is_above: return a == 0 and math.copysign(1.0, a) > math.copysign(-1.0, b)": SAME_SIGN,
        "is_above: return b == b and (not a <= b)": "equal numbers have been answered before",
        "categorical_crossentropy_gradient_rows: row, targets = "
        "(span(dz, i * columns, (i + 1) * columns), span(y, i * columns, (i + 2) * columns))": MORE_THAN_READ,
        "categorical_crossentropy_rows: row, targets = "
        "(span(z, i * columns, (i + 1) * columns), span(y, i * columns, (i + 2) * columns))": MORE_THAN_READ,
    },
    "layers/drawing.py": {
        "shared_place: for k in range(op.options.size - 2, 0, -2):": "lengths of axes have even places, from 2 on",
    },
    "layers/global_average_pooling1d.py": {
        "global_average_backward: if False:": "both loops compute the same, one with features that stand side by side",
        "global_average_backward: of_dx = span(dx, sample * op.inputs, (sample + 2) * op.inputs)": MORE_THAN_READ,
    },
    "layers/normalization.py": {
        "deviation: return LEAST if found <= LEAST else found": SAME_LIMIT,
        "normalization_forward: shift(op, x, y, span(op.options, 2, 2 + count), "
        "span(op.options, 2 + count, 2 * (2 * count)))": MORE_THAN_READ,
        "normalization_forward: shift(op, x, y, span(op.options, 2, 2 + count), "
        "span(op.options, 2 + count, 2 + 4 * count))": MORE_THAN_READ,
    },
    "layers/dropout.py": {
        "dropout_forward: scale = x.dtype.type(1.0 / (1.0 - rate) if rate < 1.0 else 1.0)": NOTHING_LEFT,
        "dropout_forward: scale = x.dtype.type(1.0 / (1.0 - rate) if rate < 2.0 else 0.0)": NOTHING_LEFT,
        "dropout_forward: scale = x.dtype.type(1.0 / (1.0 - rate) if rate <= 1.0 else 0.0)": NOTHING_LEFT,
        "dropout_forward: scale = x.dtype.type(1.0 / (1.0 - rate) if True else 0.0)": NOTHING_LEFT,
        "dropout_forward: y[i] = "
        "x.dtype.type(0.0) if random(op.seed, batch.step, first + i) <= rate else x[i] * scale": RARELY_THE_RATE,
        "dropout_forward: y[i] = "
        "x.dtype.type(0.0) if random(op.seed, batch.step, place) <= rate else x[i] * scale": RARELY_THE_RATE,
    },
    "losses/binary_crossentropy.py": {
        "binary_crossentropy_logits: missed = T(1.0) - t if z >= 0 else t": SAME_ZERO,
    },
    "losses/categorical_hinge.py": {
        "best_other: best = best if score < best else score if score >= best else score * best": (
            "where neither holds one is NaN, and so is what is computed of it"
        ),
    },
    "losses/hinge.py": {
        "hinge: return T(0.0) if rest <= 0 else rest": SAME_LIMIT,
        "hinge_gradient: return -side if rest > 0 else T(-0.5) * side if rest == 0 else T(0.0) / p": (
            "0 for every p, and NaN for NaN; p is not 0 where nothing is lost"
        ),
    },
    "losses/huber.py": {
        "huber: return T(0.5) * error * error if error < delta else delta * error - T(0.5) * delta * delta": SAME_LIMIT,
        "huber_gradient: return -delta if error < -delta else delta if error >= delta else error": SAME_LIMIT,
        "huber_gradient: return -delta if error <= -delta else delta if error > delta else error": SAME_LIMIT,
    },
    "metrics/confusion.py": {
        "count_by_threshold: score = least if score <= least else largest if score > largest else score": SAME_LIMIT,
        "count_by_threshold: score = least if score < least else largest if score >= largest else score": SAME_LIMIT,
    },
    "optimizers/rmsprop.py": {
        "centered_variance: "
        "return type(v)(0.0) if variance <= 0 else variance if variance == variance else v": SAME_ZERO
    },
    "optimizers/adam.py": {"amsgrad: vmax = vmax if vmax >= v else v": SAME_LIMIT},
    "optimizers/adamax.py": {"largest_so_far: return u if u >= size or u != u else size": SAME_LIMIT},
    "optimizers/ftrl.py": {
        "beyond: within = -l1 if z <= -l1 else l1 if z > l1 else z": SAME_LIMIT,
        "beyond: within = -l1 if z < -l1 else l1 if z >= l1 else z": SAME_LIMIT,
    },
    "optimizers/nadam.py": {
        "product_of_momenta: while t < step and t <= 900:": SAME_FACTOR,
        "product_of_momenta: while t < step and t < 1800:": SAME_FACTOR,
    },
    "layers/batch_normalization.py": {
        "batch_slopes: total, along = (span(op.shared, 2 * units + first, 4 * units + last), "
        "span(op.shared, 3 * units + first, 3 * units + last))": MORE_THAN_READ,
        "batch_slopes: total, along = (span(op.shared, 2 * units + first, 2 * units + last), "
        "span(op.shared, 3 * units + first, 6 * units + last))": "the loops count by `mean`, however long the span is",
    },
}
EQUIVALENT = {f"{file}, {name}": why for file, same in COMPUTE_THE_SAME.items() for name, why in same.items()}

ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.Sub),
    ast.FloorDiv: (ast.Mult, ast.Sub),
    ast.Mod: (ast.Mult, ast.FloorDiv),
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


class Mutant(NamedTuple):
    """A file of the package with one of its functions changed."""

    file: str
    function: str
    source: str


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


def start(mutant: Mutant | None) -> int:
    """Run the suite against a mutant in a process of its own; return the process's id."""
    process = os.fork()
    if process:
        return process
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    code = 2
    try:
        code = run_suite(mutant)
    finally:
        os._exit(code)


def exit_codes(chosen: dict[str, Any], processes: int) -> Iterator[tuple[str, int]]:
    """Run the suite against every mutant, some at a time; yield names and exit codes, negative for signals."""
    waiting, running = list(chosen.items()), dict[int, str]()
    while waiting or running:
        while waiting and len(running) < processes:
            name, mutant = waiting.pop(0)
            running[start(mutant)] = name
        process, status = os.wait()
        yield running.pop(process), os.waitstatus_to_exitcode(status)


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
    options = parser.parse_args(arguments)

    prepare()
    every = every_mutant()
    chosen = every
    if options.sample is not None:
        names = random.Random(options.seed).sample(sorted(every), min(options.sample, len(every)))
        chosen = {name: every[name] for name in names}
    wrong = [f"listed, but no mutant: {name}" for name in EQUIVALENT if name not in every]
    if len(EQUIVALENT) > (1 - NOTICED_AT_LEAST) * len(every):
        wrong.append(f"{len(EQUIVALENT)} of {len(every)} mutants are listed as equivalent: too many")
    for _, code in exit_codes({"unchanged": None}, 1):
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
        elif code not in (SURVIVED, *NOTICED, -signal.SIGPROF):
            wrong.append(f"neither passed nor failed (exit code {code}): {name}")
    share = 1 - survivors / len(chosen)
    print(f"{len(chosen)} of {len(every)} mutants, {len(chosen) - survivors} noticed ({share:.1%})")
    print(*sorted(wrong), sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # and not this folder, in which some are called like packages: keras
    raise SystemExit(main())
