"""What classes are called with: for configurations, and for messages about unknown arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

import numpy as np

from tinynet._arguments import shown
from tinynet._batches import without_batches
from tinynet._names import set_name
from tinynet._old_names import old_names
from tinynet._signatures import arguments, constructors

T = TypeVar("T")

#: Arguments in Keras's configurations that parts of tinynet lack, and what they are where they ask for nothing.
KERAS_ONLY: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("input_axes", "output_axes", "lora_rank", "lora_alpha"), (None,)),
    **dict.fromkeys(("quantization_config", "input_dtype"), (None,)),
    **dict.fromkeys(("sparse", "ragged", "optional"), (False, None)),
    "data_format": ("channels_last", None),
    "decay": (0, None),
    "autocast": (True, None),
}


class RefusedError(TypeError, ValueError):
    """A layer refuses an argument in its configuration: a TypeError as well, which is what Keras raises there."""


def made_with(cls: Callable[..., T], arguments: Mapping[str, Any]) -> T:
    """Return an object of a class, or raise a `RefusedError` for an argument that the class refuses by a ValueError."""
    try:
        return cls(**arguments)
    except ValueError as error:
        raise RefusedError(str(error)) from error


def described(thing: object) -> str:
    """Return an object in a line: its class, and those numbers and words it was made with that are not the defaults.

    Examples
    --------
    >>> from tinynet.initializers import RandomNormal
    >>> described(RandomNormal(stddev=0.1))
    '<RandomNormal stddev=0.1>'
    """
    given = []
    for constructor in constructors(type(thing)):
        for name, parameter in inspect.signature(constructor).parameters.items():
            value = vars(thing).get(name)
            if isinstance(value, (str, int, float)) and repr(value) != repr(parameter.default):
                given.append(f"{name}={value!r}")
    return f"<{' '.join([type(thing).__name__, ', '.join(dict.fromkeys(given))]).rstrip()}>"


def _require_that_it_takes(cls: type, found: Mapping[str, Any]) -> None:
    """Raise a TypeError for arguments that a class does not take, or lacks, where its signature says so."""
    try:
        inspect.signature(cls).bind(**found)
    except TypeError as error:
        takes = ", ".join(arguments(cls)) or "nothing"
        raise TypeError(f"{cls.__name__}.from_config: {error}. It takes: {takes}.") from None


def configuration(cls: type, config: Any) -> Mapping[str, Any]:
    """Return the arguments in what a class's `from_config` was given, or raise a TypeError if it is no dict of them.

    What Keras writes besides is left out, or a ValueError if it asks for something.
    """
    if not isinstance(config, Mapping) or not all(isinstance(name, str) for name in config):
        raise TypeError(
            f"{cls.__name__}.from_config: `config` must be a dict of arguments by their names, as `get_config` returns "
            f"it. Received: {shown(config)}"
        )
    left_out = KERAS_ONLY.keys() & config.keys() - {*arguments(cls)}
    for name in left_out:
        if isinstance(config[name], np.ndarray) or config[name] not in KERAS_ONLY[name]:
            raise ValueError(
                f"{cls.__name__}: tinynet has no `{name}`, and a configuration that Keras wrote asks for it. "
                f"Received: {name}={shown(config[name])}"
            )
    found = {name: value for name, value in config.items() if name not in left_out}
    _require_that_it_takes(cls, found)
    if isinstance(policy := found.get("dtype"), Mapping):  # Keras's policies, of which only the type is known here
        found["dtype"] = policy["config"].get("name") if isinstance(policy.get("config"), Mapping) else None
    return found


def refuse_unknown(cls: type, unknown: Mapping[str, Any]) -> None:
    """Raise a TypeError for arguments that a class does not take, saying which ones it does."""
    for name in unknown:
        hint = " Dense takes kernel_regularizer and bias_regularizer." if name.endswith("_regularizer") else ""
        takes = ", ".join(arguments(cls))
        raise TypeError(f"{cls.__name__}() got an unexpected keyword argument '{name}'.{hint} It takes: {takes}.")


def serialized(part: Any, classes: Mapping[str, type]) -> Any:
    """Return the class and arguments of a part that is in a table of classes; a user's own is returned as it is."""
    cls = type(part)
    return {"class_name": cls.__name__, "config": part.get_config()} if classes.get(cls.__name__) is cls else part


#: How often any part was changed in this process. What is derived from parts, the tables of kernels for instance, holds
#: for as long as the number stays.
changes = [0]


class Configurable:
    """Base class of what can be made again from its arguments, which it keeps as attributes of the same names.

    Examples
    --------
    >>> from tinynet.optimizers import SGD
    >>> config = SGD(0.1, momentum=0.9).get_config()
    >>> config["learning_rate"], config["momentum"]
    (0.1, 0.9)
    >>> SGD.from_config(config)
    <SGD name=sgd, learning_rate=0.1>
    """

    #: Arguments of a base class that are settled here.
    _settled: tuple[str, ...] = ()
    #: Arguments that other ones stand for.
    _other_names: tuple[str, ...] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = old_names(vars(cls)["__init__"])  # type: ignore[method-assign]

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, set_name(self, value) if name == "name" else value)
        changes[0] += 1  # afterwards: who sees the new number sees the new value

    def __getstate__(self) -> dict[str, Any]:
        return without_batches(self)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an object again, without what it has learnt.

        A class whose arguments are kept under other names adds them: ``{**super().get_config(), "rate": self.p}``.
        """
        names = (name for name in arguments(type(self)) if name not in self._other_names)
        return {name: getattr(self, name) for name in names if hasattr(self, name)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make an object from what `get_config` returned."""
        return cls(**configuration(cls, config))

    @classmethod
    def _from_onnx(cls, values: Mapping[str, Any]) -> Self:
        """Make an object from what the names in its form (`onnx`) stand for in a graph that was read."""
        return cls(**{name: values[name] for name in arguments(cls) if name in values})
