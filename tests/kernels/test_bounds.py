"""Reading outside an array is an error whenever bounds checks are on; kept machine code neither drops nor brings them.

The checks are those of plain indexing, `a[i]`, in every kernel, and of every part of a vector that a kernel takes. What
the intrinsics load and store themselves (the register blocks, the gathers and scatters of sparse rows, copies) is not
indexing, and Numba does not check it: guards around the arrays do, in test_blocks.py.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.processes import run
from tinynet import activations, losses, metrics
from tinynet.kernels.machine.jit import CHECKED, COMPILED

NONE = np.empty(0)

SOFTMAX_BACKWARD = """
import numpy as np
from tinynet import activations
from tinynet.kernels.machine import linker
compiled, made = linker.compiled, []
linker.compiled = lambda *arguments: made.append(arguments) or compiled(*arguments)
a, da = np.ones(4), np.ones(4)
try:
    activations.softmax.kernels[1](a[:0], a, da[:3], 4, np.empty(0))
    print("unnoticed", end=" ")
except IndexError:
    print("IndexError", end=" ")
print(len(made))
"""


# Each kernel is given an array that is one number too short, cut from a longer one: unchecked, it does no harm.


def too_far_in_an_entry(long: np.ndarray) -> None:
    activations.relu.kernels[1](long[:0], long.copy(), long[:3], 1, NONE)


def too_far_in_a_formula(long: np.ndarray) -> None:
    activations.softmax.kernels[1](long[:0], long.copy(), long[:3], 4, NONE)


def too_far_in_a_metric(long: np.ndarray) -> None:
    metrics.MeanAbsoluteError().kernel(long[:3], long.copy(), long[:0], 1, NONE)


def too_far_in_the_targets_of_a_row(long: np.ndarray) -> None:
    loss = losses.CategoricalCrossentropy()
    loss.kernels()[0](long[:3], long.copy(), long[:0], 4, loss.numbers)


def too_far_in_the_gradient_of_a_row(long: np.ndarray) -> None:
    loss = losses.CategoricalCrossentropy()
    loss.kernels()[1](long.copy(), long.copy(), long[:0], 4, loss.numbers, 1.0, long[:3])


MISTAKES = [
    too_far_in_an_entry,
    too_far_in_a_formula,
    too_far_in_a_metric,
    too_far_in_the_targets_of_a_row,
    too_far_in_the_gradient_of_a_row,
]


@pytest.mark.parametrize("label", [4.0, 1e9, -1.0, -5.0, np.nan])
@pytest.mark.parametrize("from_logits", [False, True])
def test_a_label_that_is_no_class_is_nan_and_nothing_is_read_for_it(label, from_logits):
    """With checks on and without: labels may be changed by another thread after they were checked."""
    loss = losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    p = np.full(4, 0.25)
    assert np.isnan(loss.kernels()[0](np.array([label]), p, NONE, 4, loss.numbers))


@pytest.mark.skipif(not (COMPILED and CHECKED), reason="needs compiled kernels and NUMBA_BOUNDSCHECK=1")
@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_with_checks_on_reading_too_far_is_an_index_error(mistake, dtype):
    for _ in range(2):  # compiled, and as it was kept
        with pytest.raises(IndexError, match="out of bounds"):
            mistake(np.ones(4, dtype))


@pytest.mark.skipif(not COMPILED, reason="the compiler is switched off")
def test_kept_machine_code_neither_drops_the_checks_nor_brings_them(tmp_path):
    def found(checks):
        return run(SOFTMAX_BACKWARD, TINYNET_CACHE_DIR=tmp_path, NUMBA_BOUNDSCHECK=checks)

    assert found(0) == "unnoticed 1"
    assert found(0) == "unnoticed 0"
    assert found(1) == "IndexError 1"
    assert found(1) == "IndexError 0"
    assert found(0) == "unnoticed 0"
