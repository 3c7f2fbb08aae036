"""Routed parameters, ``optimizer__learning_rate=0.1``: what they are for, and parts that are made with them.

Source: https://adriangb.com/scikeras/stable/advanced.html#routed-parameters
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from tinynet import callbacks, losses, optimizers
from tinynet._arguments import shown

#: What a parameter may be routed to.
DESTINATIONS = ("model", "optimizer", "loss", "metrics", "compile", "callbacks", "fit", "predict")
#: What the model's methods take, which may also be given to the estimator as it is.
FIT = ("batch_size", "epochs", "verbose", "validation_split", "shuffle", "validation_batch_size")
PREDICT = ("batch_size", "verbose")


def is_routed(name: str) -> bool:
    """Return whether a parameter says where it belongs.

    Examples
    --------
    >>> is_routed("optimizer__lr"), is_routed("optimizer"), is_routed("layer__units")
    (True, False, False)
    """
    return name.partition("__")[0] in DESTINATIONS and "__" in name


def routed(params: Mapping[str, Any], destination: str) -> dict[str, Any]:
    """Return what is routed to a destination, without its prefix.

    Examples
    --------
    >>> routed({"fit__epochs": 3, "model__units": 4}, "fit")
    {'epochs': 3}
    """
    prefix = f"{destination}__"
    return {name.removeprefix(prefix): value for name, value in params.items() if name.startswith(prefix)}


def options_of(params: Mapping[str, Any], destination: str, taken: tuple[str, ...]) -> dict[str, Any]:
    """Return the arguments of one of the model's methods: those given as they are, and those routed to it."""
    return {name: params[name] for name in taken if params.get(name) is not None} | routed(params, destination)


def called(function: Callable[..., Any], plain: Mapping[str, Any], told: Mapping[str, Any], given: Any) -> Any:
    """Call the function that makes the model.

    Parameters
    ----------
    function : callable
        A user's.
    plain : dict
        Parameters that it is given if it has arguments of these names.
    told : dict
        What the estimator knows, `meta` and `compile_kwargs`: given likewise.
    given : dict
        Parameters that are routed to it: it must take them.
    """
    arguments = inspect.signature(function).parameters.values()
    anything = any(argument.kind is argument.VAR_KEYWORD for argument in arguments)
    names = {argument.name for argument in arguments}
    known = {name: value for name, value in plain.items() if name in names or anything}
    known |= {name: value for name, value in told.items() if name in names}
    for name in given:
        if name not in names and not anything:
            raise ValueError(
                f"model__{name}: the function that makes the model takes ({', '.join(sorted(names))}), and no {name!r}."
            )
    return function(**{**known, **given})


def made(item: Any, options: Mapping[str, Any], get: Callable[[Any], Any]) -> Any:
    """Return a part of a name, class or object, with options; an object is copied."""
    if isinstance(item, type):
        return item(**options)
    if isinstance(item, str) and options:
        return type(get(item))(**options)
    if isinstance(item, str) or item is None:
        return get(item)
    return copy.deepcopy(item)


def made_all(items: Any, options: Mapping[str, Any], get: Callable[[Any], Any]) -> list[Any]:
    """Return parts of a list, or of a dict by names; options are for all of them, or for one: ``0__patience``."""
    if items is None:
        return []
    if not isinstance(items, (Mapping, list, tuple)):
        items = [items]
    named = dict(items) if isinstance(items, Mapping) else {str(place): item for place, item in enumerate(items)}
    common = {name: value for name, value in options.items() if "__" not in name and name not in named}
    return [made(item, {**common, **routed(options, name)}, get) for name, item in named.items()]


def compile_options(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `compile` that an estimator's parameters mean."""
    loss = params.get("loss")
    return {
        "optimizer": made(params.get("optimizer"), routed(params, "optimizer"), optimizers.get),
        "loss": None if loss is None else made(loss, routed(params, "loss"), losses.loss_of),
        "metrics": made_all(params.get("metrics"), routed(params, "metrics"), lambda name: name) or None,
        "run_eagerly": bool(params.get("run_eagerly")),
        **routed(params, "compile"),
    }


def listeners(params: Mapping[str, Any]) -> list[Any]:
    """Return the callbacks that an estimator's parameters mean, fresh ones of classes."""
    return made_all(params.get("callbacks"), routed(params, "callbacks"), _callback)


def _callback(given: Any) -> Any:
    found = getattr(callbacks, given, None) if isinstance(given, str) else None
    if not isinstance(found, type):
        raise ValueError(f"callbacks: expected callbacks, or their classes. Received: {shown(given)}")
    return found()
