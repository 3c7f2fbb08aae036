"""A user's own classes and functions by the names under which configurations and files ask for them.

Source: https://keras.io/api/models/model_saving_apis/serialization_utils/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from tinynet._arguments import checked, shown

T = TypeVar("T")

_everywhere: dict[str, Any] = {}
_names: dict[Any, str] = {}
_here: ContextVar[dict[str, Any]] = ContextVar("custom objects", default={})  # noqa: B039 - never written to


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[T], T]:
    """Return a decorator that makes a class known, so that configurations and files that name it can be read.

    Parameters
    ----------
    package : str, default "Custom"
        What the class belongs to. It is registered as ``"package>name"``.
    name : str, optional
        Default: the class's own.

    Raises
    ------
    ValueError
        If a class has no `get_config`.

    Examples
    --------
    >>> import tinynet
    >>> @register_keras_serializable("mine")
    ... class Wide(tinynet.layers.Dense):
    ...     pass
    >>> get_registered_name(Wide), tinynet.layers.deserialize(tinynet.layers.serialize(Wide(3))).units
    ('mine>Wide', 3)
    >>> del get_custom_objects()["mine>Wide"]
    """

    def register(made: T) -> T:
        if inspect.isclass(made) and not hasattr(made, "get_config"):
            raise ValueError(f"Cannot register a class that does not have a get_config() method. Received: {made!r}")
        full = f"{package}>{made.__name__ if name is None else name}"  # type: ignore[attr-defined]
        _everywhere[full], _names[made] = made, full
        return made

    return register


def get_custom_objects() -> dict[str, Any]:
    """Return the dictionary of what is known everywhere, by name; what is put into it is known from then on.

    Examples
    --------
    >>> "nobody's" in get_custom_objects()
    False
    """
    return _everywhere


def get_registered_name(obj: Any) -> str:
    """Return the name under which a class or function is registered, by default its own."""
    if not isinstance(obj, type) and not callable(obj):
        raise TypeError(f"get_registered_name: `obj` must be a class or function. Received: {shown(obj)}")
    return registered_as(obj) or str(getattr(obj, "__name__", type(obj).__name__))


@checked
def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """Return what is known under a name: in the scope, everywhere, or in the given dictionaries; None if nothing is."""
    for known in (_here.get(), _everywhere, custom_objects or {}, module_objects or {}):
        if name in known:
            return known[name]
    return None


def registered_as(obj: Any) -> str | None:
    """Return the name under which a class or function was registered, or None."""
    return _names.get(obj) if isinstance(obj, type) or inspect.isfunction(obj) else None


class CustomObjectScope:
    """A ``with`` block in which a user's own classes and functions are known by these names.

    Parameters
    ----------
    custom_objects : dict of str to class or function, optional
        None or an empty one adds nothing.

    Examples
    --------
    >>> import tinynet
    >>> class Wide(tinynet.layers.Dense):
    ...     pass
    >>> with CustomObjectScope({"Wide": Wide}):
    ...     layer = tinynet.layers.deserialize({"class_name": "Wide", "config": {"units": 3}})
    >>> type(layer).__name__
    'Wide'
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None = None) -> None:
        own = {} if custom_objects is None else custom_objects
        if not isinstance(own, Mapping) or not all(isinstance(name, str) for name in own):
            raise TypeError(
                "custom_objects: expected a dict of your own classes and functions by their names, "
                f"{{'MyLayer': MyLayer}}. Received: {shown(custom_objects)}"
            )
        self.custom_objects = dict(own)

    def __enter__(self) -> Self:
        self._before = _here.set({**_here.get(), **self.custom_objects})
        return self

    def __exit__(self, *_: object) -> None:
        _here.reset(self._before)


custom_object_scope = CustomObjectScope
