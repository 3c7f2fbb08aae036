"""Every level of processors: the same training within rounding, from kernels that are compiled for it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.battery.tally import Tally

ROOT = Path(__file__).parents[2]
#: Levels, from the oldest, and what of this processor's flags each needs.
LEVELS = {"x86-64": "sse2", "x86-64-v2": "sse4_2", "x86-64-v3": "avx2", "x86-64-v4": "avx512f"}
PROGRAM = """
import numpy as np
import tinynet
from tinynet.layers import BatchNormalization, Dense, Input
rng = np.random.default_rng(0)
for dtype in ("float32", "float64"):
    tinynet.backend.set_floatx(dtype)
    labels, targets = rng.integers(0, 2, (70, 1)), rng.random((70, 1))
    for optimizer, loss, y in (("adam", "binary_crossentropy", labels), ("rmsprop", "mse", targets)):
        tinynet.set_random_seed(1)
        hidden = [Dense(37, "gelu"), BatchNormalization(), Dense(9, "tanh")]
        model = tinynet.Sequential([Input((13,)), *hidden, Dense(1, "sigmoid")])
        model.compile(optimizer, loss)
        model.fit(rng.normal(size=(70, 13)), y, epochs=3, verbose=0)
        print(*(f"{v:.9g}" for v in model.predict(rng.normal(size=(5, 13)), verbose=0).ravel()))
"""


def levels(names: tuple[str, ...] = tuple(LEVELS)) -> Tally:
    """Train on each level that this processor has."""
    tally, expected = Tally(), None
    with open("/proc/cpuinfo") as file:
        flags = next((set(line.split()) for line in file if line.startswith("flags")), set())
    for name in ("", *names):
        if name and LEVELS[name] not in flags:
            tally.note = f"{tally.note} this processor is not {name}".strip()
            continue
        with tempfile.TemporaryDirectory() as folder:
            chosen = {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": "", "TINYNET_CACHE_DIR": folder} if name else {}
            environment = {**os.environ, "PYTHONPATH": str(ROOT), **chosen}
            end = subprocess.run(
                [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
            )
        if end.returncode:
            tally.failures.append(f"{name}: {end.stderr[-300:]}")
            continue
        found = np.array(end.stdout.split(), float)
        expected = found if expected is None else expected
        if name:
            tally.inputs += len(found)
            if not np.allclose(found, expected, rtol=2e-3, atol=2e-4):
                tally.failures.append(f"{name}: other numbers, by {np.abs(found - expected).max()}")
    return tally
