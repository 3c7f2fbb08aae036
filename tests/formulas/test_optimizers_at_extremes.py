"""Optimizers where numbers end: the compiled update is its formula for every weight, gradient and slot there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.extremes import EXTREMES, agree
from tests.support.formulas import DTYPES
from tests.support.parts import describe, every
from tinynet import optimizers
from tinynet.kernels import array_maps, clipping, maps
from tinynet.kernels.machine.jit import arguments_of, plain
from tinynet.optimizers import SGD, Adagrad, Adam, Optimizer, RMSprop
from tinynet.optimizers.rmsprop import centered_variance

#: Every optimizer with every option, and each once more with nothing that keeps its root from 0.
EVERY = [
    (cls, {**options, **extra})
    for cls, options in every(optimizers.CLASSES)
    for extra in ({}, {"epsilon": 0.0})
    if not extra or hasattr(cls, "epsilon")
]
SQUARES = {"velocity", "velocity_hat", "accumulator"}


def states(optimizer: Optimizer, dtype: str) -> np.ndarray:
    """Return columns of (w, g, slots …): every gradient on many weights, with slots at 0, then with any slots."""
    values, rng = EXTREMES[dtype], np.random.default_rng(0)
    w, g = (a.reshape(-1) for a in np.meshgrid(values[::6], values))
    rows = [np.tile(w, 2), np.tile(g, 2)]
    for slot in optimizer.slots:
        drawn = rng.choice(values, w.size)
        rows.append(np.concatenate([np.zeros(w.size, dtype), abs(drawn) if slot in SQUARES else drawn]))
    return np.stack(rows)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_the_compiled_update_is_the_formula_on_extreme_numbers(cls, options, dtype):
    optimizer = cls(learning_rate=0.05, **options)
    given = states(optimizer, dtype)
    n, formula = given.shape[1], plain(optimizer.formula)
    w, slots = given[0].copy(), given[2:].copy()
    optimizer.kernel(w, given[1].copy(), slots.reshape(-1), n, optimizer.numbers, 3)
    optimizer.counter[0] = 3
    numbers = [optimizer.constants()[name] for name in arguments_of(formula)[given.shape[0] :]]

    def by_formula(kind: type) -> np.ndarray:
        own = [kind(number) for number in numbers]
        return np.array([np.ravel(formula(*column, *own)) for column in given.astype(kind).T]).T

    with np.errstate(all="ignore"):
        narrow, wide = (by_formula(kind) for kind in (np.dtype(dtype).type, np.longdouble))
    for row, name in enumerate(("w", *optimizer.slots)):
        # A step is as exact as the larger of the weight before and after it. Where nothing keeps the root from 0, a
        # step may be a quotient of two subnormal numbers, which have few digits.
        ulps = 16 if options.get("epsilon") != 0.0 else 2**14
        agree(name, [w, *slots][row], narrow[row], wide[row], abs(given[0]) if row == 0 else 0, ulps)


@pytest.mark.parametrize("update_of", [maps.update_of, array_maps.update_of], ids=["compiled", "on arrays"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_what_an_optimizer_keeps_of_a_dead_weight_becomes_0_and_never_a_number_that_computes_slowly(
    cls, options, dtype, update_of
):
    optimizer, f = cls(learning_rate=0.05, **options), np.finfo(dtype)
    kernel = update_of(optimizer.formula, len(optimizer.slots), optimizer.places, optimizer.rates)
    given = np.array([1.0, -1.0, 1.5, 0.75, 4.0, 1e-30 / f.tiny], dtype) * f.tiny
    slots = np.tile(abs(given), len(optimizer.slots))
    for step in range(1, 60):
        kernel(np.ones_like(given), np.zeros_like(given), slots, given.size, optimizer.numbers, step)
        assert not ((slots != 0) & (abs(slots) < f.tiny)).any()


def after(optimizer: Optimizer, gradients: Any, dtype: str = "float32", w: float = 1.0) -> list[float]:
    """Return a weight after every step."""
    weights, slots = np.full(1, w, dtype), np.array(optimizer.accumulators.starts, dtype)
    seen = []
    for step, g in enumerate(gradients, 1):
        optimizer.kernel(weights, np.full(1, g, dtype), slots, 1, optimizer.numbers, step)
        seen.append(float(weights[0]))
    return seen


@pytest.mark.parametrize("g", [1.9e19, -1e25, 3.4e38])
@pytest.mark.parametrize("options", [{}, {"momentum": 0.5}, {"centered": True}, {"momentum": 0.5, "centered": True}])
def test_a_gradient_whose_square_is_infinite_makes_rmsprop_stand_still_as_in_keras(options, g):
    assert after(RMSprop(0.01, **options), [g, g, 1.0]) == [1.0, 1.0, 1.0]


def test_so_do_the_others_that_divide_by_a_root():
    assert after(Adagrad(0.01), [1e25, 1e25, 1.0]) == [1.0, 1.0, 1.0]
    for amsgrad in (False, True):
        assert after(Adam(0.01, amsgrad=amsgrad), [1e25]) == [1.0], "in the next step ∞ - ∞ is NaN, in Keras too"


@pytest.mark.parametrize("rho", [0.3, 0.9, 0.99])
@pytest.mark.parametrize("g", [3333.3, 7.77, 1e-3, 1e15])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_constant_gradient_has_no_negative_variance(rho, g, momentum):
    seen = after(RMSprop(1e-6, rho=rho, momentum=momentum, centered=True), [g] * 300)
    assert np.isfinite(seen).all()


def test_a_variance_that_rounding_takes_below_0_is_0():
    assert centered_variance(np.float64(0.25), np.float64(0.5 + 1e-9)) == 0.0
    assert centered_variance(np.float64(0.25), np.float64(0.25)) == 0.1875


@pytest.mark.parametrize("optimizer", [RMSprop(0.01, centered=True), Adam(0.01), SGD(0.01)], ids=lambda o: o.name)
def test_an_infinite_gradient_is_still_seen(optimizer):
    assert not np.isfinite(after(optimizer, [np.inf])).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("limit", [1.0, 1e-8, 1e20])
@pytest.mark.parametrize("how", ["clipnorm", "global_clipnorm"])
def test_a_gradient_of_any_length_is_clipped_to_the_limit(how, limit, dtype):
    sizes = [1e-30, 1e20, 1e25, 3e38] + ([1e-200, 1e160, 1e300, 1.7e308] if dtype == "float64" else [])
    for size in sizes:
        direction = np.array([0.6, 0.0, -0.8])
        g = (size * direction).astype(dtype)
        clipping.clip_gradients(
            g, np.array([0, 1, 1, 3]) if how[0] == "g" else np.array([0, 3]), SGD(**{how: limit}).numbers
        )
        np.testing.assert_allclose(g, (min(size, limit) * direction).astype(dtype), rtol=3e-7)


@pytest.mark.parametrize("how", ["clipnorm", "global_clipnorm"])
def test_clipping_hides_no_gradient_that_is_no_number(how):
    for bad, others in ((np.nan, [np.nan, np.nan]), (np.inf, [0.0, 0.0])):
        g = np.array([1.0, bad, -2.0], "float32")
        clipping.clip_gradients(g, np.array([0, 3]), SGD(**{how: 1.0}).numbers)
        assert np.isnan(g[1])
        np.testing.assert_array_equal(abs(g[[0, 2]]), others)
