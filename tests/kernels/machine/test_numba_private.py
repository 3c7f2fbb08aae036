"""What tinynet takes from Numba beyond its documented interface: there, and behaving as it is used.

A new version of Numba that moves any of it fails here first, with what was moved.
"""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinynet.kernels.machine.jit import COMPILED, Floats, inner, kernel, view
from tinynet.kernels.machine.views import span

ROOT = Path(__file__).parents[3]
DOOR = ROOT / "tinynet" / "kernels" / "machine" / "numba_private.py"

pytestmark = pytest.mark.skipif(not COMPILED, reason="the compiler is switched off, and Numba not asked")


def private_imports(path: Path) -> list[tuple[str, str]]:
    """Return (module, name) for all that a file imports from Numba's insides."""
    tree = ast.parse(path.read_text("utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    inside = [node for node in froms if (node.module or "").startswith("numba.core")]
    return [(str(node.module), alias.name) for node in inside for alias in node.names]


def test_nothing_else_imports_numbas_insides():
    others = [path for path in (ROOT / "tinynet").rglob("*.py") if path != DOOR and private_imports(path)]
    assert others == []
    for path in (ROOT / "tinynet").rglob("*.py"):
        text = path.read_text("utf-8")
        assert path == DOOR or "import numba.core" not in text, f"{path} imports Numba's insides"


@pytest.mark.parametrize(("module", "name"), private_imports(DOOR), ids=lambda part: part)
def test_numba_still_has_what_is_taken_from_it(module, name):
    import numba

    try:
        found = importlib.import_module(module)
    except ImportError:
        pytest.fail(
            f"Numba {numba.__version__} has no module {module}: mend numba_private.py, which takes {name} from it"
        )
    if not hasattr(found, name):
        try:
            importlib.import_module(f"{module}.{name}")
        except ImportError:
            pytest.fail(f"Numba {numba.__version__} moved {name} out of {module}: mend numba_private.py")


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (
            "LinkOnlyLibrary",
            "_codegen _finalize_dynamic_globals _finalize_final_module _final_module _optimize_final_module "
            "_optimize_functions add_ir_module add_linking_library create_ir_module enable_object_caching finalize "
            "get_pointer_to_function",
        ),
        ("AbstractTemplate", "generic"),
        ("AttributeTemplate", "generic_resolve"),
    ],
)
def test_the_classes_that_are_built_upon_have_the_methods_that_are_replaced_or_called(cls, names):
    import numba

    from tinynet.kernels.machine import numba_private

    used = getattr(numba_private, cls)
    if cls == "LinkOnlyLibrary":
        made = used(numba_private.cpu_target.target_context.codegen(), "made by a test")
        base = used.__mro__[1]
        own = {n for n in vars(used) if not n.startswith("__")} - {"codegen", "get_pointer_to_function"}
        for name in own:
            assert hasattr(base, name) or name == "get_pointer_to_function", (
                f"Numba {numba.__version__}: {base.__name__} has no {name}, so that replacing it changes nothing"
            )
        missing = [n for n in names.split() if not hasattr(made, n)]
        assert missing in ([], ["_final_module"]), f"Numba {numba.__version__}: {base.__name__} has no {missing}"
    elif cls == "AbstractTemplate":
        assert used.__name__ == cls
    else:
        assert hasattr(used, "resolve"), f"Numba {numba.__version__}: {cls} resolves attributes in another way"


def test_a_tiny_kernel_compiles_and_links():
    @kernel
    def twice(a: Floats) -> None:
        for i in range(a.size):
            a[i] = 2 * a[i]

    for dtype in ("float32", "float64"):
        a = np.arange(5, dtype=dtype)
        twice(a)
        assert a.tolist() == [0, 2, 4, 6, 8]


@inner
def half_of(a: np.ndarray) -> float:
    return 0.5 * a[0]


@view
def tail(a: np.ndarray) -> np.ndarray:
    return span(a, 1, a.size)


def bitcode_of(one: object) -> tuple[list[str], str]:
    """Return what a kernel calls, and its LLVM code before it is optimised, as text."""
    import llvmlite.binding as llvm

    from tinynet.kernels.machine.compiler import bitcode

    calls, code = bitcode(one, "float32", "tinynet_of_a_test")
    return calls, str(llvm.parse_bitcode(code))


def test_no_references_to_arrays_are_counted():
    @kernel
    def walks(a: Floats) -> float:
        total = 0.0
        while a.size > 0:
            total += half_of(a)
            a = tail(a)
        return total

    _, code = bitcode_of(walks)
    counted = [line for line in code.splitlines() if "call" in line and "NRT_" in line]
    import numba

    assert not counted, f"Numba {numba.__version__} counts references in spite of the option `_nrt`: {counted[:2]}"
    assert walks(np.ones(5, "float32")) == 2.5


def test_a_function_that_a_kernel_calls_is_in_its_code_and_not_translated_by_itself():
    """The shortened compiler leaves functions as LLVM code; the whole kernel is translated once."""

    @kernel
    def calls(a: Floats) -> float:
        return half_of(a) + half_of(a)

    outside, code = bitcode_of(calls)
    assert outside == []
    assert code.count("define ") >= 2
    defined = [line for line in code.splitlines() if line.startswith("define ")]
    assert all("internal" in line or "tinynet_of_a_test" in line for line in defined)
    assert calls(np.full(1, 3.0)) == 3.0


def test_a_kernel_that_another_calls_is_left_to_the_linker():
    @kernel
    def first(a: Floats) -> None:
        a[0] = 1

    @kernel
    def second(a: Floats) -> None:
        first(a)

    outside, _ = bitcode_of(second)
    assert len(outside) == 1
    assert outside[0].startswith("tinynet_first_float32_")


def test_a_moved_name_is_said_loudly(tmp_path):
    """What this file is for: a Numba without one of the names fails, and the message names it."""
    program = """
import sys, pytest, numba.core.cgutils
from numba.core import codegen
del codegen.JITCodeLibrary
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-o", "addopts=", "-k", "still_has", sys.argv[1]]))
"""
    command = [sys.executable, "-c", program, str(Path(__file__))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 1, run.stdout[-2000:] + run.stderr[-2000:]
    assert "moved JITCodeLibrary out of numba.core.codegen: mend numba_private.py" in run.stdout
    assert "1 failed" in run.stdout
