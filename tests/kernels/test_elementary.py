"""The kernels' exp, expm1, log1p, log and erf over their whole range: 2 units in the last place, compiled and not."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

from tests.support.extremes import EXTREMES
from tinynet.kernels import elementary
from tinynet.kernels.machine.jit import COMPILED, Floats, kernel

ROOT = Path(__file__).parents[2]
FUNCTIONS = ("exp", "expm1", "expm1_below_0", "log1p", "log1p_to_1", "log", "erf", "erfc")
#: Those that are right on part of their domain only: the same function, asked there.
PARTS = {"expm1_below_0": "expm1", "log1p_to_1": "log1p"}
DTYPES = ("float32", "float64")

INTERPRETED = """
import sys
import numpy as np
from tinynet.kernels import elementary
from tinynet.kernels.machine.jit import COMPILED
assert not COMPILED and "numba" not in sys.modules
given, out = dict(np.load(sys.argv[1])), {}
for key, x in given.items():
    function = getattr(elementary, key.split("-")[0])
    out[key] = np.array([function(value) for value in x])
np.savez(sys.argv[2], **out)
"""


def arguments(name: str, dtype: str, count: int) -> np.ndarray:
    """Return arguments all over the function's domain: evenly, over all magnitudes, and next to its joints."""
    rng = np.random.default_rng(0)
    limit = 110.0 if dtype == "float32" else 760.0
    tiny = 10.0 ** rng.uniform(-300 if dtype == "float64" else -37, 0, count)
    if name == "exp":
        joints = np.log(2.0) * (np.arange(-1100, 1100) + 0.5)
        x = [rng.uniform(-limit, limit, count), tiny, -tiny, joints[np.abs(joints) < limit]]
        corners = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, 88.72283, 88.7229, 709.7827128, 709.7828, -745.2]
    elif name == "expm1":
        x = [rng.uniform(-limit, limit, count), rng.uniform(-2, 2, count), tiny, -tiny]
        corners = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, 88.72283, 88.7229, 709.7827128, 709.7828, -40.0]
    elif name == "log1p":
        x = [rng.uniform(-1, 1, count), rng.uniform(-1, 1e3, count), tiny, -tiny, tiny - 1, 1 / tiny]
        corners = [0.0, -0.0, -1.0, -2.0, -np.inf, np.inf, np.nan, 1.0, np.finfo(dtype).max, np.finfo(dtype).tiny]
    elif name == "expm1_below_0":
        x = [rng.uniform(-limit, 0, count), rng.uniform(-2, 0, count), -tiny]
        corners = [0.0, -0.0, -np.inf, np.nan, -1e30, -40.0, -39.999, -np.log(2) / 2]
    elif name == "log":
        x = [rng.uniform(0, 1e3, count), tiny, 1 / tiny, 1 - tiny, 1 + tiny]
        corners = [1.0, 0.0, -0.0, -1.0, -np.inf, np.inf, np.nan, np.finfo(dtype).max, np.finfo(dtype).tiny]
    elif name == "erfc":
        x = [rng.uniform(-7, 9, count), tiny, -tiny]
        corners = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30]
    elif name == "erf":
        x = [rng.uniform(-7, 7, count), tiny, -tiny]
        corners = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e30]
    else:
        x = [rng.random(count), tiny, 1 - tiny]
        corners = [0.0, 1.0, np.nan, np.sqrt(2) - 1, np.nextafter(np.sqrt(2) - 1, 1)]
    return np.concatenate([*x, corners]).astype(dtype)


@cache
def compiled(name: str) -> Any:
    """Return a kernel over the function, which the compiler may vectorise as it does in every other."""
    function = getattr(elementary, name)

    @kernel
    def run(x: Floats, out: Floats) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    return run


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Return the functions' values with the compiler switched off, from a process of its own; warnings are errors."""
    given, results = (tmp_path_factory.mktemp("elementary") / name for name in ("given.npz", "results.npz"))
    np.savez(given, **{f"{name}-{dtype}": arguments(name, dtype, 400) for name in FUNCTIONS for dtype in DTYPES})
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-W", "error", "-c", INTERPRETED, given, results], check=True, env=environment)
    return dict(np.load(results))


def assert_accurate(name: str, x: np.ndarray, y: np.ndarray) -> None:
    """Compare with the processor's long double; below about two smallest normal numbers a result may be 0."""
    assert y.dtype == x.dtype
    with np.errstate(all="ignore"):
        of_scipy = name in ("erf", "erfc")
        function = getattr(special, name) if of_scipy else getattr(np, PARTS.get(name, name))
        exact = function(x.astype(np.float64 if of_scipy else np.longdouble))
        nearest = exact.astype(x.dtype)
    assert not np.any(np.signbit(y) & (nearest >= 0) & (y != 0))
    finite = np.isfinite(nearest)
    np.testing.assert_array_equal(y[~finite], nearest[~finite])  # infinities and NaN
    error = np.abs(y[finite].astype(np.longdouble) - exact[finite].astype(np.longdouble))
    tiny = np.finfo(x.dtype).tiny
    ulps = np.where((y[finite] == 0) & (exact[finite] < 2.01 * tiny), 0, error / np.spacing(np.abs(nearest[finite])))
    worst = int(np.argmax(ulps))
    limit = {"erf": 4, "erfc": 100}.get(name, 2)  # half of it, or more, SciPy's
    assert ulps[worst] <= limit, f"{name}({x[finite][worst]!r}) is {ulps[worst]:.2f} units in the last place off"


@pytest.mark.skipif(not COMPILED, reason="the compiler is switched off")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_it_is_accurate_over_the_whole_range(name, dtype):
    x = arguments(name, dtype, 100_000)
    y = np.empty_like(x)
    compiled(name)(x, y)
    assert_accurate(name, x, y)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_interpreted_it_is_accurate_over_the_whole_range(name, dtype, interpreted):
    assert_accurate(name, arguments(name, dtype, 400), interpreted[f"{name}-{dtype}"])


@pytest.mark.skipif(not COMPILED, reason="the compiler is switched off")
@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_rises_up_to_its_limits(dtype):
    """Results rise with the argument up to infinity, with no gap at either limit."""
    limits = (88.72283, -86.9) if dtype == "float32" else (709.782712893384, -707.7)
    for limit in limits:
        x = np.array([limit], dtype)
        for _ in range(200):
            x = np.concatenate(
                [np.nextafter(x[:1], -np.inf, dtype=dtype), x, np.nextafter(x[-1:], np.inf, dtype=dtype)]
            )
        y = np.empty_like(x)
        compiled("exp")(x, y)
        assert np.all(np.diff(y[np.isfinite(y)]) >= 0)
        assert_accurate("exp", x, y)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_number_below_the_smallest_normal_one_becomes_0_and_every_other_stays(dtype):
    given = EXTREMES[dtype]
    f = np.finfo(dtype)
    given = np.concatenate([given, [np.nextafter(f.tiny, given[0]), -np.nextafter(f.tiny, given[0])]]).astype(dtype)
    out = np.empty_like(given)
    compiled("normal")(given, out)
    with np.errstate(all="ignore"):
        expected = np.where(abs(given) < f.tiny, given.dtype.type(0), given)
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal([elementary.normal(one) for one in given], expected)
