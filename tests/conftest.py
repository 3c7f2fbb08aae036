"""Settings that must stand before anything is imported: Keras's backend, and a cache folder for compiled kernels."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent


def kernel_cache_folder() -> Path:
    """Return a cache folder keyed to the kernels' sources and to every Numba setting in force."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "tinynet" / "kernels").glob("*.py")):
        digest.update(path.read_bytes())
    settings = sorted((k, v) for k, v in os.environ.items() if k.startswith("NUMBA_") and k != "NUMBA_CACHE_DIR")
    digest.update(repr(settings).encode())
    return Path(tempfile.gettempdir()) / f"tinynet-tests-{digest.hexdigest()[:16]}"


os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ["NUMBA_CACHE_DIR"] = str(kernel_cache_folder())
# A shell that starts the tests in the background has them ignore Ctrl-C, which some of them press.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What was green stays green: the same examples in every run.
settings.register_profile("tinynet", derandomize=True, deadline=None, database=None)
settings.load_profile("tinynet")


def pytest_configure(config):
    """Trainings that diverge on purpose may: `fit` says so, which callbacks/test_reported.py holds it to."""
    config.addinivalue_line("filterwarnings", "ignore:The loss became:UserWarning")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Run in up to four processes: each imports Keras and JAX, and the longest test takes a quarter of the time."""
    return min(os.cpu_count() or 1, 4)


@pytest.fixture(autouse=True)
def _fresh_settings():
    """Every test starts from the same seed and float type, leaves them as it found them, and closes its figures."""
    import tinynet

    tinynet.set_random_seed(0)
    yield
    tinynet.backend.set_floatx("float32")
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
