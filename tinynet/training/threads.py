"""Threads of a call: several for the compiled loop, one or its own for BLAS.

Kernels let go of Python's lock, so plain threads run them side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Task = Callable[[int, int], None]

#: Held by the one call of this process that runs in several threads: more of them would only wait for each other.
_TAKEN = threading.Lock()


def side_by_side(task: Task, threads: int) -> None:
    """Call ``task(member, members)`` in so many threads, this one being member 0, and wait for all.

    There is one member alone where another call already runs in several threads, or no thread can be started; tasks
    give the same result however many there are.
    """
    if threads == 1 or not _TAKEN.acquire(blocking=False):
        task(0, 1)
        return
    try:
        _start(task, threads)
    finally:
        _TAKEN.release()


def _start(task: Task, threads: int) -> None:
    ready = threading.Event()  # members wait for each other, so none begins before it is known how many there are
    helpers: list[threading.Thread] = []
    errors: list[BaseException] = []

    def help_out(member: int) -> None:
        ready.wait()
        try:
            task(member, len(helpers) + 1)
        except BaseException as error:
            errors.append(error)

    for member in range(1, threads):
        helper = threading.Thread(target=help_out, args=(member,), name=f"tinynet-{member}", daemon=True)
        try:
            helper.start()
        except RuntimeError:  # the system has no more threads to give
            break
        helpers.append(helper)
    ready.set()
    try:
        task(0, len(helpers) + 1)
    finally:
        for helper in helpers:
            helper.join()
    if errors:
        raise errors[0]


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
