"""A callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinynet._arguments import shown
from tinynet._names import lookup
from tinynet.callbacks.callback import HOOKS, Callback

Hook = Callable[..., Any]


class LambdaCallback(Callback):
    """A callback made of functions, where a class would be too much.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        Called with ``(epoch, logs)``.
    on_train_begin, on_train_end : callable, optional
        Called with ``(logs)``.
    on_train_batch_begin, on_train_batch_end : callable, optional
        Called with ``(batch, logs)``.
    **hooks : callable
        Any other hook of `Callback`; what does not begin with ``on_`` is a method for the program's own use.

    Raises
    ------
    ValueError
        If a keyword begins with ``on_`` and is not a hook.
    TypeError
        If a hook is not callable.

    Notes
    -----
    Source: https://keras.io/api/callbacks/lambda_callback/

    Examples
    --------
    >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    >>> callback.on_epoch_end(0, {"loss": 0.5})
    0 0.5
    """

    def __init__(
        self,
        on_epoch_begin: Hook | None = None,
        on_epoch_end: Hook | None = None,
        on_train_begin: Hook | None = None,
        on_train_end: Hook | None = None,
        on_train_batch_begin: Hook | None = None,
        on_train_batch_end: Hook | None = None,
        **hooks: Hook | None,
    ) -> None:
        hooks |= {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, function in hooks.items():
            if name.startswith("on_"):
                name = lookup("hook of LambdaCallback", name, {hook: hook for hook in HOOKS})
            if function is not None:
                if not callable(function):
                    raise TypeError(f"LambdaCallback: {name} must be a function. Received: {shown(function)}")
                setattr(self, name, function)
