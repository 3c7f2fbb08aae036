"""Which models are being trained: by one thread at a time, and what a training stands on is not taken from under it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import wraps
from threading import get_ident
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from tinynet._whole import afterwards

if TYPE_CHECKING:
    from tinynet.layers import Layer
    from tinynet.training.trainee import Trainee

P = ParamSpec("P")
T = TypeVar("T")

#: The trainings that are running, in the order in which they began: the model and the thread of each.
_fits: dict[object, tuple[Trainee, int]] = {}


def by_one_thread(train: Callable[Concatenate[Trainee, P], T]) -> Callable[Concatenate[Trainee, P], T]:
    """Return a function that trains a model, its first argument, during which that counts as being fitted.

    It raises a RuntimeError if another thread trains the model, or one that shares weights with it: their steps would
    be mixed.
    """

    @wraps(train)
    def call(model: Trainee, /, *arguments: P.args, **options: P.kwargs) -> T:
        fit = object()

        def enter() -> T:
            _fits[fit] = model, get_ident()
            if len(_fits) > 1:
                _refuse_beside(fit, model)
            return train(model, *arguments, **options)

        return afterwards(lambda: _fits.pop(fit, None), enter)

    return call


def _refuse_beside(fit: object, model: Trainee) -> None:
    """Raise a RuntimeError if another thread trains these weights, and began before `fit`.

    No lock is needed, which an interrupt could leave locked: of several that begin at once, each has entered itself
    before it looks, and the order of the dict says to all of them alike who was the first.
    """
    for earlier, (other, thread) in list(_fits.items()):
        if earlier is fit:
            return
        if thread == get_ident():
            continue  # a callback trains the model that it is called for, say
        if other is model:
            raise RuntimeError(
                f"Model '{model.name}' is being trained by another thread, or tested by steps of its own. A model is "
                "trained by one thread at a time, or their steps would be mixed: wait for the other one, or give each "
                "thread a model of its own (clone_model)."
            )
        if shared := [layer.name for layer in model.stack if layer.parameters and layer in other.stack]:
            raise RuntimeError(
                f"Model '{model.name}' shares the layers {shared} with '{other.name}', which another thread is "
                "training. Weights are trained by one thread at a time, or the steps would be mixed: wait for the "
                "other one."
            )


def refuse_during_fit(model: object, name: str, method: str, instead: str) -> None:
    """Raise a ValueError if the model is being fitted."""
    if any(fitted is model for fitted, _ in list(_fits.values())):
        raise ValueError(f"{method}: model '{name}' is being fitted, by this thread or another. {instead}")


def refuse_moving(layers: Sequence[Layer], name: str) -> None:
    """Raise a ValueError if another thread fits a model with some of these layers, whose weights are to be moved."""
    for model, thread in list(_fits.values()):
        shared = [layer.name for layer in model.stack if layer in layers]
        if thread != get_ident() and shared:
            raise ValueError(
                f"Model '{name}' shares the layers {shared} with '{model.name}', which another thread is fitting: "
                "their weights cannot be moved into one memory with its own now. Build it before or after."
            )


def _forget_other_threads() -> None:
    """Forget, in a forked process, the fits of threads that are not there."""
    for fit in [fit for fit, (_, thread) in _fits.items() if thread != get_ident()]:
        del _fits[fit]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)
