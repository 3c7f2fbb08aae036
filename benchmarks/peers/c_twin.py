"""The C twin: `twin.c`, compiled on this machine, called through ctypes."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import subprocess
import tempfile
from ctypes import c_double, c_float, c_int, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workloads import Workload

SOURCE = Path(__file__).with_name("twin.c")
FLAGS = ["-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512", "-fPIC", "-std=gnu11"]
LOSSES, OPTIMIZERS = ("bce", "cce", "mse"), ("rmsprop", "sgd")


def compile_twin() -> ctypes.CDLL:
    """Compile `twin.c` with SciPy's OpenBLAS (or, if that is missing, only with its own loops), once per source."""
    try:
        import scipy_openblas32 as blas

        flags, folder = [*FLAGS, f"-I{blas.get_include_dir()}"], blas.get_lib_dir()
        libraries = [f"-L{folder}", f"-l{blas.get_library()}", f"-Wl,-rpath,{folder}", "-lm"]
    except ImportError:  # the benchmarks require it, tests do not
        flags, libraries = [*FLAGS, "-DOWN_LOOPS"], ["-lm"]
    key = repr((SOURCE.read_text(), flags, libraries, platform.node(), platform.processor()))
    out = Path(tempfile.gettempdir()) / f"tinynet-twin-{hashlib.sha256(key.encode()).hexdigest()[:16]}.so"
    if not out.exists():
        fresh = out.with_suffix(f".{os.getpid()}")
        # Linked without -ffast-math: with it, loading the library would switch the whole process to flushing
        # subnormal numbers to zero.
        compiled = fresh.with_suffix(".o")
        subprocess.run(["gcc", *flags, "-c", str(SOURCE), "-o", str(compiled)], check=True)
        subprocess.run(["gcc", "-shared", str(compiled), "-o", str(fresh), *libraries], check=True)
        compiled.unlink()
        fresh.replace(out)
    library = ctypes.CDLL(str(out))
    library.twin_new.restype = c_void_p
    library.twin_epoch.restype = library.twin_loss.restype = c_double
    library.twin_predict_one.restype = c_float
    return library


def at(array: Any) -> c_void_p:
    """Return the address of an array's data."""
    return c_void_p(array.ctypes.data)


class Peer:
    #: Predictions that one of `calls` makes: C is called from C, not from Python.
    CALLS = 1000

    def __init__(self, work: Workload, data: Any, weights: Any, threads: int) -> None:
        self.work, self.initial = work, [np.ascontiguousarray(w) for w in weights]
        self.x, self.y, self.x_val, self.y_val = data
        self.library = compile_twin()
        sizes = (c_int * len(work.sizes))(*work.sizes)
        kinds = LOSSES.index(work.loss), OPTIMIZERS.index(work.optimizer)
        self.net = c_void_p(
            self.library.twin_new(len(work.sizes) - 1, sizes, work.batch, *kinds, c_float(work.learning_rate))
        )
        self.reset()

    def _weights(self, weights: Any, store: int) -> None:
        for layer in range(len(self.work.sizes) - 1):
            self.library.twin_weights(self.net, layer, at(weights[2 * layer]), at(weights[2 * layer + 1]), store)

    def reset(self) -> None:
        self._weights(self.initial, 1)

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        losses = []
        x, y, rows = at(self.x), at(self.y), self.work.rows
        for _ in range(epochs):
            losses.append(self.library.twin_epoch(self.net, x, y, rows, int(shuffle)))
            if self.work.validation_rows:
                self.library.twin_loss(self.net, at(self.x_val), at(self.y_val), self.work.validation_rows)
        return losses

    def weights(self) -> Any:
        weights = [np.empty_like(w) for w in self.initial]
        self._weights(weights, 0)
        return weights

    def calls(self, row: Any) -> dict[str, Any]:
        address = at(row)
        return {"called from C": lambda: self.library.twin_predict_one(self.net, address, self.CALLS)}
