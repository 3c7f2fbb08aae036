"""Reading outside an array is an error whenever Numba's bounds checks are on, and a warm cache does not lose them.

The checks are those of plain indexing, `a[i]`, in every kernel. What the intrinsics load and store themselves (the
register blocks, the gathers and scatters of sparse rows, the views) is not indexing, and Numba does not check it:
guards around the arrays do, in test_blocks.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinynet import kernels
from tinynet.kernels import _codes as code
from tinynet.kernels import _jit

ROOT = Path(__file__).parent.parent
CHECKED = _jit.COMPILED and os.environ.get("NUMBA_BOUNDSCHECK", "") not in ("", "0")

SOFTMAX_BACKWARD = f"""
import numpy as np
from tinynet import kernels
a, da = np.ones(4), np.ones(4)
try:
    kernels.activation_backward({code.SOFTMAX}, a, da[:3], 4)
    print("unnoticed", end=" ")
except IndexError:
    print("IndexError", end=" ")
print(len(kernels.activation_backward.stats.cache_hits))
"""


# Each kernel is given an array that is one number too short, cut from a longer one: unchecked, it does no harm.


def too_far_in_an_entry(long: np.ndarray) -> None:
    kernels.activation_backward(code.RELU, long.copy(), long[:3], 1)


def too_far_in_a_formula(long: np.ndarray) -> None:
    kernels.activation_backward(code.SOFTMAX, long.copy(), long[:3], 4)


def too_far_in_an_inner_function(long: np.ndarray) -> None:
    kernels.metric_sum(code.MEAN_ABSOLUTE_ERROR, long[:3], long.copy(), long[:0], 1, 0.5)


def too_far_in_the_targets_of_a_row(long: np.ndarray) -> None:
    kernels.loss_forward(code.CATEGORICAL_CROSSENTROPY, long[:3], long.copy(), long[:0], 4, 0.0)


def too_far_in_the_gradient_of_a_row(long: np.ndarray) -> None:
    kernels.loss_backward(code.CATEGORICAL_CROSSENTROPY, long.copy(), long.copy(), long[:0], 4, 0.0, 1.0, long[:3])


MISTAKES = [
    too_far_in_an_entry,
    too_far_in_a_formula,
    too_far_in_an_inner_function,
    too_far_in_the_targets_of_a_row,
    too_far_in_the_gradient_of_a_row,
]


@pytest.mark.skipif(not CHECKED, reason="needs compiled kernels and NUMBA_BOUNDSCHECK=1")
@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_with_checks_on_reading_too_far_is_an_index_error(mistake, dtype):
    for _ in range(2):  # compiled, and as it was kept
        with pytest.raises(IndexError, match="out of bounds"):
            mistake(np.ones(4, dtype))


@pytest.mark.skipif(not _jit.COMPILED, reason="the compiler is switched off")
def test_a_warm_cache_neither_drops_the_checks_nor_brings_them(tmp_path):
    def run(checks: str) -> tuple[str, int]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
        environment |= {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_BOUNDSCHECK": checks, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", SOFTMAX_BACKWARD]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        what, from_cache = done.stdout.split()
        return what, int(from_cache)

    assert run("0") == ("unnoticed", 0)
    assert run("0") == ("unnoticed", 1)
    assert run("1") == ("IndexError", 0)
    assert run("1") == ("IndexError", 1)
    assert run("0")[0] == "unnoticed"
