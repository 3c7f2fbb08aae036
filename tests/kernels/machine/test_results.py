"""Kernels of one's own: the type that they compute in, and numbers of every type returned as `float`."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.formulas import DTYPES
from tinynet.formulas import Floats, Scalar, expm1, kernel, log, log1p


@kernel
def first(x: Floats) -> float:
    """Return a number of the vector's type."""
    return x[0]  # type: ignore[no-any-return]


@kernel
def one(x: Floats) -> float:
    """Return a whole number."""
    return 1


@kernel
def both(x: Floats) -> float:
    """Call the two."""
    return first(x) + one(x)


@kernel
def twice(x: Scalar) -> float:
    """Return a number where no vector says the type."""
    return x + x  # type: ignore[no-any-return]


@kernel
def at_the_ends(x: Floats) -> None:
    """Write what logarithms are at the ends of their domains, and beyond."""
    x[0], x[1], x[2], x[3] = log(x[0]), log1p(x[1]), log(x[2]), expm1(x[3])


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_kernel_may_return_a_number_of_any_type_as_a_float(dtype):
    x = np.array([0.1], dtype)
    assert [first(x), one(x), both(x)] == [float(x[0]), 1.0, pytest.approx(1 + float(x[0]))]


def test_a_kernel_of_numbers_alone_computes_in_their_type():
    assert twice(0.1) == 0.2
    assert twice(np.float64(0.1)) == 0.2
    assert twice(np.float32(0.1)) == 2 * float(np.float32(0.1))


@pytest.mark.parametrize("dtype", DTYPES)
def test_logarithms_raise_nothing_at_the_ends_of_their_domain(dtype):
    x = np.array([0.0, -1.0, -2.0, 1e4], dtype)
    at_the_ends(x)
    np.testing.assert_array_equal(x, [-np.inf, -np.inf, np.nan, np.inf])
