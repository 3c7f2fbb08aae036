"""The register blocks on processors with narrower vectors than this one's: other widths, other numbers of rows."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tinynet.kernels.machine.jit import COMPILED

ROOT = Path(__file__).parents[2]
SHAPE = """
import numpy as np
from tinynet.kernels.machine.blocked import block_shape
from tinynet.kernels.machine.jit import Doubles, Floats, kernel

@kernel
def shape(a: Floats, out: Doubles) -> None:
    out[0], out[1] = block_shape(a)

out = np.zeros(2)
shape(np.zeros(1, "float32"), out)
print(*out.astype(int))
"""

pytestmark = pytest.mark.skipif(
    not COMPILED or platform.machine().lower() not in ("x86_64", "amd64"), reason="the processors named are x86's"
)


@pytest.mark.parametrize(("cpu", "shape"), [("haswell", "6 8"), ("nehalem", "4 4")])
def test_products_are_right_whatever_the_width_of_the_vectors(cpu, shape):
    # Without the second variable this processor's features would be added to the other's name. Machine code for another
    # processor is kept in a folder of its own.
    environment = {**os.environ, "NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": "", "PYTHONPATH": str(ROOT)}

    def run(*arguments):
        return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)

    found = run("-c", SHAPE)
    assert found.stdout.strip() == shape, found.stderr
    tested = run("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/kernels/test_blocks.py")
    assert tested.returncode == 0, tested.stdout[-3000:]
    assert "skipped" not in tested.stdout
