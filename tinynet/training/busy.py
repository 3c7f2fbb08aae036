"""Which models are being fitted, so that what a fit stands on is not taken from under it."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import get_ident
from typing import TypeVar

from tinynet._whole import afterwards

T = TypeVar("T")

#: The fits that are running: the model and the thread of each.
_fits: dict[object, tuple[object, int]] = {}


def while_fitting(model: object, action: Callable[..., T], *arguments: object) -> T:
    """Return ``action(*arguments)``, during which `model` counts as being fitted."""
    fit = object()

    def enter() -> T:
        _fits[fit] = model, get_ident()
        return action(*arguments)

    return afterwards(lambda: _fits.pop(fit, None), enter)


def refuse_during_fit(model: object, name: str, method: str, instead: str) -> None:
    """Raise a ValueError if the model is being fitted."""
    if any(fitted is model for fitted, _ in list(_fits.values())):
        raise ValueError(f"{method}: model '{name}' is being fitted, by this thread or another. {instead}")


def _forget_other_threads() -> None:
    """Forget, in a forked process, the fits of threads that are not there."""
    for fit in [fit for fit, (_, thread) in _fits.items() if thread != get_ident()]:
        del _fits[fit]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)
