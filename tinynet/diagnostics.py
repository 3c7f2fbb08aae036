"""What runs under tinynet's hood on this machine, and compiling it before it is needed."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from tinynet import config

_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def warmup(model: Any = None) -> None:
    """Compile ahead of time what `fit`, `evaluate` and `predict` need, or load it from the cache.

    The first `fit` on a machine waits some seconds for the compiler. Call this where the waiting does not matter:
    before a measurement, or when a container is built. It trains a tiny network of its own; models and random
    generators stay as they are.

    Parameters
    ----------
    model : Sequential, optional
        Whose float type and loop to prepare. By default `floatx` and the compiled loop.

    Examples
    --------
    >>> import tinynet
    >>> tinynet.warmup()
    """
    from tinynet.layers import Dense, Input
    from tinynet.models import Sequential

    rng = config.generator()
    drawn = rng.bit_generator.state
    dtype, compiled = (config.floatx(), True) if model is None else (model.dtype, _is_compiled(model))
    try:
        # Given names leave the automatic ones as they would have been.
        layer = Dense(1, activation="sigmoid", name="warmup", dtype=dtype)
        tiny = Sequential([Input((2,), name="warmup_input"), layer], name="warmup")
        tiny.compile("rmsprop", "mse", metrics=["mae"], compiled=compiled)
        x, y = np.zeros((4, 2)), np.zeros((4, 1))
        tiny.fit(x, y, verbose=0)
        tiny.evaluate(x, y, verbose=0)
        tiny.predict(x, verbose=0)
    finally:
        rng.bit_generator.state = drawn


def _is_compiled(model: Any) -> bool:
    """Return whether `fit` would take the compiled loop, as far as it shows."""
    from tinynet.training import calls

    if model.compiled_settings is None or model.compiled_settings.loss is None or model.sample_shape is None:
        return model.compiled_settings is None or bool(model.compiled_settings.compiled)
    return calls.fit_plan(model).loop == "compiled"


def show_config() -> None:
    """Print versions, processor, vector width, BLAS, threads and cache folder: what to put into a bug report.

    Examples
    --------
    >>> show_config()
    tinynet  0...
    Python   3...
    """
    from tinynet import __version__
    from tinynet.engine import cores
    from tinynet.kernels._jit import COMPILED

    lines = {
        "tinynet": __version__,
        "Python": f"{platform.python_version()} ({platform.python_implementation()}, {sys.platform})",
        "NumPy": np.__version__,
        "Numba": f"{metadata.version('numba')}, llvmlite {metadata.version('llvmlite')}",
        "CPU": f"{_processor()}, {os.cpu_count()} cores",
        "BLAS": _blas(),
        "threads": f"kernels up to {cores()}, BLAS {_blas_threads()}",
        "floatx": config.floatx(),
    }
    lines |= _compiler() if COMPILED else {"compiler": "off (NUMBA_DISABLE_JIT or TINYNET_JIT)"}
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:{width}} {value}")


def _compiler() -> dict[str, str]:
    """Return what Numba compiles for and where it keeps the result."""
    from numba.core.registry import cpu_target

    from tinynet import kernels
    from tinynet.kernels._emitter import vector_bits

    _, cpu, features = cpu_target.target_context.codegen().magic_tuple()
    folder = kernels.train.stats.cache_path
    return {
        "compiler": f"on, for {cpu}",
        "vectors": f"{vector_bits(cpu, features)} bits",
        "cache": folder or "none: no folder can be written to, set NUMBA_CACHE_DIR to one",
    }


def _processor() -> str:
    """Return the processor's name, as far as the system tells."""
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
    return ", ".join(given) or "as many as it likes (OPENBLAS_NUM_THREADS=1 to limit)"
