"""What models and layers return when a Keras program calls them: arrays that answer ``.numpy()``, as tensors do.

Only while Keras's names mean tinynet: a program that imports tinynet gets plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from tinynet import layers, models
from tinynet.runner.tensors import Tensor

#: The methods as they are, by their classes.
_plain: dict[Any, Callable[..., Any]] = {}


def give_tensors() -> None:
    """Let calls of models and layers return arrays that answer ``.numpy()``. Repeating it does nothing."""
    if _plain:
        return
    for cls in (layers.Layer, *layers.CLASSES.values(), *models.Model.__mro__):
        if cls.__module__.startswith("tinynet.") and "__call__" in vars(cls):
            _plain[cls] = vars(cls)["__call__"]
    for cls, call in _plain.items():
        _set_call(cls, _with_tensors(call))


def give_arrays() -> None:
    """Let them return plain arrays again."""
    for cls, call in _plain.items():
        _set_call(cls, call)
    _plain.clear()


def _set_call(cls: Any, call: Callable[..., Any]) -> None:
    cls.__call__ = call


def _with_tensors(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def answer(*arguments: Any, **options: Any) -> Any:
        return _as_tensor(call(*arguments, **options))

    return answer


def _as_tensor(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_as_tensor, value))
    return value.view(Tensor) if type(value) is np.ndarray else value
