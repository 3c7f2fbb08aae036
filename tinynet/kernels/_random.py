"""Shuffling, with a generator small enough to live in compiled code.

NumPy's `permutation(1000)` takes as long as a whole epoch of a perceptron; this takes 2 microseconds, and gives the
same order in both training loops, compiled or not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels._jit import inner


@inner
def shuffle(order: NDArray[np.int64], state: NDArray[np.uint64]) -> None:
    """Shuffle `order` in place (Fisher and Yates), drawing from the generator's one-number `state`, which moves on.

    The generator is Marsaglia's xorshift64 ("Xorshift RNGs", 2003): three shifts a number, period 2⁶⁴ - 1; its
    state is never 0. Its two halves serve for two exchanges: a number below `bound` is the upper half of
    (32 random bits)·bound.
    """
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
