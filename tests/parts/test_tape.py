"""What NumPy's functions do with a gradient: every function that a tape can follow, against differences and JAX."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tinynet.tape import Taped, derivatives, gradients

RNG = np.random.default_rng(7)
A, B = RNG.uniform(0.2, 0.9, (3, 4)), RNG.uniform(0.2, 0.9, (3, 4))
V, W = RNG.uniform(0.2, 0.9, 4), RNG.uniform(0.2, 0.9, (2, 4, 3))
OF_PAIRS = "add arctan2 divide logaddexp maximum minimum multiply power float_power subtract"
REDUCING = "sum mean max min std var logsumexp norm average"
#: What else functions are called with than one array; of several calls each is tried.
CALLS = {
    **{name: [(A, B), (A, V), (V[:, None], V), (A, 0.5), (0.5, A)] for name in OF_PAIRS.split()},
    **{name: [(A,), (A, "axis=1")] for name in REDUCING.split()},
    "broadcast_to": [(V, (3, 4))],
    "clip": [(A, 0.4, 0.7)],
    "concatenate": [([A, B], 1), ([A, np.ones((3, 2))], 1)],
    "cumsum": [(A, 1), (V,)],
    "diag": [(V,)],
    "dot": [(A, V), (A, W[0]), (V, V), (W, A)],
    "einsum": [("ij,kjl->kil", A, W)],
    "expand_dims": [(A, 1)],
    "flip": [(A, 1)],
    "getitem": [(A, (slice(None), 1)), (A, (..., None)), (A, [0, 0, 2]), (A, A > 0.5)],
    "hstack": [([A, B],)],
    "matmul": [(A, W[0]), (A, W), (V, W), (A, V), (V, V)],
    "moveaxis": [(W, 0, 2)],
    "outer": [(V, V)],
    "pad": [(A, ((0, 0), (1, 2)))],
    "repeat": [(A, 2, 1)],
    "reshape": [(A, (-1, 2))],
    "roll": [(A, 1, 1)],
    "split": [(A, 2, 1)],
    "squeeze": [(A[:, None],)],
    "stack": [([A, B], 1)],
    "swapaxes": [(W, 0, 2)],
    "take": [(A, [1, 1, 0], 1)],
    "take_along_axis": [(A, np.argsort(A, 1)[:, :2], 1)],
    "tensordot": [(W, A, ((1,), (1,))), (A, W[0], 1)],
    "tile": [(A, (2, 1))],
    "transpose": [(W, (2, 0, 1)), (A,)],
    "vdot": [(A, B)],
    "vstack": [([A, B],)],
    "where": [(A > 0.5, A, B), (A > 0.5, A, 0.0), (A > 0.5, 7, A), (A > 0.5, A, np.arange(4))],
}
CONSTANT = {function.__name__ for function in derivatives.CONSTANT}
EVERY = [(name, call) for name in derivatives.KNOWN if name not in CONSTANT for call in CALLS.get(name, [(A,)])]


def applied(name, call, change):
    """Return what a function makes of a call, each array of fractions in it being another."""

    def changed(value):
        if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
            return [changed(each) for each in value]
        return change(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value

    given = [changed(value) for value in call if not isinstance(value, str) or "->" in value]
    options = {"axis": 1} if any(isinstance(value, str) and value == "axis=1" for value in call) else {}
    found = derivatives.KNOWN[name](*given, **options)
    return found if not isinstance(found, list) else found[0] + 2 * found[1]


#: Functions that are computed by others, and so rounded otherwise.
ROUNDED = {function.__name__ for function in derivatives.COMPOSED}


@pytest.mark.parametrize(("name", "call"), EVERY, ids=lambda value: value if isinstance(value, str) else "")
def test_a_gradient_is_what_differences_say(name, call):
    taped = []

    def tape(value):
        taped.append(Taped(value))
        return taped[-1]

    y = applied(name, call, tape)
    plain = applied(name, call, lambda value: value)
    np.testing.assert_allclose(y.value, plain, rtol=1e-14 if name in ROUNDED else 0)
    dy = np.asarray(RNG.normal(size=y.shape))
    for number, (origin, gradient) in enumerate(zip(taped, gradients(y, dy, taped), strict=True)):
        assert gradient.shape == origin.shape
        for place in np.ndindex(origin.shape):
            above, below = (applied(name, call, moving(number, place, h)) for h in (1e-6, -1e-6))
            assert ((above - below) * dy).sum() / 2e-6 == pytest.approx(gradient[place], rel=1e-6, abs=1e-8)


def moving(number, place, h):
    """Return what moves one number of the array of that number, and leaves others as they are."""
    met = itertools.count()

    def change(value):
        moved = value.copy()
        if next(met) == number:
            moved[place] += h
        return moved

    return change


@pytest.mark.parametrize("how", [{"ord": 2}, {"ord": 1}, {"ord": 1, "axis": (0, 1)}])
def test_a_matrix_norm_is_not_followed_as_that_of_a_vector(how):
    with pytest.raises(TypeError, match="cannot be followed"):
        np.linalg.norm(Taped(np.ones((2, 3))), **how)


@pytest.mark.parametrize("mode", ["mean", "median", "linear_ramp", "maximum"])
def test_padding_that_computes_is_not_followed(mode):
    with pytest.raises(TypeError, match="cannot be followed"):
        np.pad(Taped(np.ones((2, 3))), 1, mode=mode)
    with pytest.raises(TypeError, match="cannot be followed"):
        np.pad(Taped(np.ones((2, 3))), 1, mode)
