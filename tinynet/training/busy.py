"""Which models are being fitted, so that what a fit stands on is not taken from under it."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import get_ident
from typing import TypeVar
from weakref import WeakKeyDictionary

from tinynet._whole import afterwards

T = TypeVar("T")

#: For each model, the fits that are running and the thread of each.
_fits: WeakKeyDictionary[object, dict[object, int]] = WeakKeyDictionary()


def while_fitting(model: object, action: Callable[..., T], *arguments: object) -> T:
    """Return ``action(*arguments)``, during which `model` counts as being fitted."""
    fits, fit = _fits.setdefault(model, {}), object()

    def enter() -> T:
        fits[fit] = get_ident()
        return action(*arguments)

    return afterwards(lambda: fits.pop(fit, None), enter)


def refuse_during_fit(model: object, name: str, method: str, instead: str) -> None:
    """Raise a ValueError if the model is being fitted."""
    if _fits.get(model):
        raise ValueError(f"{method}: model '{name}' is being fitted, by this thread or another. {instead}")


def _forget_other_threads() -> None:
    """Forget, in a forked process, the fits of threads that are not there."""
    for fits in _fits.values():
        for fit in [fit for fit, thread in fits.items() if thread != get_ident()]:
            del fits[fit]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)
