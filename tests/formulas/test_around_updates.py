"""What is done around an update: gradients of several batches, rates of a schedule, averages of weights."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.formulas import DTYPES
from tinynet.kernels import clipping
from tinynet.kernels.machine.forms import VECTORS
from tinynet.kernels.machine.jit import handle
from tinynet.kernels.tables import Training
from tinynet.optimizers import SGD

NONE = np.empty(0, np.int64)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradients_are_added_up_until_an_update_takes_their_mean(dtype):
    segments = np.array([0, 2, 3, 4])  # the third number is nobody's
    sums = np.array([10, 20, 30, 40], dtype)
    given = np.array([1, 2, 3, 4], dtype)
    g = given.copy()
    clipping.accumulate(g, sums, segments, 4, 0)
    assert g.tolist() == given.tolist()
    assert sums.tolist() == [11, 22, 30, 44]
    clipping.accumulate(g, sums, segments, 4, 1)
    assert g.tolist() == [3, 6, 3, 12]
    assert sums.tolist() == [0, 0, 30, 0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_averages_begin_with_the_first_weights_and_follow(dtype):
    numbers = SGD(use_ema=True, ema_momentum=0.75).numbers
    w, averages = np.array([4.0, -8.0], dtype), np.array([100.0, 100.0], dtype)
    clipping.average_weights(w, averages, numbers, 1)
    assert averages.tolist() == [4, -8]
    w[:] = 8.0, 0.0
    clipping.average_weights(w, averages, numbers, 2)
    assert averages.tolist() == [5, -6]
    assert w.tolist() == [8, 0]


@pytest.mark.parametrize(("every", "copied"), [(1, [2, 3, 4, 5, 6]), (2, [2, 4, 6]), (3, [3, 6])])
def test_every_so_many_updates_averages_become_the_weights(every, copied):
    numbers = SGD(use_ema=True, ema_momentum=0.75, ema_overwrite_frequency=every).numbers
    found = []
    for step in range(2, 7):
        w, averages = np.array([8.0]), np.array([4.0])
        clipping.average_weights(w, averages, numbers, step)
        assert averages.tolist() == [5]
        found += [step] if w.tolist() == [5] else []
        assert w.tolist() in ([5], [8])
    assert found == copied


def prepared(step, *, every=1, rates=(), done=0, clip=False):
    """Return the gradients and the numbers after what comes before the update of a batch."""
    optimizer = SGD(0.5, clipvalue=3.0)
    training = Training(**{name: NONE for name, (_, kind) in Training.FIELDS.items() if kind in VECTORS})
    training.numbers, training.rates, training.counter = optimizer.numbers, np.array(rates, float), np.array([done])
    training.every, training.sums, training.slots = every, 3, np.array([0.0, 0.0, 0.0, 6.0, 10.0])
    training.segments = np.array([0, 2])
    training.clip = handle(clipping.clip_gradients, np.dtype("float64")) if clip else 0
    g = np.array([2.0, 4.0])
    clipping.before_update(training.pack(), g, step)
    return g.tolist(), float(optimizer.numbers[0]), training.slots.tolist()


def test_the_rate_of_a_batch_is_that_of_its_place_in_the_call():
    assert prepared(8, rates=[0.1, 0.2, 0.3], done=6)[1] == 0.2
    assert prepared(7, rates=[0.1, 0.2, 0.3], done=6)[1] == 0.1
    assert prepared(7, done=6)[1] == 0.5


def test_gradients_are_clipped_when_an_update_is_due():
    assert prepared(1, clip=True)[0] == [2, 3]
    assert prepared(1)[0] == [2, 4]
    assert prepared(4, every=2, clip=True) == ([3, 3], 0.5, [0, 0, 0, 0, 0])
    assert prepared(3, every=2, clip=True) == ([2, 4], 0.5, [0, 0, 0, 8, 14])
    assert prepared(3, every=2)[0] == [2, 4]
