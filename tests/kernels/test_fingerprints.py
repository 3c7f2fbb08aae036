"""A kernel's symbol: it changes with everything that its machine code is made of, and with nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.support.processes import copy_of_the_package, run
from tinynet.formulas import Scalar, formula
from tinynet.kernels import maps
from tinynet.kernels.machine.fingerprint import fingerprint
from tinynet.kernels.machine.jit import COMPILED

pytestmark = pytest.mark.skipif(not COMPILED, reason="nothing is compiled")

#: Prints each built-in kernel's symbols, and which formulas it is made of.
SYMBOLS = """
    from tinynet.kernels.machine.fingerprint import symbol
    from tinynet.kernels.machine.jit import Formula
    from tinynet.ready import every_kernel

    for kernel in every_kernel():
        function = kernel.function
        cells = [str(cell.cell_contents) for cell in function.__closure__ or ()]
        of = [function.__code__.co_filename.rpartition("/")[2], *cells]
        for dtype in ("float32", "float64"):
            print(symbol(kernel, kernel.form(dtype)), *of, sep=" | ")
"""


def symbols(**options):
    """Return what each symbol is made of, as a fresh process finds it."""
    lines = run(SYMBOLS, **options).splitlines()
    return dict(line.split(" | ", 1) for line in lines)


@pytest.fixture(scope="module")
def usual():
    found = symbols()
    assert len(found) > 150
    return found


def other_pythons():
    """Return interpreters of other versions: that of TINYNET_OTHER_PYTHON, or those on the path that have Numba."""
    named = os.environ.get("TINYNET_OTHER_PYTHON")
    found = [named] if named else [shutil.which(f"python3.{minor}") for minor in (11, 12, 13, 14)]
    test = "import sys, numba; print(sys.version_info[:2])"
    works = {}
    for python in filter(None, found):
        done = subprocess.run([python, "-c", test], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            works[done.stdout] = python
    works.pop(f"{tuple(sys.version_info[:2])}\n", None)
    return list(works.values())


class TestTheSameEverywhere:
    def test_in_other_versions_of_python(self, usual):
        pythons = other_pythons()
        if not pythons:
            pytest.skip("no Python of another version with Numba: name one in TINYNET_OTHER_PYTHON")
        for python in pythons:
            assert symbols(python=python) == usual

    def test_with_any_order_of_sets_and_any_optimisation_of_bytecode(self, usual):
        assert symbols(PYTHONHASHSEED="1", options=["-OO"]) == symbols(PYTHONHASHSEED="2") == usual

    def test_in_another_folder(self, usual, tmp_path):
        assert symbols(folder=copy_of_the_package(tmp_path)) == usual

    def test_in_a_zip_file(self, usual, tmp_path):
        copy_of_the_package(tmp_path / "package")
        file = shutil.make_archive(str(tmp_path / "tinynet"), "zip", tmp_path / "package")
        assert symbols(folder=file) == usual

    def test_whatever_the_variables_that_change_no_code(self, usual, tmp_path):
        others = {"NUMBA_NUM_THREADS": 1, "OMP_NUM_THREADS": 1, "NUMBA_CACHE_DIR": tmp_path, "NUMBA_OPT": 1}
        assert symbols(**others, NUMBA_DISABLE_JIT=0) == usual


def test_bounds_checks_change_every_symbol(usual):
    assert not set(symbols(NUMBA_BOUNDSCHECK=1)) & set(usual)


@pytest.mark.parametrize("variables", [{"NUMBA_NUM_THREADS": "1"}, {"NUMBA_CPU_NAME": "x86-64-v3"}])
def test_the_folder_is_that_of_the_processor_alone(variables):
    label = "from tinynet.kernels.machine.linker import label; print(label())"
    assert (run(label, **variables) == run(label)) == ("NUMBA_NUM_THREADS" in variables)


class TestAnEdit:
    """What is edited in a copy of the package changes the symbols of what uses it, and no others."""

    def changed(self, usual, tmp_path, file, old, new):
        path = copy_of_the_package(tmp_path) / "tinynet" / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), "utf-8")
        now = symbols(folder=tmp_path)
        assert list(now.values()) == list(usual.values())
        return {of for symbol, of in usual.items() if symbol not in now}

    def test_of_an_activation(self, usual, tmp_path):
        changed = self.changed(
            usual, tmp_path, "activations/relu.py", "return type(z)(0.0) if", "return type(z)(1.0) if"
        )
        # relu's own kernels, and what has a relu in its formula
        assert {of.rpartition(".")[2] for of in changed} == {
            "relu>",
            "relu_backward>",
            "py | <formula relu_backward>",  # on the way through a layer of one unit
            "softplus>",
            "log_sigmoid>",
            "mish>",
            "mish_backward>",
        }

    def test_of_a_product_reaches_the_layers(self, usual, tmp_path):
        changed = self.changed(
            usual, tmp_path, "kernels/team.py", "parts = total // smallest", "parts = total//smallest"
        )
        assert "loop.py" in changed
        assert "dense.py" in changed
        assert not any("relu" in of for of in changed)

    @pytest.mark.parametrize("file", ["waiting", "register_blocks", "compiler", "linker"])
    def test_of_the_machine_changes_all(self, usual, tmp_path, file):
        changed = self.changed(
            usual, tmp_path, f"kernels/machine/{file}.py", '"""\n\nfrom __future__', '"""\n\n\nfrom __future__'
        )
        assert changed == set(usual.values())


class TestAUsersFormula:
    """Outside the package a function is known by its bytecode, and by what that names."""

    def fingerprint_of(self, text, **scope):
        scope = {"formula": formula, "Scalar": Scalar, "__name__": "a_users_module", **scope}
        exec(text, scope)
        return fingerprint(maps.activation_forward(scope["mine"]))

    SQUARE = "import numpy as np\n@formula\ndef mine(z: Scalar) -> Scalar:\n    return np.exp(z) * 2.0 + b"

    def test_the_same_text_is_the_same(self):
        assert self.fingerprint_of(self.SQUARE, b=1.0) == self.fingerprint_of(self.SQUARE, b=1.0)

    @pytest.mark.parametrize(
        "text", [SQUARE.replace("np.exp", "np.log"), SQUARE.replace("2.0", "3.0"), SQUARE.replace("* 2.0", "/ 2.0")]
    )
    def test_an_edit_is_noticed(self, text):
        assert self.fingerprint_of(text, b=1.0) != self.fingerprint_of(self.SQUARE, b=1.0)

    def test_a_value_that_it_reads_counts(self):
        assert self.fingerprint_of(self.SQUARE, b=1.0) != self.fingerprint_of(self.SQUARE, b=2.0)

    def test_a_function_in_another_of_the_users_modules_counts(self):
        from types import ModuleType

        def using(text):
            helpers = ModuleType("helpers")
            exec(text, vars(helpers))
            mine = "@formula\ndef mine(z: Scalar) -> Scalar:\n    return helpers.f(z)"
            return self.fingerprint_of(mine, helpers=helpers)

        assert using("def f(z): return z + 1") == using("def f(z): return z + 1")
        assert using("def f(z): return z + 1") != using("def f(z): return z + 2")
