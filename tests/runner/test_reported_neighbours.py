"""What lies beside a script and is called like a module of Python's or a library's: the script's alone."""

from __future__ import annotations

import builtins
import sys

import pytest

from tests.support.scripts import RUNNER, outcome, run

#: Modules that tinynet, NumPy or Numba import: at the start, with the first model, or later.
NAMES = ("argparse", "numba", "numpy", "queue", "random", "secrets", "tempfile", "tqdm", "typing", "zipfile")
BESIDE = "print('imported', __name__)\nOWN = True\ndef helper():\n    return __name__"
TRAINS = """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit([[1.0], [2.0]], [[1.0], [2.0]], epochs=2)
model.save_weights("w.npz")
print(model.predict([[1.0]], verbose=0).shape)
"""


def test_a_script_trains_beside_files_that_are_called_like_modules(folder):
    path = folder(program=TRAINS, **dict.fromkeys(NAMES, "raise SystemExit(f'{__name__} was imported')"))
    out, error, code = outcome([*RUNNER, "program.py"], path)
    assert (out.splitlines()[-1], error, code) == ("(1, 1)", "", 0)


@pytest.mark.parametrize("name", ["types", "tinynet"])
def test_it_does_so_from_another_folder_where_python_itself_would_fail(name, folder):
    path = folder(program=TRAINS, **{name: "raise SystemExit(f'{__name__} was imported')"})
    out, error, code = outcome([*RUNNER, f"{path.name}/program.py"], path.parent)
    assert (out.splitlines()[-1], error, code) == ("(1, 1)", "", 0)


def test_the_command_needs_no_other_folder(folder):
    path = folder(program=TRAINS, types="raise SystemExit('imported')", tinynet="raise SystemExit('imported')")
    # As pip writes it.
    (path.parent / "bin").mkdir()
    command = path.parent / "bin" / "tinynet"
    command.write_text("import sys\nfrom tinynet.__main__ import main\nsys.exit(main())")
    out, error, code = outcome([sys.executable, str(command), "run", "program.py"], path)
    assert (out.splitlines()[-1], error, code) == ("(1, 1)", "", 0)


@pytest.mark.parametrize("name", ["types", "random", "tinynet"])
def test_a_script_may_be_called_like_a_module(name, folder):
    path = folder(**{name: TRAINS})
    out, error, code = outcome([*RUNNER, f"{path.name}/{name}.py"], path.parent)
    assert (out.splitlines()[-1], error, code) == ("(1, 1)", "", 0)


IMPORTS = (
    """
import random, sys
import types as own_types, numpy
from typing import OWN
from queue import helper
import second, os
print(random.OWN, own_types.OWN, numpy.OWN, OWN, helper(), second.names, os.sep)
"""
    + TRAINS
)


def test_a_script_and_its_modules_get_what_lies_beside_them_and_libraries_get_theirs(folder):
    names = ("random", "types", "numpy", "typing", "queue")
    second = "import random, os, secrets\nnames = random.helper(), secrets.randbelow(1)"
    path = folder(program=IMPORTS, second=second, os="raise SystemExit(1)", **dict.fromkeys(names, BESIDE))
    out, error, code = outcome([*RUNNER, f"{path.name}/program.py"], path.parent)
    assert (error, code) == ("", 0)
    lines = out.splitlines()
    assert lines[:5] == [f"imported {name}" for name in names]
    assert lines[5] == "True True True True queue ('random', 0) /"
    assert lines[-1] == "(1, 1)"


WORKER = """
import random
from concurrent.futures import ProcessPoolExecutor
import multiprocessing

def task(x):
    import keras
    return x, random.OWN, keras.Sequential([keras.layers.Dense(1)]).predict([[1.0]], verbose=0).shape

if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        print(list(pool.map(task, [1])))
"""


def test_workers_are_guarded_as_well(folder):
    beside = "raise SystemExit('imported')"
    path = folder(program=WORKER, random="OWN = 7", typing=beside, tinynet=beside, inspect=beside)
    out, error, code = outcome([*RUNNER, f"{path.name}/program.py"], path.parent)
    assert (out, error, code) == ("[(1, 7, (1, 1))]\n", "", 0)


def test_importing_is_as_before_where_nothing_needs_guarding_and_afterwards(folder, script, capsys):
    plain = script("import builtins; print(type(builtins.__import__).__name__)")
    assert run(plain) == 0
    assert capsys.readouterr().out == "builtin_function_or_method\n"
    before = builtins.__import__, sys.meta_path[:], sys.modules["random"]
    folder(random="OWN = 7")
    assert run(script("import random, builtins\nprint(random.OWN, type(builtins.__import__).__name__)")) == 0
    assert capsys.readouterr().out == "7 method\n"
    assert before == (builtins.__import__, sys.meta_path, sys.modules["random"])


def test_the_safe_path_of_python_holds(folder):
    path = folder(program="import random\nprint(hasattr(random, 'OWN'))", random=BESIDE)
    command = [sys.executable, "-P", "-m", "tinynet", "run", "program.py"]
    assert outcome(command, path) == ("False\n", "", 0)
