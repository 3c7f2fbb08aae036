"""Several threads at one batch: the same numbers, to the bit, as one thread gives."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet
from tests.support.user_parts import Shift
from tinynet import optimizers, plan
from tinynet.kernels import loop
from tinynet.kernels.machine.jit import COMPILED, entry, plain
from tinynet.kernels.samples import NO_ORDER, data_of
from tinynet.kernels.tables import Batch, Prediction
from tinynet.kernels.team import share as shared
from tinynet.layers import (
    BatchNormalization,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    Reshape,
)
from tinynet.network import Network
from tinynet.training import calls
from tinynet.training.load import Load
from tinynet.training.tables import tables_of
from tinynet.training.threads import side_by_side

share = plain(shared)
compiled = pytest.mark.skipif(not COMPILED, reason="threads are the compiled loop's")


@given(total=st.integers(0, 5000), smallest=st.integers(1, 64), members=st.integers(1, 9))
def test_shares_cover_everything_once(total: int, smallest: int, members: int) -> None:
    parts = [share(total, smallest, member, members) for member in range(members)]
    assert [n for first, last in parts for n in range(first, last)] == list(range(total))
    assert all(first % smallest == 0 for first, _ in parts)
    assert total < smallest or all(first == last or last - first >= smallest for first, last in parts)


#: Every optimizer of the table, and what else there is to an update.
OPTIMIZERS = {
    **{name.lower(): cls for name, cls in optimizers.CLASSES.items()},
    "sgd": lambda: optimizers.SGD(momentum=0.9),
    "rmsprop": lambda: optimizers.RMSprop(clipnorm=0.1),
    "adam": lambda: optimizers.Adam(weight_decay=0.01, global_clipnorm=1.0),
}


def plain_layers() -> list:
    return [Flatten(input_shape=(6, 7)), Dense(50, activation="relu"), Dense(9), Dense(3, activation="softmax")]


def layers_of_all_kinds() -> list:
    """Pooling, batches' statistics, random numbers, penalties, a user's kernels, a derivative that needs the sums."""
    return [
        Dense(9, input_shape=(6, 7)),
        Reshape((3, -1)),
        GlobalMaxPooling1D(keepdims=True),
        GlobalAveragePooling1D(),
        Dense(50, activation="gelu", kernel_regularizer="l1_l2", bias_regularizer=tinynet.regularizers.L2(0.01)),
        BatchNormalization(),
        Dropout(0.3),
        Shift(0.5),
        Dense(9, activation="elu", kernel_regularizer="l1"),
        Dropout(0.1, seed=5),
        Dense(3, activation="softmax"),
    ]


@compiled
@pytest.mark.parametrize("threads", [2, 3, 5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_several_threads_give_one_threads_bits(
    monkeypatch: pytest.MonkeyPatch, optimizer: str, dtype: str, threads: int
) -> None:
    monkeypatch.setattr(plan, "SHARED_PRODUCT", 1)
    monkeypatch.setattr(Load, "choose", lambda self, batches: (self.choices[0], batches))
    tinynet.backend.set_floatx(dtype)
    assert bits(monkeypatch, 1, optimizer) == bits(monkeypatch, threads, optimizer)


@compiled
@pytest.mark.parametrize("threads", [2, 5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_layers_and_penalties_do_not_count_threads_either(
    monkeypatch: pytest.MonkeyPatch, dtype: str, threads: int
) -> None:
    monkeypatch.setattr(plan, "SHARED_PRODUCT", 1)
    monkeypatch.setattr(Load, "choose", lambda self, batches: (self.choices[0], batches))
    tinynet.backend.set_floatx(dtype)
    alone, several = (bits(monkeypatch, number, "adam", layers_of_all_kinds) for number in (1, threads))
    assert alone == several


@compiled
def test_the_number_of_threads_may_change_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "SHARED_PRODUCT", 1)
    calls: list[int] = []

    def in_turn(self: Load, batches: int) -> tuple[int, int]:
        calls.append(self.choices[len(calls) % len(self.choices)])
        return calls[-1], min(batches, 2)

    monkeypatch.setattr(Load, "choose", in_turn)
    several = bits(monkeypatch, 4, "adam", layers_of_all_kinds)
    assert {1, 2, 4} <= set(calls)
    assert bits(monkeypatch, 1, "adam", layers_of_all_kinds) == several


def bits(
    monkeypatch: pytest.MonkeyPatch, threads: int, optimizer: str, layers: Callable[[], list] = plain_layers
) -> list[bytes]:
    monkeypatch.setattr(calls, "cores", lambda: threads)
    tinynet.set_random_seed(1)
    rng = np.random.default_rng(2)
    x, y = rng.random((215, 6, 7)), rng.integers(0, 3, 215)
    weights = rng.random(215)
    model = tinynet.Sequential(layers())
    model.compile(OPTIMIZERS[optimizer](), "sparse_categorical_crossentropy", metrics=["accuracy"])
    fitted = model.fit(
        x, y, batch_size=40, epochs=3, sample_weight=weights, validation_data=(x[:70], y[:70]), verbose=0
    )
    assert f"threads: {threads}" in str(model.explain_plan(batch_size=40))
    found = [*model.get_weights(), model.predict(x, verbose=0), np.array(model.evaluate(x, y, verbose=0))]
    return [a.tobytes() for a in found] + [np.array(v).tobytes() for v in fitted.history.values()]


@compiled
def test_a_shorter_last_batch_is_predicted_by_other_rows_of_the_workspace_only_when_all_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = tinynet.Sequential([tinynet.Input((128,)), Dense(128, activation="relu"), Dense(10)])
    x = np.random.default_rng(0).random((64 * 20 + 32, 128), np.float32)
    monkeypatch.setattr(calls, "cores", lambda: 1)
    expected = model.predict(x, batch_size=64, verbose=0)
    monkeypatch.setattr(calls, "cores", lambda: 2)
    monkeypatch.setattr(Load, "choose", lambda self, batches: (self.choices[0], batches))
    for _ in range(300):
        assert np.array_equal(model.predict(x, batch_size=64, verbose=0), expected)


@compiled
def test_members_do_not_wait_for_one_that_failed() -> None:
    """Its error is raised; before, the others would have waited for it for ever."""
    x, out = np.ones((64, 4), np.float32), np.zeros((64, 4), np.float32)
    tables = tables_of(Network((), (4,), np.dtype("float32")))
    predict = entry(loop.predict, np.dtype("float32"))

    def task(member: int, members: int, arrivals: np.ndarray) -> None:
        if member == 1:
            raise MemoryError("no room")
        batch = Batch(member=member, members=members, arrivals=arrivals, order=NO_ORDER, params=x[0], gradients=x[0])
        work = np.empty(64 * 64, np.float32)
        call = {"net": tables.predicting, "batch": batch, "data": data_of(x), "work": work, "out": out.reshape(-1)}
        predict(Prediction(**call, begin=0, end=64, size=8).pack())

    with pytest.raises(MemoryError, match="no room"):
        side_by_side(task, 2)


@compiled
def test_models_may_be_trained_in_python_threads_while_one_of_them_has_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan, "SHARED_PRODUCT", 1)
    found: dict[int, list[bytes]] = {}
    expected = bits(monkeypatch, 2, "adam")

    def train(number: int) -> None:
        rng = np.random.default_rng(3)
        model = tinynet.Sequential([tinynet.Input((20,)), Dense(64, activation="relu"), Dense(1)])
        model.compile("rmsprop", "mse")
        model.set_weights([np.ascontiguousarray(rng.random(w.shape, np.float32)) for w in model.get_weights()])
        model.fit(rng.random((200, 20)), rng.random(200), epochs=5, shuffle=False, verbose=0)
        found[number] = [w.tobytes() for w in model.get_weights()]

    threads = [threading.Thread(target=train, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] == found[2] == found[3]
    assert bits(monkeypatch, 2, "adam") == expected


def test_small_networks_and_sparse_data_have_one_thread() -> None:
    small = Network((Dense(64),), (64,), np.dtype("float32"))
    large = Network((Dense(1000),), (1000,), np.dtype("float32"))
    for layer in (*small.layers, *large.layers):
        layer.build((None, layer.units))
    assert plan.choose(small, 64, jit=True, usable=8).threads == 1
    assert plan.choose(large, 64, jit=True, usable=8).threads == 8
    assert plan.choose(large, 32, jit=True, usable=8).threads == 4, "a register block of rows each"
    assert plan.choose(large, 64, jit=True, usable=1).threads == 1
    assert plan.choose(large, 64, jit=True, usable=8, form="sparse").threads == 1


def test_bounds_checks_leave_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    large = Network((Dense(1000),), (1000,), np.dtype("float32"))
    large.layers[0].build((None, 1000))
    monkeypatch.setattr(plan, "CHECKED", True)
    assert plan.choose(large, 64, jit=True, usable=8).threads == 1


def test_numba_num_threads_lowers_the_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert plan.cores() == 1


def test_every_member_is_called_once() -> None:
    called = []
    side_by_side(lambda member, members, arrivals: called.append((member, members)), 3)
    assert sorted(called) == [(0, 3), (1, 3), (2, 3)]


def test_a_call_within_a_call_has_one_member() -> None:
    called = []

    def task(member: int, members: int, arrivals: object) -> None:
        if member == 0:
            side_by_side(lambda *inner: called.append(inner[:2]), 2)

    side_by_side(task, 2)
    assert called == [(0, 1)]


def test_an_error_in_another_thread_is_raised_and_the_next_call_has_threads_again() -> None:
    def fails(member: int, members: int, arrivals: object) -> None:
        if member == 1:
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        side_by_side(fails, 2)
    test_every_member_is_called_once()


def test_an_interrupt_waits_until_all_members_are_done() -> None:
    done = []

    def task(member: int, members: int, arrivals: object) -> None:
        if member == 0:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        done.append(member)

    with pytest.raises(KeyboardInterrupt):
        side_by_side(task, 3)
    assert sorted(done) == [0, 1, 2]
    test_every_member_is_called_once()


def test_an_interrupt_before_all_members_have_begun_calls_all_of_them_off(monkeypatch: pytest.MonkeyPatch) -> None:
    called, started, start = [], [], threading.Thread.start

    def interrupted(self: threading.Thread) -> None:
        start(self)
        started.append(self)
        if len(started) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        side_by_side(lambda *numbers: called.append(numbers[:2]), 3)
    for thread in started:
        thread.join(5)
    assert called == []
    monkeypatch.undo()
    test_every_member_is_called_once()


def test_without_threads_to_be_had_one_member_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    called = []
    side_by_side(lambda *numbers: called.append(numbers[:2]), 4)
    assert called == [(0, 1)]
