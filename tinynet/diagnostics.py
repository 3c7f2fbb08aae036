"""Shows what tinynet runs on this machine."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from tinynet import config
from tinynet._console import say

_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def show_config() -> None:
    """Print versions, processor, vector width, BLAS, threads and cache folder, for bug reports.

    Examples
    --------
    >>> show_config()
    tinynet  0...
    Python   3...
    """
    from tinynet import __version__
    from tinynet.kernels.machine.jit import COMPILED, UNCOMPILED
    from tinynet.plan import cores

    lines = {
        "tinynet": __version__,
        "Python": f"{platform.python_version()} ({platform.python_implementation()}, {sys.platform})",
        "NumPy": np.__version__,
        "Numba": f"{_version('numba')}, llvmlite {_version('llvmlite')}",
        "CPU": f"{_processor()}, {os.cpu_count()} cores",
        "BLAS": _blas(),
        "threads": f"kernels up to {cores()}, BLAS {_blas_threads()}",
        "floatx": config.floatx(),
    }
    lines |= _compiler() if COMPILED else {"compiler": f"off: {UNCOMPILED}"}
    width = max(map(len, lines))
    for name, value in lines.items():
        say(f"{name:{width}} {value}")


def _compiler() -> dict[str, str]:
    """Return what kernels are compiled for, and where they are kept."""
    from tinynet.kernels.machine import delivered

    found = {"delivered": ", ".join(map(str, delivered.folders())) or "none"}
    try:
        from tinynet.kernels.machine import linker, store, target
    except ModuleNotFoundError as missing:
        return {"compiler": f"{missing.name} is not installed: only delivered kernels run", **found}
    name, features = target.processor()
    folder = linker.own_folder()
    nowhere = "none: no folder can be written to, set TINYNET_CACHE_DIR to one"
    return {
        "compiler": f"on, for {name}",
        "vectors": f"{target.vector_bits(name, features)} bits",
        **found,
        "cache": str(folder) if store.is_writable(folder) else nowhere,
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """Return the processor's name, if the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _blas() -> str:
    built: Any = np.show_config(mode="dicts")
    blas = built.get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()


def _blas_threads() -> str:
    given = [f"{name}={os.environ[name]}" for name in _THREADS if name in os.environ]
    return ", ".join(given) or "unlimited (OPENBLAS_NUM_THREADS=1 to limit)"
