"""Operations between tensors as Keras's models describe them: ``x[:, 0]`` is a `GetItem`, ``x + y`` an `Add`.

An entry has the operation's class, what it is told in `config`, and its call, whose tensors and other values are
written in their places. Keras's classes are NumPy's functions; here is what differs in names and places. Sources:
https://github.com/keras-team/keras/blob/master/keras/src/ops/numpy.py and, beside it, ``nn.py``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tinynet import activations, layers, tape
from tinynet._arguments import shown
from tinynet._names import snake_case
from tinynet.layers.symbolic import KerasTensor

_MODULE = "keras.src.ops"
#: What Keras calls NumPy's functions, where that is another name, and where they are no operations there (None).
_CLASSES: dict[str, str | None] = {"getitem": "GetItem", "float_power": "Power", "rint": "Round"}
_CLASSES |= dict.fromkeys(("average", "positive"))
_ROOMS = {"norm": "linalg", "logsumexp": "math"}
#: How many arguments of NumPy's functions are what Keras's operations are called with, and what those behind them are
#: called in `config`: "-" is one that Keras lacks. Of functions that are not here, all are of the first kind.
_TOLD = {
    **dict.fromkeys(("mean", "sum"), "1 axis - - keepdims"),
    **dict.fromkeys(("std", "var"), "1 axis - - - keepdims"),
    **dict.fromkeys(("max", "min"), "1 axis - keepdims"),
    **dict.fromkeys(("argmax", "argmin"), "1 axis - keepdims"),
    **dict.fromkeys(("concatenate", "stack", "argsort", "cumsum", "expand_dims", "squeeze", "flip"), "1 axis"),
    **dict.fromkeys(("diag", "tril", "triu"), "1 k"),
    **dict.fromkeys(("take", "take_along_axis"), "2 axis"),
    "broadcast_to": "1 shape",
    "clip": "1 x_min x_max",
    "diagonal": "1 offset axis1 axis2",
    "logsumexp": "1 axis keepdims",
    "moveaxis": "1 source destination",
    "norm": "1 ord axis keepdims",
    "pad": "1 pad_width mode",
    "repeat": "1 repeats axis",
    "reshape": "1 newshape",
    "roll": "1 shift axis",
    "split": "1 indices_or_sections axis",
    "round": "1 decimals",
    "swapaxes": "1 axis1 axis2",
    "tensordot": "2 axes",
    "tile": "1 repeats",
    "transpose": "1 axes",
}
#: What NumPy calls what Keras calls otherwise.
_ALIASES = {"a_min": "x_min", "a_max": "x_max", "min": "x_min", "max": "x_max", "shape": "newshape", "reps": "repeats"}
#: What layers do as well, so that models of them stay fast.
_BY_LAYERS: dict[str, Callable[..., Any]] = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "Divide": operator.truediv,
    "TrueDivide": operator.truediv,
    "Negative": operator.neg,
    "Power": operator.pow,
    "Exp": lambda x: layers.Activation("exponential")(x),
    "Tanh": lambda x: layers.Activation("tanh")(x),
}


def is_operation(entry: Mapping[str, Any]) -> bool:
    """Return whether an entry of a model's layers is an operation: a layer says whether it is trained."""
    module, config = entry.get("module"), entry.get("config")
    if isinstance(module, str):
        return module.startswith(_MODULE)
    plain = isinstance(config, Mapping) and "trainable" not in config and bool(entry.get("inbound_nodes"))
    return plain and (entry["class_name"] == "Cast" or _computes(entry["class_name"]))


def _computes(name: str) -> bool:
    return _function_of(name) is not None or snake_case(name) in activations.TABLE


def _function_of(name: str) -> Any:
    """Return what a class of Keras's operations computes with arrays, or None if there is no such class."""
    if name in _BY_LAYERS:
        return _BY_LAYERS[name]
    plain = next((own for own, theirs in _CLASSES.items() if theirs == name), snake_case(name))
    return None if _CLASSES.get(plain, name) is None else tape.KNOWN.get(plain)


def name_of(entry: Mapping[str, Any]) -> str:
    """Return what an operation is called."""
    name = entry["config"].get("name")
    if not isinstance(name, str):
        raise ValueError(f"an operation must have a name. Received: {shown(entry)}")
    return name


def applied(entry: Mapping[str, Any], call: Mapping[str, Any], tensor: Callable[[Any], Any]) -> Any:
    """Return the tensor, or the list of tensors, that an operation gives.

    Parameters
    ----------
    entry : dict
        What the operation is.
    call : dict
        Its call: "args" and "kwargs".
    tensor : callable
        Returns the tensor that a reference to one stands for.

    Raises
    ------
    ValueError
        If tinynet has no such operation, or it cannot take what it is given.
    """
    name, config = entry["class_name"], {key: value for key, value in entry["config"].items() if key != "name"}
    given = [_read(each, tensor) for each in (*(call.get("args") or ()), *(call.get("kwargs") or {}).values())]
    while given and given[-1] is None:  # not told
        given.pop()
    try:
        if name == "Cast" and str(config["dtype"]).startswith("float"):
            return layers.Identity()(*given)
        if str(entry.get("module")) == f"{_MODULE}.nn" or _function_of(name) is None:
            return _activated(name, config, *given)
        if name in ("Concatenate", "Maximum", "Minimum") and all(isinstance(x, KerasTensor) for x in _flat(given)):
            return getattr(layers, name)(**config)(_flat(given))
        function = _function_of(name)
        if name == "Einsum":
            return function(config["subscripts"], *given)
        if name == "GetItem":
            return given[0][tuple(given[1]) if isinstance(given[1], list) else given[1]]
        return function(*given, **_told(getattr(function, "__name__", ""), config, given))
    except (TypeError, IndexError, KeyError) as error:
        raise ValueError(f"the operation {name!r} cannot be told {shown(config)}: {error}") from error


def _told(function: str, config: Mapping[str, Any], given: list[Any]) -> dict[str, Any]:
    """Put behind the tensors what a function is told by place, and return what it is told by name."""
    told = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    places = _TOLD.get(function, "").split()[1:]
    for name in places:
        if name not in told:
            break
        given.append(told.pop(name))
    return {key: value for key, value in told.items() if value is not None or key in places}


def _activated(name: str, config: Mapping[str, Any], x: Any) -> Any:
    """Return what an activation makes of a tensor."""
    axis = config.get("axis", -1)
    if name == "Softmax" and axis != -1:
        return layers.Softmax(axis)(x)
    function = activations.TABLE.get(snake_case(name))
    if function is None or axis != -1:
        raise ValueError(f"tinynet has no operation {name!r} with {shown(config)}")
    return layers.Activation(type(function)(**{key: value for key, value in config.items() if key != "axis"}))(x)


def _flat(given: Sequence[Any]) -> list[Any]:
    return [leaf for each in given for leaf in (each if isinstance(each, (list, tuple)) else [each])]


def _read(value: Any, tensor: Callable[[Any], Any]) -> Any:
    """Return what a value of a call stands for."""
    if isinstance(value, (list, tuple)):
        return [_read(each, tensor) for each in value]
    if not isinstance(value, Mapping):
        return value
    kind, config = value.get("class_name"), value.get("config") or {}
    if kind == "__keras_tensor__":
        return tensor(config["keras_history"])
    if kind == "__slice__":
        return slice(*(config.get(name) for name in ("start", "stop", "step")))
    if kind in ("__numpy__", "__tensor__"):
        return np.asarray(config["value"], "float32" if "float" in config["dtype"] else "int64")
    if kind == "__ellipsis__":
        return Ellipsis
    raise ValueError(f"a call cannot take {shown(value)}")


def told(part: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return what an `Operation` is called with, and what else its function is told, by Keras's names.

    What Keras has no name for is under "-" or under NumPy's own name.
    """
    arguments = [*part.arguments]
    count, *places = _TOLD.get(part.function, str(len(arguments))).split()
    given, behind = arguments[: int(count)], arguments[int(count) :]
    config = dict(zip((*places, *["-"] * len(behind)), behind, strict=False))
    options = {key if key in places else _ALIASES.get(key, key): value for key, value in part.options.items()}
    return given, {**config, **options}


def written(part: Any, tensors: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the entry and the call of an `Operation` in Keras's form, or None if Keras has none.

    `tensors` are the references to what it takes.
    """
    function = part.function
    name = _CLASSES.get(function, "".join(word.capitalize() for word in function.split("_")))
    taken, config = told(part)
    if function == "einsum":
        config["subscripts"], *taken = taken
    known = ("subscripts", *_TOLD.get(function, "").split()[1:])
    if name is None or config.keys() - {*known} or "-" in config:
        return None
    config["name"] = part.name
    if function == "take_along_axis":
        config.setdefault("axis", -1)
    call = {"args": [_as_keras(each, tensors, function) for each in taken], "kwargs": {}}
    module = f"{_MODULE}.{_ROOMS.get(function, 'numpy')}"
    return {"module": module, "class_name": name, "config": config, "registered_name": name}, call


def _as_keras(value: Any, tensors: Sequence[Any], function: str) -> Any:
    """Return a value of a call as Keras writes it."""
    if isinstance(value, dict):
        if "slice" in value:
            return {
                "class_name": "__slice__",
                "config": dict(zip(("start", "stop", "step"), value["slice"], strict=True)),
            }
        return tensors[value["tensor"]]
    if isinstance(value, str) and value == "...":
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, (list, tuple)):
        if function != "getitem" and "tensor" not in str(value):
            kind = "float32" if np.asarray(value).dtype.kind == "f" else "int64"
            return {"class_name": "__numpy__", "config": {"value": value, "dtype": kind}}
        return [_as_keras(each, tensors, function) for each in value]
    return value
