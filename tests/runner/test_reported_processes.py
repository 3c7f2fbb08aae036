"""Keras's names where a script is no longer alone in its process: workers, threads, exit handlers, other scripts."""

from __future__ import annotations

import pytest

from tests.support.scripts import RUNNER, notebook, outcome

#: A pool of each kind, and every form in which a task may need Keras.
WORKERS = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
import keras
import part

def task(x):
    import tensorflow as tf
    return x, keras.Sequential.__module__, tf.keras.layers.Dense.__module__, part.name(), sys.argv[1:], task.__module__

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) if sys.argv[2] == "pool" else ProcessPoolExecutor(1, mp_context=context) as pool:
        print(*pool.map(task, [1]))
"""
PART = "import keras\ndef name():\n    return keras.Model.__module__"


@pytest.mark.parametrize("arguments", [("spawn", "pool"), ("forkserver", "executor")])
def test_workers_find_tinynet(arguments, folder):
    out, error, code = outcome([*RUNNER, "program.py", *arguments], folder(program=WORKERS, part=PART))
    found = "'tinynet.models.sequential', 'tinynet.layers.dense', 'tinynet.models.model'"
    assert (out, error, code) == (f"(1, {found}, {[*arguments]}, '__mp_main__')\n", "", 0)


JOBLIB = """
import joblib, multiprocessing, sys
from tensorflow import keras
import part

def task(x):
    return x, keras.layers.Dense.__module__, part.name()

if __name__ == "__main__":
    print(*joblib.Parallel(2)(joblib.delayed(task)(x) for x in (1, 2)))
"""


def test_workers_of_joblib_find_tinynet(folder):
    pytest.importorskip("joblib")
    out, _, code = outcome([*RUNNER, "program.py"], folder(program=JOBLIB, part=PART))
    found = "'tinynet.layers.dense', 'tinynet.models.model'"
    assert (out, code) == (f"(1, {found}) (2, {found})\n", 0)


OTHERS = """
import os, subprocess, sys
import keras

def run(*arguments, **variables):
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)

if len(sys.argv) > 1:
    print(keras.Model.__module__)
elif __name__ == "__main__":
    print(run(__file__, "again").stdout, end="")
    print(run("-c", "import program as it; print(it.keras.Model.__module__)").stdout, end="")
    print(run("other.py").stdout, end="")
    elsewhere = os.environ["TINYNET_RUN"].replace(sys.prefix, "/elsewhere")
    print(run("other.py", "no", TINYNET_RUN=elsewhere).stdout, end="")
"""
OTHER = """
import os, sys
print(os.path.basename(sys.path[0]), [entry for entry in sys.path if "runner" in entry], "tinynet" in sys.modules)
print("LateNames" in map(lambda finder: type(finder).__name__, sys.meta_path))
if len(sys.argv) == 1:
    import keras
    print(keras.Model.__module__)
"""


def test_scripts_that_a_script_starts_are_served_in_the_same_installation_only(folder):
    path = folder(program=OTHERS, other=OTHER)
    out, error, code = outcome([*RUNNER, "program.py"], path)
    served, plain = "tinynet.models.model\n", f"{path.name} [] False\n"
    assert (out, error, code) == (f"{served * 2}{plain}True\n{served}{plain}False\n", "", 0)


def test_the_environments_own_module_for_the_start_of_python_keeps_its_place(folder, monkeypatch):
    path = folder(
        sitecustomize="import sys; sys.mine = True",
        program="import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', "
        "'import sys, sitecustomize, keras; print(sys.mine, sitecustomize.__file__, keras.Model.__module__)'], "
        "capture_output=True, text=True).stdout)",
    )
    own = str(path / "sitecustomize.py")
    out, error, code = outcome([*RUNNER, "program.py"], path, also=str(path))
    assert (out, error, code) == (f"True {own} tinynet.models.model\n\n", "", 0)


LATE = """
import atexit, sys, threading, time, weakref
import __main__

def needs(who):
    from tensorflow.keras.layers import Dense
    import keras.losses
    print(who, Dense.__module__, __main__.late, __name__, sys.modules["__main__"].__file__ == __file__, sys.argv[1:])

class Kept:
    pass

kept, late = Kept(), "late"
atexit.register(needs, "atexit")
weakref.finalize(kept, needs, "finalize")
threading._register_atexit(needs, "shutdown")
over = threading.Event()

def wait():
    threading.main_thread().join()
    needs("thread")
    over.set()

def daemon():
    over.wait()
    needs("daemon")

threading.Thread(target=wait).start()
quiet = threading.Thread(target=daemon, daemon=True)
quiet.start()
atexit.register(quiet.join)
ENDING
"""


@pytest.mark.parametrize(("ending", "code"), [("", 0), ("1 / 0", 1)])
def test_what_runs_after_the_last_line_still_finds_everything(ending, code, folder):
    out, _, ended = outcome([*RUNNER, "program.py", "x"], folder(program=LATE.replace("ENDING", ending)))
    assert ended == code
    # What is registered last runs first.
    whos = ["shutdown", "thread", "daemon", "finalize", "atexit"]
    assert sorted(out.splitlines()) == sorted(f"{who} tinynet.layers.dense late __main__ True ['x']" for who in whos)


def test_an_executor_that_nobody_shuts_down_finishes(folder):
    text = """
    from concurrent.futures import ThreadPoolExecutor
    import time

    def task():
        time.sleep(0.2)
        import keras
        print(keras.Model.__module__)

    executor = ThreadPoolExecutor(1)
    for _ in range(2):
        executor.submit(task)
    """
    assert outcome([*RUNNER, "program.py"], folder(program=text)) == ("tinynet.models.model\n" * 2, "", 0)


IPYTHON = """
%matplotlib inline
import multiprocessing
import keras
N = 3
lines = !echo shell

def task(x):
    return N * x, keras.Model.__module__

class Task:
    def __call__(self, x):
        return task(x)

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(task, [1]), pool.map(Task(), [2]))
"""


def test_workers_of_a_script_with_lines_of_ipython_read_it_as_it_was_read(folder):
    path = folder(program=IPYTHON) / "10:30"  # a sign that separates folders in variables
    path.mkdir()
    (path.parent / "program.py").rename(path / "program.py")
    out, error, code = outcome([*RUNNER, "program.py"], path)
    assert (out, code) == ("[(3, 'tinynet.models.model')] [(6, 'tinynet.models.model')]\n", 0)
    assert error.count("\n") == 1


def test_workers_of_a_notebook_find_its_functions_and_run_none_of_its_cells(tmp_path):
    head, _, rest = IPYTHON.partition("if __name__")
    rest = rest.partition("\n")[2].replace("\n    ", "\n").removeprefix("    ")
    path = notebook(
        tmp_path, "print('cell')", "%%time\n" + head, "raise_here = 1 // 1\nopen('once', 'x').close()", rest
    )
    out, error, code = outcome([*RUNNER, path.name], tmp_path)
    assert (out, code) == ("cell\n[(3, 'tinynet.models.model')] [(6, 'tinynet.models.model')]\n", 0), error
