"""Threads of a call: several for the compiled loop, one or its own for BLAS.

Kernels let go of Python's lock, so plain threads run them side by side.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tinynet._extras import without
from tinynet._whole import afterwards

T = TypeVar("T")

#: Of a member's number, their count, and the counter by which they meet.
Task = Callable[[int, int, NDArray[np.int64]], None]

#: What the counter stands at when a member has failed: so far below 0 that no arrival brings it back.
FAILED = -(2**62)
#: The one call of this process that runs in several threads, if any: more would only wait for each other.
_TAKEN: dict[str, object] = {}


def side_by_side(task: Task, threads: int) -> None:
    """Call ``task(member, members, arrivals)`` in so many threads, members being numbered from 0, and wait for all.

    There is one member alone, in this thread, where another call already runs in several threads or no thread can be
    started; tasks give the same result however many there are.
    """
    me = object()
    if threads == 1:
        task(0, 1, np.zeros(1, np.int64))
    else:
        afterwards(lambda: _TAKEN.pop("by", None) if _TAKEN.get("by") is me else None, _run_if_free, me, task, threads)


def _run_if_free(me: object, task: Task, threads: int) -> None:
    if _TAKEN.setdefault("by", me) is me:  # one call into C: of two threads, one is first
        _run(task, threads)
    else:
        task(0, 1, np.zeros(1, np.int64))


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

    def start() -> None:
        nonlocal called_off
        for number in range(threads):
            member = threading.Thread(target=run, args=(number,), name=f"tinynet-{number}", daemon=True)
            try:
                member.start()
            except RuntimeError:  # the system has no more threads to give
                break
            members.append(member)
        called_off = False

    def finish() -> None:
        ready.set()
        if members and not called_off:
            _wait_for(all_done)

    afterwards(finish, start)
    if not members:
        task(0, 1, arrivals)
    if errors:
        raise errors[0]


def _wait_for(event: threading.Event) -> None:
    """Wait for the event; what is raised meanwhile, an interrupt, is raised afterwards.

    Not `Thread.join`: when that is interrupted, Python 3.11 takes the thread for ended.
    """
    interrupt: BaseException | None = None
    while True:
        try:
            while not event.is_set():
                event.wait()
            break
        except BaseException as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt


_limiting = threading.RLock()
#: The calls that limit BLAS, with their threads; and BLAS's libraries, with the threads that each of them had before.
_limiters: dict[object, int] = {}
_before: list[tuple[Any, int]] = []
#: How many modules were imported when BLAS's libraries were looked for last, and what was found.
_libraries: list[Any] = []


def with_blas_threads(number: int, action: Callable[..., T], *arguments: Any) -> T:
    """Return ``action(*arguments)``, while BLAS has one thread or, by a `number` of 0, as many as it sees fit.

    The limit holds for the whole process. It ends with the last of the calls that set it, in whichever Python thread
    that is, so that afterwards everything is as it was before.
    """
    if number == 0:
        return action(*arguments)
    call = object()

    def limited() -> T:
        with _limiting:
            if not _before:
                libraries = _blas()
                _before.extend([(library, library.num_threads) for library in libraries])
            _limiters[call] = threading.get_ident()
            for library, _ in _before:
                _set(library, number)
        return action(*arguments)

    def unlimited() -> None:
        with _limiting:
            _limiters.pop(call, None)
            if not _limiters:
                for library, threads in _before:
                    _set(library, threads)
                _before.clear()

    return afterwards(unlimited, limited)


def _blas() -> list[Any]:
    """Return BLAS's libraries in this process, which are looked for again when modules were imported since."""
    if _libraries and _libraries[0] == len(sys.modules):
        return [*_libraries[1:]]
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        without("threadpoolctl", "BLAS uses as many threads as it sees fit, which may be slow")
        return []
    found = ThreadpoolController().select(user_api="blas").lib_controllers
    _libraries[:] = [len(sys.modules), *found]
    return list(found)


def _set(library: Any, threads: int) -> None:
    """Set a BLAS library's number of threads, although another thread may have set it before."""
    clear = getattr(library, "clear_controlling_thread", lambda force: None)  # threadpoolctl 3.7 and older have none
    clear(force=True)
    library.set_num_threads(threads)
    clear(force=True)


def _forget_other_threads() -> None:
    """Forget, in a forked process, what threads were doing that are not there."""
    global _limiting
    _limiting = threading.RLock()
    for call in [call for call, thread in _limiters.items() if thread != threading.get_ident()]:
        del _limiters[call]
    _TAKEN.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)
