"""The wheel: plain as it is built by default, and with machine code in it where TINYNET_KERNELS asks for that.

One level is compiled, the best that this processor runs: some 15 seconds of a quiet processor.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from email import message_from_string
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.processes import ROOT
from tinynet.kernels.machine import delivered
from tinynet.kernels.machine.jit import CHECKED, COMPILED

pytestmark = pytest.mark.skipif(find_spec("hatchling") is None, reason="hatchling is not installed")

FOLDER = "tinynet/kernels/machine/delivered/"
#: What tinynet needs besides, in an environment without Numba and llvmlite.
NEEDED = ("numpy", "numpy.libs", "tqdm", "threadpoolctl.py")

#: 12-64-1's first epoch, evaluation and prediction; the loss, and what was imported.
FIRST_EPOCH = """
import sys
import numpy as np
import tinynet
from tinynet.layers import Dense, Input

tinynet.set_random_seed(0)
x = np.random.default_rng(0).random((1000, 12), np.float32)
y = x[:, 0] > 0.5
model = tinynet.Sequential([Input((12,)), Dense(64, activation="relu"), Dense(1, activation="sigmoid")])
model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
loss = model.fit(x, y, batch_size=64, validation_split=0.1, verbose=0).history["loss"][0]
model.predict(x, verbose=0)
print(f"{loss:.6f}", *sorted({"numba", "llvmlite"} & set(sys.modules)))
"""


def build(folder, code="from hatchling.cli import hatchling; sys.exit(hatchling())", **variables):
    """Build a wheel from the source tree into a folder; return what came of it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TINYNET_", "NUMBA_"))}
    command = [sys.executable, "-c", f"import sys; {code}", "build", "-t", "wheel", "-d", str(folder)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment | variables, timeout=600, check=False
    )


def wheel_in(folder):
    """Return the one wheel in a folder, and the names of its files."""
    (wheel,) = Path(folder).glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        return wheel, file.namelist()


def sources():
    """Return the files of the source tree, but for what Python compiled."""
    return {path for path in (ROOT / "tinynet").rglob("*") if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def level():
    """Return the best level that this processor runs."""
    if not COMPILED or CHECKED:
        pytest.skip("the compiler is off, or checks bounds")
    found = delivered.levels()
    if not found:
        pytest.skip("this processor runs none of the levels")
    return found[0]


@pytest.fixture(scope="module")
def wheel(level, tmp_path_factory):
    """Return a wheel with the kernels of that level."""
    folder, before = tmp_path_factory.mktemp("wheel"), sources()
    done = build(folder, TINYNET_KERNELS=level)
    assert done.returncode == 0, done.stderr
    assert sources() == before
    return wheel_in(folder)


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """Return the Python of an environment with the wheel in it, and without Numba and llvmlite."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    (site,) = [*folder.glob("lib/*/site-packages"), *folder.glob("Lib/site-packages")]
    zipfile.ZipFile(wheel[0]).extractall(site)
    for name in NEEDED:
        there = next((path for entry in sys.path if (path := Path(entry) / name).exists()), None)
        if there is not None:  # numpy.libs is Linux's
            (site / name).symlink_to(there)
    (binary,) = [*folder.glob("bin/python"), *folder.glob("Scripts/python.exe")]
    return binary


def run(python, code, **variables):
    """Run a program with that Python, outside the source tree."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "TINYNET_", "NUMBA_"))}
    return subprocess.run(
        [python, "-W", "error", "-c", code], capture_output=True, text=True, env=environment | variables,
        cwd=python.parent, check=False,
    )  # fmt: skip


def library_of(python):
    """Return the library of kernels in an environment."""
    found = list(python.parents[1].rglob("kernels-*.so"))
    if not found:
        pytest.skip("there is no C compiler: the kernels are files for llvmlite")
    return found[0]


class TestByDefault:
    def test_it_holds_no_machine_code_and_is_for_every_platform(self, tmp_path):
        hidden = "sys.modules['numba'] = sys.modules['llvmlite'] = None; "
        done = build(tmp_path, hidden + "from hatchling.cli import hatchling; sys.exit(hatchling())")
        assert done.returncode == 0, done.stderr
        wheel, names = wheel_in(tmp_path)
        assert wheel.name.endswith("-py3-none-any.whl")
        assert sum(name.startswith("tinynet/learn/lessons/en/") for name in names) == 10
        assert not [name for name in names if name.startswith(FOLDER) or "_hook" in name]
        assert {"tinynet/__init__.py", "tinynet/py.typed", "tinynet/ready.py"} <= set(names)

    def test_its_page_on_the_index_has_no_link_that_leads_nowhere(self, tmp_path):
        assert build(tmp_path).returncode == 0
        wheel, names = wheel_in(tmp_path)
        with zipfile.ZipFile(wheel) as file:
            told = message_from_string(file.read(next(n for n in names if n.endswith("/METADATA"))).decode())
        page = told.get_payload()
        assert "# tinynet\n" in page
        assert "`layers/dense.py`" in page
        assert all(link.startswith(("https://", "#")) for link in re.findall(r"\]\(([^)]*)\)", page))
        assert told["Author"] == "the tinynet authors"
        assert told["License-Expression"] == "MIT AND BSD-3-Clause"
        assert {Path(name).name for name in told.get_all("License-File")} == {"LICENSE", "LICENSE-scikit-learn.txt"}

    def test_the_hook_is_in_the_source_distribution(self, tmp_path):
        command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
        subprocess.run(command, capture_output=True, cwd=ROOT, check=True)
        (path,) = tmp_path.glob("*.tar.gz")
        with tarfile.open(path) as file:
            names = {name.partition("/")[2] for name in file.getnames()}
        assert {"pyproject.toml", "tinynet/_build_hook.py", "tests/package/test_wheel.py"} <= names


class TestWhatIsRefused:
    def test_a_level_that_does_not_exist(self, tmp_path):
        done = build(tmp_path, TINYNET_KERNELS="x86-64-v3,x86-64-v5")
        assert done.returncode != 0
        assert "expected some of x86-64-v3, x86-64-v4. Received: x86-64-v5" in done.stderr

    def test_a_build_environment_without_numba(self, tmp_path):
        hidden = "sys.modules['numba'] = None; from hatchling.cli import hatchling; sys.exit(hatchling())"
        done = build(tmp_path, hidden, TINYNET_KERNELS="x86-64-v3")
        assert done.returncode != 0
        assert "the build environment lacks numba" in done.stderr
        assert "--no-isolation, or pip wheel --no-build-isolation" in done.stderr
        assert not list(tmp_path.glob("*.whl"))


class TestWithKernels:
    def test_it_is_for_this_platform_and_any_python(self, wheel, level):
        path, names = wheel
        assert "-py3-none-" in path.name
        assert not path.name.endswith("-any.whl")
        inside = [name for name in names if name.startswith(FOLDER)]
        assert {name.split("/")[4] for name in inside} == {f"{sys.platform}-{level}"}
        assert path.stat().st_size < 2_000_000

    def test_the_first_epoch_ever_needs_no_numba(self, python, tmp_path):
        assert run(python, "import numba").stderr.strip().endswith("No module named 'numba'")
        done = run(python, FIRST_EPOCH, TINYNET_CACHE_DIR=str(tmp_path))
        assert done.returncode == 0, done.stderr
        loss, *imported = done.stdout.split()
        assert imported == []
        assert list(tmp_path.iterdir()) == []
        usual = subprocess.run(
            [sys.executable, "-c", FIRST_EPOCH], capture_output=True, text=True, cwd=ROOT, check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert float(loss) == pytest.approx(float(usual.stdout.split()[0]), rel=1e-4)

    def test_all_kernels_are_there(self, python):
        code = """
from tinynet.kernels.machine import delivered
from tinynet.ready import every_kernel
forms = {(kernel, kernel.form(dtype)) for kernel in every_kernel() for dtype in ("float32", "float64")}
print(len(forms), sum(bool(delivered.address(*form)) for form in forms))
"""
        library_of(python)
        wanted, found = run(python, code).stdout.split()
        assert wanted == found
        assert int(wanted) > 150

    def test_what_is_missing_is_compiled(self, python, tmp_path):
        """With bounds checks every kernel is another; Numba and llvmlite are found, as an ordinary install has them."""
        places = {str(Path(importlib.import_module(name).__file__).parents[1]) for name in ("numba", "llvmlite")}
        code = f"import sys; sys.path += {sorted(places)}\n" + FIRST_EPOCH
        done = run(python, code, NUMBA_BOUNDSCHECK="1", TINYNET_CACHE_DIR=str(tmp_path))
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[1:] == ["llvmlite", "numba"]
        assert list(tmp_path.rglob("*.o"))

    @pytest.mark.parametrize("damage", [lambda whole: whole[:1000], lambda whole: b"", lambda whole: whole[:-1] + b"!"])
    def test_a_damaged_library_is_noticed(self, python, damage):
        library = library_of(python)
        whole = library.read_bytes()
        code = "from tinynet.kernels.machine import delivered; print(delivered._library())"
        try:
            library.write_bytes(damage(whole))
            assert run(python, code).stdout.strip() == "None"
        finally:
            library.write_bytes(whole)
        assert run(python, code).stdout.startswith("<CDLL")

    def test_the_configuration_says_what_runs(self, python, level):
        done = run(python, "import tinynet; tinynet.show_config()")
        assert done.returncode == 0, done.stderr
        lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
        assert lines["Numba"] == "not installed, llvmlite not installed"
        assert lines["compiler"] == "llvmlite is not installed: only delivered kernels run"
        assert lines["delivered"].endswith(f"{sys.platform}-{level}")


ALL = {flag for flags in delivered.LEVELS.values() for flag in flags}


class TestLevels:
    """Which levels a processor runs."""

    @pytest.fixture(autouse=True)
    def _afresh(self, monkeypatch):
        for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"):
            monkeypatch.delenv(name, raising=False)
        delivered.levels.cache_clear()
        yield
        delivered.levels.cache_clear()

    @pytest.mark.parametrize(
        ("lacks", "levels"),
        [
            (set(), ("x86-64-v4", "x86-64-v3")),
            ({"avx512vl"}, ("x86-64-v3",)),
            ({"avx2"}, ()),
            ({"fma", "avx512f"}, ()),
        ],
    )
    def test_by_what_it_has(self, monkeypatch, lacks, levels):
        monkeypatch.setattr(delivered, "_features", lambda: ALL - lacks)
        assert delivered.levels() == levels

    @pytest.mark.parametrize(
        ("name", "levels"),
        [
            ("x86-64-v4", ("x86-64-v4", "x86-64-v3")),
            ("x86-64-v3", ("x86-64-v3",)),
            ("haswell", ()),
            ("generic", ()),
            ("host", ("x86-64-v4", "x86-64-v3")),
        ],
    )
    def test_by_the_name_that_is_asked_for(self, monkeypatch, name, levels):
        monkeypatch.setattr(delivered, "_features", lambda: ALL)
        monkeypatch.setenv("NUMBA_CPU_NAME", name)
        assert delivered.levels() == levels

    def test_features_that_are_asked_for_are_no_level(self, monkeypatch):
        monkeypatch.setattr(delivered, "_features", lambda: ALL)
        monkeypatch.setenv("NUMBA_CPU_FEATURES", "+avx2")
        assert delivered.levels() == ()

    def test_the_system_and_llvm_tell_the_same(self, monkeypatch):
        if not Path("/proc/cpuinfo").exists() or not delivered._features() & ALL:
            pytest.skip("the system does not tell, or this is no x86-64")
        told = delivered._features() & ALL

        def missing(*arguments):
            raise OSError

        monkeypatch.setattr("builtins.open", missing)
        assert delivered._features() & ALL == told
