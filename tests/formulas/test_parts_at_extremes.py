"""Activations, losses and regularizers where numbers end: the kernels are their formulas, and Keras's values hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.extremes import EXTREMES, agree
from tests.support.formulas import DTYPES
from tests.support.parts import describe, every
from tinynet import activations, losses, regularizers
from tinynet.kernels import maps
from tinynet.kernels.machine.jit import arguments_of, plain

SCALARS = [e for e in every(activations.CLASSES) if "Row" not in maps.kinds_of(e[0].formulas[0])]
LOSSES = [e for e in every(losses.CLASSES) if not maps.by_rows(e[0].formulas[0])]


def by_formula(function: Any, columns: list[np.ndarray], numbers: dict[str, float], kind: Any) -> np.ndarray:
    """Return what a formula makes of each column's numbers, computed in one float type."""
    own = [kind(numbers[name]) for name in arguments_of(function)[len(columns) :]]
    given = zip(*(c.astype(kind) for c in columns), strict=True)
    with np.errstate(all="ignore"):
        return np.array([plain(function)(*entries, *own) for entries in given], kind)


def check(
    what: str, got: np.ndarray, function: Any, columns: list[np.ndarray], part: Any, scale: float = 0, ulps: float = 16
) -> None:
    """Compare a kernel's results with the formula's, in the same float type and in a wider one."""
    numbers = {name: float(getattr(part, name)) for name in arguments_of(function)[len(columns) :]}
    narrow, wide = (by_formula(function, columns, numbers, kind) for kind in (got.dtype.type, np.longdouble))
    agree(what, got, narrow, wide, np.maximum(np.nan_to_num(abs(narrow), posinf=0), scale), ulps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), SCALARS, ids=describe)
def test_the_compiled_activation_is_the_formula_on_extreme_numbers(cls, options, dtype):
    part, z = cls(**options), EXTREMES[dtype]
    a = z[:, None].copy()
    part.forward(a)
    check("a", a[:, 0], cls.formulas[0], [z], part)
    for upstream in (1.0, -2.5, np.finfo(dtype).max, np.inf, np.nan):
        da = np.full_like(a, upstream)
        given = part.backward_arguments(z, a[:, 0].copy(), da[:, 0].copy())
        part.backward(*part.backward_arguments(z[:, None].copy(), a.copy(), da))
        check("dz", da[:, 0], cls.formulas[1], list(given), part, np.nan_to_num(4 * min(abs(float(upstream)), 1e37)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), LOSSES, ids=describe)
def test_the_compiled_loss_is_the_formula_on_extreme_numbers(cls, options, dtype):
    part, values = cls(**options), EXTREMES[dtype]
    y, p = (a.reshape(-1) for a in np.meshgrid(values, values))
    if cls.targets == "probabilities":
        kept = (y >= 0) & (y <= 1) & ~((y > 0) & (y < np.finfo(dtype).tiny))
        y, p = y[kept], p[kept]
    value, slope = cls.formulas
    none, out, dp = np.empty(0, dtype), np.empty(y.size), np.empty_like(p)
    numbers = np.array([float(getattr(part, name)) for name in arguments_of(value)[2:]])
    maps.row_values(value)(y, p, 1, numbers, out)
    check("loss", out.astype(dtype), value, [y, p], part, ulps=64)
    maps.loss_gradient(slope)(y, p, none, 1, numbers, 1.0, dp)
    check("slope", dp, slope, [y, p], part, ulps=64)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), every(regularizers.CLASSES), ids=describe)
def test_the_compiled_penalty_is_the_formula_on_extreme_numbers(cls, options, dtype):
    part = cls(**options)
    for w in EXTREMES[dtype]:
        one = np.array([w])
        check(f"penalty of {w}", np.array([part(one)]).astype(dtype), cls.formulas[0], [one], part)
        check(f"slope at {w}", part.gradient(one), cls.formulas[1], [one], part)


# ---- values: far out and in the corners -----------------------------------------------------------------------------


def test_a_zero_stays_a_plain_zero():
    for name in ("tanh", "elu", "selu", "silu", "gelu", "relu", "leaky_relu", "linear"):
        assert not np.signbit(activations.get(name)([0.0])).any(), name


@pytest.mark.parametrize("dtype", DTYPES)
def test_gelu_keeps_its_digits_in_its_tail(dtype):
    """Φ(z) from 1 + erf(z/√2) would be 0 from -5.5 on in float32; from erfc it has all its digits."""
    z = np.array([-2.0, -5.5, -8.0, -12.0], dtype)
    normal = [0.022750131948179195, 1.8989562465887717e-08, 6.220960574271785e-16, 1.7764821120776754e-33]
    np.testing.assert_allclose(activations.gelu(z), z * np.array(normal), rtol=1e-5 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("approximate", [False, True])
def test_gelus_slope_is_1_or_0_far_out(approximate, dtype):
    z = np.array([[30.0, 1e10, 1e20, np.finfo(dtype).max], [-60.0, -1e10, -1e20, -np.finfo(dtype).max]], dtype)
    gelu, a, da = activations.GELU(approximate), z.copy(), np.ones_like(z)
    gelu.forward(a)
    gelu.backward(z, a, da)
    np.testing.assert_array_equal(da, [[1.0] * 4, [0.0] * 4])
