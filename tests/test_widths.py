"""The register blocks on processors with narrower vectors than this one's: other widths, other numbers of rows."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tinynet.kernels._jit import COMPILED

ROOT = Path(__file__).parent.parent
SHAPE = """
import numba, numpy as np
from tinynet.kernels._emitter import block_shape
print(*numba.njit(lambda a: block_shape(a))(np.zeros(1, "float32")))
"""

pytestmark = pytest.mark.skipif(
    not COMPILED or platform.machine().lower() not in ("x86_64", "amd64"), reason="the processors named are x86's"
)


@pytest.mark.parametrize(("cpu", "shape"), [("haswell", "4 8"), ("nehalem", "4 4")])
def test_products_are_right_whatever_the_width_of_the_vectors(cpu, shape):
    # Without the second variable Numba adds this processor's features to the other's name. tests/conftest.py gives
    # every setting of NUMBA_* a cache folder of its own.
    environment = {**os.environ, "NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": ""}

    def run(*arguments):
        return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)

    found = run("-c", SHAPE)
    assert found.stdout.strip() == shape, found.stderr
    tested = run("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_blocks.py")
    assert tested.returncode == 0, tested.stdout[-3000:]
    assert "skipped" not in tested.stdout
