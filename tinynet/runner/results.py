"""What models, layers and losses return when a Keras program calls them: arrays with ``.numpy()``, as tensors have.

Only while Keras's names mean tinynet: a program that imports tinynet gets plain arrays. So it is with the endings of
files, which in Keras 1 and 2 could be any.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from tinynet import activations, layers, losses, models
from tinynet.runner.tensors import Tensor
from tinynet.saving.forms import ANY_ENDING

#: The methods as they are, by their classes and names.
_plain: dict[tuple[Any, str], Callable[..., Any]] = {}


def give_tensors() -> None:
    """Let calls of models and layers return arrays that answer ``.numpy()``. Repeating it does nothing."""
    if _plain:
        return
    called = (layers.Layer, activations.ActivationFunction, *layers.CLASSES.values(), *models.Model.__mro__)
    methods = [(cls, "__call__") for cls in called] + [(cls, "call") for cls in (losses.Loss, *losses.CLASSES.values())]
    for cls, name in methods:
        if cls.__module__.startswith("tinynet.") and name in vars(cls):
            _plain[cls, name] = vars(cls)[name]
    for (cls, name), method in _plain.items():
        setattr(cls, name, _with_tensors(method))
    ANY_ENDING[0] = True


def give_arrays() -> None:
    """Let them return plain arrays again."""
    for (cls, name), method in _plain.items():
        setattr(cls, name, method)
    _plain.clear()
    ANY_ENDING[0] = False


def _with_tensors(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def answer(*arguments: Any, **options: Any) -> Any:
        return _as_tensor(call(*arguments, **options))

    return answer


def _as_tensor(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_as_tensor, value))
    return value.view(Tensor) if type(value) is np.ndarray else value
