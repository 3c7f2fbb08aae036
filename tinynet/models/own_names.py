"""Which names the attributes of a user's model cannot have: those that tinynet's models need for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinynet.weights import HasWeights

#: What models keep, and what is asked of them, besides what can only be read.
_KEPT = {
    *(
        "all_or_nothing",
        "as_read",
        "explain_plan",
        "joins",
        "kept",
        "made_setup",
        "meet",
        "predictor",
        "require_compiled",
    ),
    *("require_layers", "seen", "setup", "setup_at_hand", "shape_after", "shuffle_state"),
}
#: What can only be read. Keras's models have more of that kind (`metrics`, `layers`), which a class may define anew.
_READ = {
    *("computing_layers", "connections", "ends", "graph", "input_shapes", "loop_options", "parameters", "passage"),
    *("sample_shape", "stack", "wiring"),
}


def check_attribute(cls: type, name: str, value: Any) -> None:
    """Refuse to set an attribute of a user's that would take the place of what a model of that class needs."""
    known = getattr(cls, name, None)
    taken = name in _KEPT or (isinstance(known, property) and known.fset is None)
    if taken and (_holds_parts(value) or not _of_tinynet(type(value))):
        raise AttributeError(_taken(cls, name))


def check_class(cls: type) -> None:
    """Refuse a user's class that defines anew what its models need."""
    for base in cls.__mro__:
        for name in () if _of_tinynet(base) or base is object else vars(base):
            if name in _KEPT | _READ:
                raise TypeError(_taken(cls, name))


def _holds_parts(value: Any) -> bool:
    """Return whether a value is a layer or a model, or a list or dict with some in it."""
    held = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else [value]
    return any(isinstance(each, HasWeights) for each in held)


def _of_tinynet(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "tinynet"


def _taken(cls: type, name: str) -> str:
    return (
        f"{cls.__name__}: `{name}` is a name that tinynet's models need for themselves. Call the attribute something "
        f"else, such as `{name}_` or `my_{name}`."
    )
