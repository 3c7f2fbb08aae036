"""What importing costs, and that everything runs without the compiler: each check in fresh processes."""

from __future__ import annotations

import os
import statistics
import time

import numpy as np
import pytest

from tests.support.processes import run

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


def numbers(printed):
    """Return the numbers of `TRAIN`, once for each loop."""
    return [np.array(part.split(), float) for part in printed.split("|")]


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
        compiled = run(TRAIN, NUMBA_CACHE_DIR=os.environ["NUMBA_CACHE_DIR"])
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
