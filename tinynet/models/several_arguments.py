"""Models whose `call` has an argument for each input, as critics of reinforcement learning have them: `critic(s, a)`.

Such a `call` is given a list of inputs, as Keras's models take them, one for each argument.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

_NO_INPUTS = ("training", "mask")


def take_several(cls: Any) -> None:
    """Let a class whose own `call` has several arguments for inputs take these, and a list of them."""
    own = vars(cls).get("call")
    if not inspect.isfunction(own):
        return
    parameters = [*inspect.signature(own).parameters.values()][1:]
    names = [
        each.name
        for each in parameters
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        and each.default is each.empty
        and each.name not in _NO_INPUTS
    ]
    if len(names) < 2:
        return

    @functools.wraps(own)
    def call(self: Any, inputs: Any, *more: Any, **options: Any) -> Any:
        if isinstance(inputs, (list, tuple)) and len(inputs) == len(names) and not more and not {*options} & {*names}:
            return own(self, *inputs, **options)
        return own(self, inputs, *more, **options)  # a class's own code calls it by its arguments

    others = [each for each in parameters if each.name not in names]
    itself, first = (inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("self", "inputs"))
    call.__signature__ = inspect.Signature([itself, first, *others])  # type: ignore[attr-defined]

    def called(self: Any, *given: Any, **named: Any) -> Any:
        """Return the outputs for a batch of each input."""
        inputs = [*given[: len(names)], *(named.pop(name) for name in names[len(given) :] if name in named)]
        usual = super(cls, self).__call__
        if len(inputs) < len(names):
            return usual(*inputs, **named)
        return usual(inputs, *given[len(names) :], **named)

    cls.call, cls.__call__ = call, called
