"""Parts written down in Keras's form, and made again from it.

The form is ``{"module": "keras.layers", "class_name": "Dense", "config": {…}, "registered_name": None}``: what Keras
3.15 writes and reads. Older forms are read as well: without a module (Keras 2), or with a class name alone.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet._names import lookup
from tinynet._registry import CustomObjectScope, get_registered_name, get_registered_object, registered_as
from tinynet._signatures import can_be_called

#: Where Keras and tinynet keep parts of their own.
_OURS = ("keras", "tinynet", "builtins", "tf_keras", "tensorflow")


def written(part: Any, room: str, classes: Mapping[str, type]) -> Any:
    """Return a part of a room in Keras's form; what is neither tinynet's nor registered is returned as it is.

    Parameters
    ----------
    part : object
        A layer, an initializer and so on, or None.
    room : str
        The package that has such parts: ``"layers"``.
    classes : dict of str to type
        tinynet's own classes in it.
    """
    cls = type(part)
    if classes.get(cls.__name__) is cls:
        form = getattr(cls, "keras_form", {})
        own = {"module": f"keras.{room}", **form, "class_name": class_name(part)}
        return {**own, "config": {**part.get_config(), **form.get("config", {})}, "registered_name": None}
    return of_ones_own(part) if registered_as(cls) or registered_as(part) else part


def class_name(part: Any) -> str:
    """Return the name under which Keras knows a part's class."""
    return str(getattr(type(part), "keras_form", {}).get("class_name", type(part).__name__))


def name_in(entry: Mapping[str, Any]) -> Any:
    """Return a layer's name in an entry of a model's configuration: beside the layer's own, where that lacks it."""
    return entry.get("name", entry["config"].get("name"))


def of_ones_own(part: Any) -> dict[str, Any]:
    """Return a user's own part or function in Keras's form."""
    if isinstance(part, type) or inspect.isroutine(part):
        name = get_registered_name(part)
        return {"module": part.__module__, "class_name": "function", "config": name, "registered_name": name}
    cls = type(part)
    found = {"module": cls.__module__, "class_name": cls.__name__, "config": part.get_config()}
    return {**found, "registered_name": get_registered_name(cls)}


def of_function(function: Any) -> Any:
    """Return a user's plain function in Keras's form if it is registered; else as it is."""
    return of_ones_own(function) if registered_as(function) else function


def is_function(given: Any) -> bool:
    """Return whether something is a plain function that can be called with one array, as far as it tells.

    Examples
    --------
    >>> is_function(abs), is_function(int), is_function(lambda: 0)
    (True, False, False)
    """
    if not callable(given) or isinstance(given, type) or hasattr(given, "get_config"):
        return False
    return can_be_called(given, 1)


def written_function(function: Any) -> dict[str, Any]:
    """Return one of tinynet's functions in Keras's form: its name is enough."""
    name = function.__name__
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def plain(value: Any) -> Any:
    """Return what JSON has no form for as Keras writes it: arrays, NumPy's numbers, a user's own parts.

    Examples
    --------
    >>> plain(np.float32(0.5)), plain(np.array([1, 2]))["config"]
    (0.5, {'value': [1, 2], 'dtype': 'int64'})
    """
    if isinstance(value, np.ndarray) and value.ndim:
        return {"class_name": "__numpy__", "config": {"value": value.tolist(), "dtype": value.dtype.name}}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.item()
    if hasattr(value, "get_config") or callable(value):
        return of_ones_own(value)
    raise TypeError(f"A configuration holds {shown(value)}, which JSON has no form for: leave it out of `get_config`.")


def as_json(config: Any, **options: Any) -> str:
    """Return a configuration as JSON text."""
    return json.dumps(config, default=plain, **options)


def from_json(text: Any, owner: str) -> dict[str, Any]:
    """Return the configuration that a JSON text holds, or raise a ValueError."""
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{owner}: expected JSON. Received: {shown(text)}: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{owner}: expected a JSON object that describes a model. Received: {shown(found)}")
    return found


# ---- made again -----------------------------------------------------------------------------------------------------


def named(what: str, name: str, table: Mapping[str, Any]) -> Any:
    """Return the part that a name stands for: a user's own of that name, or one of the table."""
    own = get_registered_object(name)
    found = lookup(what, name, table) if own is None else own
    return found() if isinstance(found, type) else found


def made(what: str, config: Any, table: Mapping[str, Any]) -> Any:
    """Return the part that a configuration in Keras's form describes.

    Parameters
    ----------
    what : str
        What messages call it: ``"layer"``.
    config : dict
        With a ``class_name`` and a ``config``.
    table : dict of str to type
        The classes there are.

    Raises
    ------
    ValueError
        If there is no such part, it is no configuration, or it is code, which is never run.
    """
    name = config.get("class_name") if isinstance(config, Mapping) else None
    inner = config.get("config") if name is not None else None
    if not isinstance(name, str) or not isinstance(inner, (Mapping, str, type(None))):
        raise ValueError(
            f"Unknown {what}: expected its configuration, {{'class_name': …, 'config': {{…}}}}. Received: "
            f"{shown(config)} (Could not interpret {what} identifier.)"
        )
    if name == "__lambda__" or (name == "Lambda" and not inner):
        raise ValueError(
            f"Unknown {what}: {name!r} holds Python code, which is never run out of a configuration or file. Make the "
            "model by its code and load its weights."
        )
    if isinstance(inner, str) or name == "function":  # a function, by its name
        return _function(what, inner, config, table)
    own = get_registered_object(str(config.get("registered_name") or name))
    own = get_registered_object(name) if own is None else own
    found = _ours(what, name, config, table) if own is None else own
    refuse_other_name(what, name, config, found)
    if not hasattr(found, "from_config"):
        return found
    left_out = found._settled if "tinynet_class" in config and own is None else ()
    return found.from_config({key: revived(value) for key, value in (inner or {}).items() if key not in left_out})


def refuse_other_name(what: str, name: Any, config: Mapping[str, Any], found: Any) -> None:
    """Raise a ValueError for a configuration of a part of tinynet's that claims another name, as of one's own class."""
    claimed = config.get("registered_name")
    known = registered_as(found if callable(found) else type(found))
    if claimed and known is None and claimed not in (name, config.get("class_name"), config.get("tinynet_class")):
        raise ValueError(
            f"Unknown {what}: registered_name={shown(claimed)} was given, but {name!r} resolved to a Keras built-in, "
            "which is registered under no other name. Leave it out, or register your own class."
        )


def _ours(what: str, name: str, config: Mapping[str, Any], table: Mapping[str, Any]) -> Any:
    """Return tinynet's class for a configuration, or raise a ValueError that says what is missing."""
    module = config.get("module")
    own = config.get("tinynet_class", name)
    if isinstance(module, str) and module.partition(".")[0] not in _OURS:
        raise ValueError(
            f"Unknown {what}: {name!r} of {module}. If it is your own class, pass custom_objects={{{name!r}: {name}}}, "
            "or decorate it with tinynet.utils.register_keras_serializable()."
        )
    try:
        return lookup(what, own, table)
    except ValueError as error:
        inner = config.get("config")
        called = inner.get("name") if isinstance(inner, Mapping) else None
        whose = f" It is the {what} named {shown(called)}." if isinstance(called, str) else ""
        more = f" If it is your own class, pass custom_objects={{{name!r}: {name}}}."
        raise ValueError(f"{error}{whose}{more}") from None


def _function(what: str, name: Any, config: Mapping[str, Any], table: Mapping[str, Any]) -> Any:
    if not isinstance(name, str):
        raise ValueError(f"Could not interpret {what} identifier: expected a function's name. Received: {shown(name)}")
    own = get_registered_object(str(config.get("registered_name") or name))
    if own is not None:
        return own
    found = named(what, name, table)
    refuse_other_name(what, name, config, found)
    return found


def made_with(get: Callable[[Any], Any], config: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    """Return ``get(config)``, a user's own classes being known by their names."""
    with CustomObjectScope(custom_objects):
        return get(config)


def revived(value: Any) -> Any:
    """Return an array out of what `plain` made of it; all else as it is."""
    if not isinstance(value, Mapping) or value.get("class_name") not in ("__numpy__", "__tensor__"):
        return value
    config = value.get("config")
    if not isinstance(config, Mapping) or config.get("dtype") not in _DTYPES:
        raise ValueError(f"Expected an array of numbers. Received: {shown(value)}")
    return np.array(config.get("value"), config["dtype"])


_DTYPES = (
    "bool",
    *(f"{kind}{bits}" for kind in ("int", "uint", "float") for bits in (8, 16, 32, 64) if bits > 8 or kind != "float"),
)
