"""Whatever public functions are called with, they answer rightly or refuse clearly: a sample."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import hostile
from tests.support.hostile_doors import Door, doors

DYING = "import os, sys; open(sys.argv[-1], 'w').write('7: f(x)'); os.abort()"
CALLS = {"compiled": (0, 200, {}), "without the compiler": (1, 50, {"NUMBA_DISABLE_JIT": "1"})}


@pytest.fixture(scope="module")
def found():
    """What went wrong in the sample, with the compiler and without it at the same time."""

    def made(sample):
        seed, calls, environment = sample
        folder = {"TINYNET_CACHE_DIR": os.environ["TINYNET_CACHE_DIR"]} if "TINYNET_CACHE_DIR" in os.environ else {}
        return list(hostile.faults(calls, seed, **environment, **folder))

    with ThreadPoolExecutor() as pool:
        return dict(zip(CALLS, pool.map(made, CALLS.values()), strict=True))


@pytest.mark.parametrize("way", CALLS)
def test_a_hostile_call_is_answered_or_refused_in_words(found, way):
    assert found[way] == []


def test_every_room_and_every_kind_of_model_has_its_doors():
    names = [door.name for door in doors()]
    assert len(names) > 1500
    for part in ("Sequential (layer loop).fit", "losses.Huber.backward", "plot.history", "utils.to_categorical"):
        assert part in names


def raised(error):
    """Return the verdict on an exception that a call of a door ends in."""

    def act():
        raise error

    return hostile.fault_of(act, Door("models.Sequential.fit"), "()", setting=False)


def test_an_exception_of_another_kind_or_from_inside_is_a_fault():
    assert "IndexError" in raised(IndexError("list index out of range"))
    assert "from inside" in hostile.fault_of(lambda: np_zeros(-1), Door("plot.lines"), "(-1)", setting=False)


def np_zeros(length):
    """Raise NumPy's own error, from a function of another file."""
    import numpy as np

    return np.linspace(0, 1, length)


def test_a_child_that_dies_is_reported_with_its_last_call(monkeypatch):
    monkeypatch.setattr(hostile, "CHILD", DYING)
    number, verdict, written, fault = next(hostile.faults(8, first=7))
    assert (number, verdict, written) == (7, "DIED", "f(x)")
    assert "-6" in fault
