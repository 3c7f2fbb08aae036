"""Forks beside threads that compute: the child starts with no lock that a thread of its parent holds.

A forked child has one thread, the one that forked. A lock that another thread held then, BLAS's own among them, would
stay locked in the child for ever. So a fork waits until no other thread is within the layer loop: 50 ms at most,
unless a user's layer takes longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from threading import RLock, get_ident
from time import monotonic, sleep
from typing import Any, TypeVar

from tinynet._whole import afterwards, quiet

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

#: Seconds that a fork waits at most.
PATIENCE = 2.0
#: Held by who forks; who enters the layer loop has to hold it for a moment.
_gate = RLock()
#: For each call that is in the layer loop, its thread.
_inside: dict[object, int] = {}


def without_forks(action: Callable[..., T], *arguments: object) -> T:
    """Return ``action(*arguments)``, during which no other thread forks."""
    call = object()

    def enter() -> T:
        with _gate:
            _inside[call] = get_ident()
        return action(*arguments)

    return afterwards(lambda: _inside.pop(call, None), enter)


def undisturbed(method: F) -> F:
    """Return a method of the loop during which nobody forks, and NumPy does not warn of numbers out of range.

    A training that diverges shows in its loss, as in the compiled loop, not in NumPy's warnings.
    """
    quietly = quiet(method)

    @wraps(method)
    def call(*arguments: Any) -> Any:
        return without_forks(quietly, *arguments)

    return call  # type: ignore[return-value]


def _others() -> list[object]:
    return [call for call, thread in list(_inside.items()) if thread != get_ident()]


def _before_fork() -> None:
    _gate.acquire()
    until = monotonic() + PATIENCE
    while _others() and monotonic() < until:
        sleep(0.0005)


def _after_fork() -> None:
    with suppress(RuntimeError):  # the wait was interrupted before it began
        _gate.release()


def _after_fork_in_child() -> None:
    for call in _others():
        _inside.pop(call, None)
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
