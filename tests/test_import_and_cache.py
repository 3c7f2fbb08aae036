"""What importing costs, and that compiled code is kept, but never kept too long: each check in fresh processes."""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from tinynet.kernels import _jit
from tinynet.kernels._jit import COMPILED

ROOT = Path(__file__).parent.parent
HEAVY = ("numba", "llvmlite", "scipy", "matplotlib", "tqdm", "pooch", "requests", "sklearn", "keras")

TRAIN = """
    import numpy as np, tinynet
    from tinynet.layers import Dense, Input

    def train(compiled):
        tinynet.set_random_seed(0)
        model = tinynet.Sequential([Input((3,)), Dense(4, activation="relu"), Dense(1, activation="sigmoid")])
        model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"], compiled=compiled)
        x = np.random.default_rng(0).normal(size=(40, 3))
        history = model.fit(x, x[:, 0] > 0, epochs=3, validation_split=0.25, verbose=0).history
        return [*history["loss"], *history["val_accuracy"], *model.predict(x, verbose=0)[:5, 0]]

    print(" ".join(f"{value:.6f}" for value in train(True)), "|", " ".join(f"{value:.6f}" for value in train(False)))
"""


def run(code, folder=ROOT, **variables):
    """Run a program in a fresh process with the package in `folder`; return what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_DISABLE", "TINYNET_"))}
    environment |= {"PYTHONPATH": str(folder), **variables}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True, text=True, env=environment, cwd=folder, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def numbers(printed):
    """Return the numbers of `TRAIN`, once for each loop."""
    return [np.array(part.split(), float) for part in printed.split("|")]


@pytest.fixture
def copy_of_the_package(tmp_path):
    """Return a folder with a copy of the package, without compiled files."""
    shutil.copytree(ROOT / "tinynet", tmp_path / "tinynet", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


class TestImporting:
    def test_tinynet_costs_little_more_than_numpy(self):
        def seconds(module):
            begun = time.perf_counter()
            run(f"import {module}")
            return time.perf_counter() - begun

        seconds("tinynet")  # writes the .pyc files
        for _ in range(3):
            pairs = [(seconds("numpy"), seconds("tinynet")) for _ in range(7)]
            numpy, tinynet = (statistics.median(times) for times in zip(*pairs, strict=True))
            if tinynet <= 1.3 * numpy:
                return
        pytest.fail(f"import tinynet took {tinynet:.3f} s, import numpy {numpy:.3f} s")

    @pytest.mark.parametrize(
        "statement",
        [
            "import tinynet",
            "from tinynet.models import Sequential",
            "from tinynet.layers import Dense",
            "from tinynet import callbacks, datasets, initializers, losses, metrics, optimizers, utils",
            "from tinynet.utils import to_categorical; to_categorical([0, 1])",
            "from tinynet.datasets import digits; digits.load_data()",
            "import tinynet; tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2)]).summary()",
        ],
    )
    def test_nothing_heavy_comes_along(self, statement):
        printed = run(f"import sys\n{statement}\nprint('loaded:', [m for m in {HEAVY} if m in sys.modules])")
        assert printed.endswith("loaded: []")

    def test_the_public_names_are_there(self):
        import tinynet

        for name in tinynet.__all__:
            assert getattr(tinynet, name) is not None
            assert name in dir(tinynet)
        with pytest.raises(AttributeError, match=r"has no attribute 'Sequental'. It has: "):
            _ = tinynet.Sequental


class TestWithoutTheCompiler:
    @pytest.mark.parametrize("variable", ["TINYNET_JIT", "NUMBA_DISABLE_JIT"])
    def test_everything_runs_in_plain_python_with_the_same_numbers(self, variable):
        off = {"TINYNET_JIT": "0"} if variable == "TINYNET_JIT" else {"NUMBA_DISABLE_JIT": "1"}
        plain = run(TRAIN + "\n    import sys; assert 'numba' not in sys.modules", **off)
        compiled = run(TRAIN)
        for one, other in zip(numbers(plain), numbers(compiled), strict=True):
            np.testing.assert_allclose(one, other, atol=5e-6)

    def test_the_plan_says_so(self):
        code = (
            TRAIN
            + """
    model = tinynet.Sequential([Input((3,)), Dense(1)])
    model.compile("sgd", "mse")
    print(model.explain_plan())
    tinynet.warmup()
    tinynet.show_config()
        """
        )
        printed = run(code, TINYNET_JIT="0")
        assert "the compiler is switched off (NUMBA_DISABLE_JIT or TINYNET_JIT)" in printed
        assert "compiler off" in printed


class TestTheCache:
    RELU = """
        import tinynet
        from tinynet import kernels
        print(tinynet.activations.relu([1.0, -1.0]).tolist(), len(kernels.activation_forward.stats.cache_hits))
    """

    def test_compiled_code_is_kept_until_a_formula_is_edited(self, copy_of_the_package, tmp_path):
        def relu():
            printed = run(self.RELU, copy_of_the_package, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
            values, _, from_cache = printed.rpartition(" ")
            return values, int(from_cache)

        assert relu() == ("[1.0, 0.0]", 0)
        assert relu() == ("[1.0, 0.0]", 1)
        formulas = copy_of_the_package / "tinynet" / "kernels" / "formulas.py"
        right = "return type(z)(0.0) if z <= 0 else z"
        assert formulas.read_text().count(right) == 1
        formulas.write_text(formulas.read_text().replace(right, "return type(z)(-7.0) if z <= 0 else z"))
        assert relu() == ("[1.0, -7.0]", 0)
        assert relu() == ("[1.0, -7.0]", 1)

    def test_a_read_only_installation_without_a_cache_folder_works(self, copy_of_the_package, tmp_path):
        refuse = """
            import tempfile

            def refused(*args, **kwargs):
                raise PermissionError("read-only")

            # With these Numba tries to write into each folder that it might use.
            tempfile.TemporaryFile = tempfile.NamedTemporaryFile = refused
        """
        code = textwrap.dedent(refuse) + textwrap.dedent(self.RELU) + "\ntinynet.show_config()"
        printed = run(code, copy_of_the_package, NUMBA_CACHE_DIR="", HOME=str(tmp_path / "nowhere"))
        assert printed.startswith("[1.0, 0.0]")
        assert "none: no folder can be written to, set NUMBA_CACHE_DIR" in printed
        assert not list(tmp_path.rglob("*.nbi"))

    def test_a_numba_without_its_private_names_works_too(self):
        code = """
            import numba.core.caching
            import numba.core.codegen
            kept = numba.core.caching.IndexDataCacheFile
            del numba.core.caching.IndexDataCacheFile, numba.core.codegen.JITCodeLibrary
        """
        code = textwrap.dedent(code) + textwrap.dedent(self.RELU)
        code += """
from tinynet.kernels import _light
assert _light.OPTIONS == {}
assert kernels.activation_forward.stats.cache_path is None
        """
        assert run(code).startswith("[1.0, 0.0]")


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled")
@pytest.mark.parametrize(
    ("usual", "meanwhile"), [((700, 10, 10), 20_000), ((0, 10, 10), 0), ((100_000, 5, 5), 100_000)]
)
def test_compiling_leaves_the_garbage_collector_as_it_was(usual, meanwhile):
    before = gc.get_threshold()
    try:
        gc.set_threshold(*usual)
        assert _jit._collecting_rarely(lambda signature: gc.get_threshold())(()) == (meanwhile, *usual[1:])
        assert gc.get_threshold() == usual
        with pytest.raises(ZeroDivisionError):
            _jit._collecting_rarely(lambda signature: 1 // signature)(0)
        assert gc.get_threshold() == usual
        _jit._collecting_rarely(lambda signature: gc.set_threshold(777, 7, 7))(())  # somebody else's wish stands
        assert gc.get_threshold() == (777, 7, 7)
    finally:
        gc.set_threshold(*before)
