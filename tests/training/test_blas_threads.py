"""BLAS's threads: one beside small products, its own number for large ones, and everything as before afterwards."""

from __future__ import annotations

import threading

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

import tinynet
from tinynet import plan
from tinynet.layers import Dense
from tinynet.network import Network
from tinynet.training.threads import with_blas_threads


def blas_now() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_small_products_have_one_blas_thread_while_the_layer_loop_runs_and_all_of_them_afterwards() -> None:
    seen = []

    class Look(tinynet.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            seen.append(blas_now())

    with threadpool_limits(limits=2, user_api="blas"):
        before = blas_now()
        model = tinynet.Sequential([tinynet.Input((5,)), Dense(3)])
        model.compile("sgd", "mse", compiled=False)
        model.fit(np.ones((8, 5)), np.ones((8, 3)), epochs=2, callbacks=[Look()], verbose=0)
        model.evaluate(np.ones((8, 5)), np.ones((8, 3)), verbose=0)
        model.predict(np.ones((8, 5)), verbose=0)
        assert blas_now() == before
    assert seen == [[1] * len(before)] * 2


def test_large_products_leave_blas_its_threads() -> None:
    large = Network((Dense(4000),), (4000,), np.dtype("float32"))
    large.layers[0].build((None, 4000))
    assert plan.choose(large, 32, compiled=False).blas_threads == 0
    assert plan.choose(large, 32, jit=True).product == "BLAS"
    small = Network((Dense(64),), (64,), np.dtype("float32"))
    small.layers[0].build((None, 64))
    assert plan.choose(small, 32, compiled=False).blas_threads == 1


def test_the_limit_ends_with_the_last_of_overlapping_calls() -> None:
    inside, done = threading.Event(), threading.Event()

    def first() -> None:
        with_blas_threads(1, lambda: (inside.set(), done.wait()))

    with threadpool_limits(limits=2, user_api="blas"):
        before = blas_now()
        thread = threading.Thread(target=first)
        thread.start()
        inside.wait()
        assert with_blas_threads(1, blas_now) == [1] * len(before)
        assert set(blas_now()) == {1}
        done.set()
        thread.join()
        assert blas_now() == before
