"""Shuffling, with a generator small enough to live in compiled code.

NumPy's `permutation(1000)` takes as long as a whole epoch of a perceptron; this takes 2 microseconds, and gives the
same order in both training loops, compiled or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet.kernels.machine.jit import COMPILED, Bits, Integers, formula, kernel


@kernel
def shuffle(order: Integers, state: Bits) -> None:
    """Write the numbers from 0 into `order` as Fisher and Yates shuffle them, drawn from the one-number `state`.

    The state moves on. What was in `order` does not count: so a training that begins with the state which another has
    left goes through the samples as if both were one.

    The generator is Marsaglia's xorshift64 ("Xorshift RNGs", 2003): three shifts a number, period 2⁶⁴ - 1; its
    state is never 0. Its two halves serve for two exchanges: a number below `bound` is the upper half of
    (32 random bits)·bound.
    """
    for i in range(order.size):
        order[i] = i
    x, half = state[0], np.uint64(32)
    for last in range(order.size - 1, 0, -2):
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
        pick = np.int64(((x >> half) * np.uint64(last + 1)) >> half)
        order[last], order[pick] = order[pick], order[last]
        pick = np.int64(((x & np.uint64(0xFFFFFFFF)) * np.uint64(last)) >> half)
        order[last - 1], order[pick] = order[pick], order[last - 1]
    state[0] = x


def new_state(generator: np.random.Generator) -> Any:
    """Return a fresh state for `shuffle`, drawn from a NumPy generator."""
    return generator.integers(1, 2**63, size=1, dtype=np.uint64)


#: The generator's constants: the step of its counter in each of two directions, and two multipliers.
_STEP, _PLACE, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

if TYPE_CHECKING or not COMPILED:
    _BITS = 2**64 - 1

    def random(seed: Any, step: Any, place: Any) -> float:
        """Return a number in [0, 1) that belongs to a seed, a step and a place: the same whoever asks, and how often.

        It is the output function of SplitMix64 (Steele, Lea and Flood, 2014) on a counter.
        """
        x = (int(seed) + int(step) * _STEP + int(place) * _PLACE) & _BITS
        x = ((x ^ (x >> 30)) * _FIRST) & _BITS
        x = ((x ^ (x >> 27)) * _SECOND) & _BITS
        return ((x ^ (x >> 31)) >> 11) * 2.0**-53

else:

    @formula
    def random(seed: Any, step: Any, place: Any) -> Any:
        """The same in 64 bits, which wrap around by themselves."""
        x = np.uint64(seed) + np.uint64(step) * np.uint64(_STEP) + np.uint64(place) * np.uint64(_PLACE)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(_FIRST)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(_SECOND)
        x = x ^ (x >> np.uint64(31))
        return float(x >> np.uint64(11)) * 2.0**-53
