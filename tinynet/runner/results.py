"""What models, layers and losses return when a Keras program calls them: arrays with ``.numpy()``, as tensors have.

Only while Keras's names mean tinynet: a program that imports tinynet gets plain arrays. So it is with the endings of
files, which in Keras 1 and 2 could be any, and with numbers of units.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

import numpy as np

from tinynet import activations, answers, layers, losses, metrics, models
from tinynet._old_names import OLDER_VALUES
from tinynet.runner.names import public_names
from tinynet.runner.tensors import Outputs, Tensor, tensor
from tinynet.runner.watched import OPEN, plain, reading
from tinynet.saving.forms import ANY_ENDING

#: The methods as they are, by their classes and names.
_plain: dict[tuple[Any, str], Callable[..., Any]] = {}


def give_tensors() -> None:
    """Let calls of models and layers return arrays that answer ``.numpy()``. Repeating it does nothing."""
    if _plain:
        return
    called = (
        losses.Loss,
        layers.Layer,
        activations.ActivationFunction,
        *dict.fromkeys(base for cls in layers.CLASSES.values() for base in cls.__mro__),
        *models.Model.__mro__,
    )
    methods = [(cls, "__call__") for cls in called] + [(cls, "call") for cls in (losses.Loss, *losses.CLASSES.values())]
    for cls, name in methods:
        if cls.__module__.startswith("tinynet.") and name in vars(cls):
            _plain[cls, name] = vars(cls)[name]
    for (cls, name), method in _plain.items():
        setattr(cls, name, _with_tensors(method))
    for cls in models.Model.__mro__:
        if cls.__module__.startswith("tinynet.") and "predict" in vars(cls):
            _plain[cls, "predict"] = vars(cls)["predict"]
            setattr(cls, "predict", _with_outputs(vars(cls)["predict"]))  # noqa: B010
    for cls in _metrics():
        _plain[cls, "update_state"] = vars(cls)["update_state"]
        cls.update_state = wraps(cls.update_state)(reading(cls.update_state))
    _plain[layers.Layer, "losses"] = vars(layers.Layer)["losses"]
    layers.Layer.losses = property(_losses)  # type: ignore[assignment,method-assign]
    ANY_ENDING[0] = OLDER_VALUES[0] = True
    answers.HANDED.insert(0, tensor)


def give_arrays() -> None:
    """Let them return plain arrays again."""
    for (cls, name), method in _plain.items():
        setattr(cls, name, method)
    _plain.clear()
    ANY_ENDING[0] = OLDER_VALUES[0] = False
    del answers.HANDED[:-1]


def _metrics() -> list[Any]:
    public = (getattr(metrics, name) for name in public_names(metrics))
    found = {cls: None for metric in public if isinstance(metric, type) for cls in metric.__mro__}
    return [cls for cls in found if "update_state" in vars(cls) and cls.__module__.startswith("tinynet.")]


def _losses(layer: Any) -> Any:
    if OPEN.now:
        return import_module("tinynet.runner.watching").penalties(layer)
    own: Any = _plain[layers.Layer, "losses"]
    return own.fget(layer)


def _with_tensors(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def answer(owner: Any, *arguments: Any, **options: Any) -> Any:
        if OPEN.now:
            return _as_tensor(import_module("tinynet.runner.watching").called(call, owner, arguments, options))
        return _as_tensor(call(owner, *map(plain, arguments), **options))

    return answer


def _with_outputs(predict: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(predict)
    def answer(owner: Any, *arguments: Any, **options: Any) -> Any:
        return _as_outputs(predict(owner, *arguments, **options))

    return answer


def _as_outputs(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_as_outputs, value))
    if isinstance(value, dict):
        return {name: _as_outputs(each) for name, each in value.items()}
    return value.view(Outputs) if type(value) is np.ndarray else value


def _as_tensor(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_as_tensor, value))
    return value.view(Tensor) if type(value) is np.ndarray else value
