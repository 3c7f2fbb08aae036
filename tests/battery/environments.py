"""Odd environments, each in a process of its own: the same training, to the bits of a plain one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.battery.tally import Tally

ROOT = Path(__file__).parents[2]
#: Trains in both loops, saves, loads and predicts; says a digest of all of it.
PROGRAM = """
import hashlib, io, os, sys, tempfile
import numpy as np
import tinynet
from tinynet.layers import Dense, Dropout, Input
rng = np.random.default_rng(0)
x = rng.normal(size=(300, 9)).astype("float32")
y = (x.sum(axis=1) > 0).astype("float32")
found = hashlib.sha256()
for compiled in (True, False):
    tinynet.set_random_seed(3)
    model = tinynet.Sequential([Input((9,)), Dense(40, "relu"), Dropout(0.2), Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], compiled=compiled)
    BETWEEN
    history = model.fit(x, y, epochs=3, verbose=VERBOSE, validation_split=0.2)
    model.summary()
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "m.npz")
    model.save(path)
    model = tinynet.models.load_model(path)
    os.remove(path)
    os.rmdir(folder)
    for w in model.get_weights():
        found.update(w.tobytes() if EXACT else np.round(w.astype(float), 3).tobytes())
open(os.environ["SAID"], "w").write(found.hexdigest())
"""


REFUSED = "refused"


class Way:
    """How a process differs from a plain one."""

    def __init__(self, **changes: Any) -> None:
        self.environment: dict[str, str] = changes.pop("environment", {})
        self.flags: tuple[str, ...] = changes.pop("flags", ())
        self.before: str = changes.pop("before", "")  # a program's first lines
        self.between: str = changes.pop("between", "pass")  # before the fit
        self.prepare: Callable[[Path], dict[str, str]] = changes.pop("prepare", lambda folder: {})
        self.exact: bool = changes.pop("exact", True)
        self.verbose: int = changes.pop("verbose", 0)
        self.refused: str = changes.pop("refused", "")  # how an error begins that has to come
        assert not changes, changes


def _copied(name: str) -> Callable[[Path], dict[str, str]]:
    """Put a copy of the package into a folder of that name."""

    def prepare(folder: Path) -> dict[str, str]:
        shutil.copytree(ROOT / "tinynet", folder / name / "tinynet", ignore=shutil.ignore_patterns("__pycache__"))
        return {"PYTHONPATH": str(folder / name)}

    return prepare


def _zipped(folder: Path) -> dict[str, str]:
    _copied("package")(folder)
    return {"PYTHONPATH": shutil.make_archive(str(folder / "tinynet"), "zip", folder / "package")}


def _locked_home(folder: Path) -> dict[str, str]:
    """Give neither a home nor a folder for kernels that can be written; an administrator is kept out by a file."""
    _copied("package")(folder)
    for path in (folder / "package").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (folder / "home").write_text("a file: nothing can be made in it")
    home = str(folder / "home")
    return {
        "PYTHONPATH": str(folder / "package"),
        "HOME": home,
        "XDG_CACHE_HOME": home,
        "TINYNET_CACHE_DIR": f"{home}/k",
    }


def _memory(megabytes: int) -> str:
    return f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes} << 20,) * 2)"


_FLUSHED = """
import ctypes, platform
if platform.machine() == "x86_64":
    code = b"\\x0f\\xae\\x5c\\x24\\xfc"
    code += b"\\x81\\x4c\\x24\\xfc\\x40\\x80\\x00\\x00\\x0f\\xae\\x54\\x24\\xfc\\xc3"
    import mmap  # what stands there sets the bits FTZ and DAZ of MXCSR
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
_FOLDER = "import shutil; shutil.rmtree(os.environ['TINYNET_CACHE_DIR'], ignore_errors=True)"
_REPLACED = """
    folder = os.environ['TINYNET_CACHE_DIR']
    if not os.path.isfile(folder):
        import shutil
        shutil.rmtree(folder, ignore_errors=True)
        open(folder, 'w').close()
"""


def _own_folder(folder: Path) -> dict[str, str]:
    return {"TINYNET_CACHE_DIR": str(folder / "kernels")}


WAYS = {
    "no writable home, read-only installation": Way(prepare=_locked_home),
    "folder of kernels deleted in mid-run": Way(prepare=_own_folder, between=_FOLDER),
    "folder of kernels replaced by a file in mid-run": Way(prepare=_own_folder, between=_REPLACED),
    "folder of kernels on a full disk": Way(environment={"TINYNET_CACHE_DIR": "/dev/full/k"}),
    "closed stdout": Way(before="import os; os.close(1)", verbose=1),
    "closed stdout and stderr": Way(before="import os; os.close(1); os.close(2)", verbose=1),
    "no stdout at all": Way(before="import sys; sys.stdout = sys.stderr = None", verbose=1),
    "a terminal of ASCII": Way(environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}, verbose=1),
    "a terminal of KOI8-R": Way(environment={"PYTHONIOENCODING": "koi8-r"}, verbose=2),
    "a terminal of one column": Way(environment={"COLUMNS": "1", "LINES": "1"}, verbose=1),
    "compiler off": Way(environment={"TINYNET_JIT": "0"}, exact=False),
    "Numba off": Way(environment={"NUMBA_DISABLE_JIT": "1"}, exact=False),
    "1 thread": Way(environment={"NUMBA_NUM_THREADS": "1"}),
    "64 threads": Way(environment={"NUMBA_NUM_THREADS": "64"}),
    "threads of nonsense": Way(environment={"NUMBA_NUM_THREADS": "many"}, refused="ValueError: The variable NUMBA_NUM"),
    "OpenMP's threads of nonsense": Way(environment={"OMP_NUM_THREADS": "-3", "OPENBLAS_NUM_THREADS": "x"}),
    "one core by affinity": Way(before="import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"),
    "1.5 GB of addresses": Way(before=_memory(1536)),
    "-O": Way(flags=("-O",)),
    "-OO": Way(flags=("-OO",)),
    "-W error": Way(flags=("-W", "error")),
    "-I": Way(flags=("-I",), before=f"import sys; sys.path.insert(0, {str(ROOT)!r})"),
    "a path with spaces and other alphabets": Way(prepare=_copied("a b ü 한글 кот 'quoted\" $HOME")),
    "from a zip": Way(prepare=_zipped),
    "subnormals flushed": Way(before=_FLUSHED, exact=False),
    "NumPy that raises": Way(before="import numpy; numpy.seterr(all='raise')"),
    "a clock that is another time zone's": Way(environment={"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8"}),
    "hash seed 1": Way(environment={"PYTHONHASHSEED": "1"}),
    "no temporary folder but one": Way(prepare=lambda folder: {"TMPDIR": str(folder)}),
}  # fmt: skip
#: What runs with the tests; the others have tests of their own, or take longer.
IN_CI = (
    "closed stdout and stderr",
    "threads of nonsense",
    "one core by affinity",
    "1.5 GB of addresses",
    "-W error",
    "NumPy that raises",
    "a terminal of ASCII",
)


def said_by(way: Way) -> str:
    """Return the digest that a process says, or what went wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        said = folder / "said"
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "",  # what waits in a stream is written when Python ends
            "SAID": str(said),
            **way.environment,
            **way.prepare(folder),
        }
        program = (
            PROGRAM.replace("BETWEEN", way.between)
            .replace("VERBOSE", str(way.verbose))
            .replace("EXACT", str(way.exact))
        )
        command = [sys.executable, *way.flags, "-c", f"{way.before}\n{program}"]
        end = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=500, check=False)
        for path in folder.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        if way.refused and end.returncode == 1 and way.refused in end.stderr.decode().splitlines()[-1]:
            return REFUSED
        if end.returncode:
            return f"ended with {end.returncode}: {end.stderr.decode(errors='replace')[-300:]}"
        return said.read_text() if said.exists() else "said nothing"


def odd(names: Any = tuple(WAYS)) -> Tally:
    """Train in each of the environments, and compare with a plain one."""
    tally = Tally()
    expected: dict[bool, str] = {}
    for name in names:
        way = WAYS[name]
        if way.exact not in expected:
            expected[way.exact] = said_by(Way(exact=way.exact))
            if " " in expected[way.exact]:
                tally.failures.append(f"a plain environment: {expected[way.exact]}")
        tally.inputs += 1
        if (said := said_by(way)) != (REFUSED if way.refused else expected[way.exact]):
            tally.failures.append(f"{name}: {said if ' ' in said else 'other numbers'}")
    return tally
