"""Threads of a call: several for the compiled loop, one or its own for BLAS.

Kernels let go of Python's lock, so plain threads run them side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Of a member's number, their count, and the counter by which they meet.
Task = Callable[[int, int, NDArray[np.int64]], None]

#: What the counter stands at when a member has failed: so far below 0 that no arrival brings it back.
FAILED = -(2**62)
#: Held by the one call of this process that runs in several threads: more of them would only wait for each other.
_TAKEN = threading.Lock()


def side_by_side(task: Task, threads: int) -> None:
    """Call ``task(member, members, arrivals)`` in so many threads, members being numbered from 0, and wait for all.

    There is one member alone, in this thread, where another call already runs in several threads or no thread can be
    started; tasks give the same result however many there are.
    """
    if threads == 1 or not _TAKEN.acquire(blocking=False):
        task(0, 1, np.zeros(1, np.int64))
        return
    try:
        _run(task, threads)
    finally:
        _TAKEN.release()


def _run(task: Task, threads: int) -> None:
    """Run all members in threads of their own.

    Members wait for each other, so either all of them run to their end or none begins: an interrupt, which Python
    raises in the main thread at any point, must not be able to take one of them away.
    """
    ready, all_done = threading.Event(), threading.Event()
    arrivals, called_off = np.zeros(1, np.int64), True
    members: list[threading.Thread] = []
    done: list[int] = []
    errors: list[BaseException] = []

    def run(member: int) -> None:
        ready.wait()
        if called_off:
            return
        try:
            task(member, len(members), arrivals)
        except BaseException as error:
            errors.append(error)
            arrivals[0] = FAILED
        done.append(member)
        if len(done) == len(members):
            all_done.set()

    try:
        for number in range(threads):
            member = threading.Thread(target=run, args=(number,), name=f"tinynet-{number}", daemon=True)
            try:
                member.start()
            except RuntimeError:  # the system has no more threads to give
                break
            members.append(member)
        called_off = False
    finally:
        ready.set()
    if members:
        _wait_for(all_done)
    else:
        task(0, 1, arrivals)
    if errors:
        raise errors[0]


def _wait_for(event: threading.Event) -> None:
    """Wait for the event; what is raised meanwhile, an interrupt, is raised afterwards.

    Not `Thread.join`: when that is interrupted, Python 3.11 takes the thread for ended.
    """
    interrupt: BaseException | None = None
    while not event.is_set():
        try:
            event.wait()
        except BaseException as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt


_limiting = threading.Lock()
_limited = 0
_limits: Any = None


@contextmanager
def blas_threads(number: int) -> Iterator[None]:
    """Let BLAS have one thread while the block runs, or, by a `number` of 0, as many as it sees fit.

    The limit holds for the whole process. It ends with the last of the blocks that set it, in whichever Python thread
    that is, so that afterwards everything is as it was before.
    """
    if number == 0:
        yield
        return
    global _limited, _limits
    with _limiting:
        if _limited == 0:
            from threadpoolctl import threadpool_limits

            _limits = threadpool_limits(limits=number, user_api="blas")
        _limited += 1
    try:
        yield
    finally:
        with _limiting:
            _limited -= 1
            if _limited == 0:
                _limits.restore_original_limits()
                _limits = None
