"""Interrupts at any moment, forks beside threads that train, and random numbers in forked processes."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

import tinynet
from tests.support import interrupts
from tests.support.nets import both_loops, classifier, two_classes
from tinynet.layers import Dense, Input
from tinynet.training.interrupts import WholeBatches

X, Y = two_classes(64)


def forks(test):
    """Mark a test that forks; where JAX was imported before, for the tests beside Keras, it warns of every fork."""
    quiet = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning", "ignore:.*fork:DeprecationWarning")
    return pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")(quiet(test))


def in_child(work, seconds=20.0):
    """Return what `work` returns (some bytes) in a forked child; fail if the child hangs or raises."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.write(writing, work())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    until = time.monotonic() + seconds
    status = None
    while status is None and time.monotonic() < until:
        done, found = os.waitpid(child, os.WNOHANG)
        status = found if done else None
        time.sleep(0.002)
    if status is None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    assert status == 0, "the child hung" if status is None else "the child failed"
    return answer


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Ctrl-C in a `__del__` of Python's own
def test_after_an_interrupt_at_any_moment_everything_is_as_before_or_as_after():
    slow = ("gradient_check", "trace", "warmup")
    made, found = interrupts.interrupted(60, seed=0, kinds=("compiled", "own optimizer"), left_out=slow)
    assert made == 60
    assert found == []


def test_the_handler_is_given_back_even_if_the_interrupt_comes_while_it_is_taken_over(monkeypatch):
    handler, real = signal.getsignal(signal.SIGINT), signal.signal

    def interrupted_at_once(number, new):
        before = real(number, new)
        if number == signal.SIGINT and getattr(new, "__name__", "") == "_receive":
            raise KeyboardInterrupt
        return before

    monkeypatch.setattr(signal, "signal", interrupted_at_once)
    with pytest.raises(KeyboardInterrupt):
        classifier().fit(X, Y, verbose=0)
    assert signal.getsignal(signal.SIGINT) is handler


def test_an_interrupt_that_waited_is_raised_although_the_batch_itself_failed():
    guard, handler = WholeBatches(), signal.getsignal(signal.SIGINT)

    def fail_after_ctrl_c():
        with guard:
            os.kill(os.getpid(), signal.SIGINT)
            raise ValueError

    guard.install()
    try:
        with pytest.raises(KeyboardInterrupt):
            fail_after_ctrl_c()
    finally:
        guard.remove()
    assert signal.getsignal(signal.SIGINT) is handler


@forks
@both_loops
def test_a_child_forked_beside_a_thread_that_trains_can_train(compiled):
    def net():
        model = tinynet.Sequential([Input((4,)), Dense(200, activation="relu"), Dense(200), Dense(1)])
        model.compile("adam", "mse", compiled=compiled)
        return model

    busy = net()
    thread = threading.Thread(target=lambda: busy.fit(X, Y, epochs=10**7, verbose=0), daemon=True)
    thread.start()
    try:
        time.sleep(0.2)
        for _ in range(4):
            assert in_child(lambda: bytes(net().fit(X, Y, epochs=2, verbose=0).epoch)) == b"\x00\x01"
        # The model that the thread trains is trained by nobody in the child.
        assert in_child(lambda: busy.compile("sgd", "mse") or bytes(busy.fit(X, Y, verbose=0).epoch)) == b"\x00"
        assert thread.is_alive()
    finally:
        busy.stop_training = True
        thread.join()


def weights():
    tinynet.Sequential([Input((2,)), Dense(1)])
    model = tinynet.Sequential([Dense(3), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    return b"".join(w.tobytes() for w in model.get_weights())


@forks
def test_forked_processes_draw_networks_of_their_own_unless_a_seed_was_set():
    state = tinynet.config._seeded, tinynet.config._generator
    try:
        tinynet.config._seeded = False
        assert len({in_child(weights) for _ in range(4)} | {weights()}) == 5
        tinynet.set_random_seed(7)
        children = {in_child(weights) for _ in range(2)}
        assert children == {weights()}
    finally:
        tinynet.config._seeded, tinynet.config._generator = state


def test_numpys_warnings_are_as_they_were_after_a_layer_that_changes_them():
    class Loud(tinynet.layers.Layer):
        def forward(self, x, training=False):
            np.seterr(all="raise")
            return x

        def backward(self, dy):
            return dy

    before = np.geterr()
    model = tinynet.Sequential([Input((4,)), Loud(), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert np.geterr() == before
