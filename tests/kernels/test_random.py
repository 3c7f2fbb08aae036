"""The shuffle of the samples, and the random numbers that belong to a seed, a step and a place."""

from __future__ import annotations

import numpy as np
import pytest

from tinynet.kernels.machine.jit import Doubles, kernel
from tinynet.kernels.random import random, shuffle


@kernel
def drawn(seed: int, step: int, place: int, out: Doubles) -> None:
    for i in range(out.size):
        out[i] = random(seed, step, place + i)


def numbers(seed: int, step: int, count: int, place: int = 0) -> np.ndarray:
    out = np.empty(count)
    with np.errstate(over="ignore"):
        drawn(seed, step, place, out)
    return out


def test_shuffling_is_a_permutation_that_all_orders_can_come_from():
    state, seen, order = np.array([12345], np.uint64), set(), np.zeros(4, np.int64)
    for _ in range(600):
        shuffle(order, state)
        assert sorted(order) == [0, 1, 2, 3]
        seen.add(tuple(order.tolist()))
    assert len(seen) == 24


def test_the_next_order_follows_from_the_state_alone():
    one, other = np.arange(7), np.arange(7)[::-1].copy()
    for order in (one, other):
        shuffle(order, np.array([12345], np.uint64))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("seed", "step"), [(0, 0), (1, 0), (0, 1), (2**62 - 1, 123_456)])
def test_random_numbers_are_spread_evenly_and_do_not_follow_each_other(seed, step):
    x = numbers(seed, step, 40_000)
    assert x.min() >= 0
    assert x.max() < 1
    bins = np.histogram(x, 20, (0, 1))[0]
    assert ((bins - 2000) ** 2 / 2000).sum() < 43.8  # χ² with 19 degrees of freedom: 1 in 1000 is larger
    for lag in (1, 2, 10, 64):
        assert abs(np.corrcoef(x[:-lag], x[lag:])[0, 1]) < 0.02


def test_other_seeds_and_steps_draw_other_numbers_and_places_the_same():
    x = numbers(3, 5, 1000)
    for other in (numbers(4, 5, 1000), numbers(3, 6, 1000), numbers(5, 3, 1000)):
        assert not np.isin(other, x).any()
        assert abs(np.corrcoef(x, other)[0, 1]) < 0.1
    np.testing.assert_array_equal(numbers(3, 5, 900, place=100), x[100:])


def test_random_numbers_are_those_of_splitmix64():
    """Steele, Lea and Flood's output function, in Python's own whole numbers, on a counter in two directions."""
    bits = 2**64 - 1

    def expected(seed: int, step: int, place: int) -> float:
        x = (seed + step * 0x9E3779B97F4A7C15 + place * 0xD1342543DE82EF95) & bits
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & bits
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & bits
        return ((x ^ (x >> 31)) >> 11) / 2**53

    for seed, step in ((0, 0), (3, 5), (2**62 + 1, 10**6)):
        assert numbers(seed, step, 50, 7).tolist() == [expected(seed, step, 7 + i) for i in range(50)]
        with np.errstate(over="ignore"):
            assert random(np.int64(seed), np.int64(step), 7) == expected(seed, step, 7)
